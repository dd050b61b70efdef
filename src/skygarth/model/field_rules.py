"""The rules of one field, and the words in which it refuses a value."""

from __future__ import annotations

from skygarth.model.errors import InvalidValue
from skygarth.model.schema import FieldSchema, Stored
from skygarth.model.wording import shortened

LENGTH_MAX = 1 << 30


class FieldRules:
    """What an encoder needs to know to refuse: the schema and whose field it is."""

    __slots__ = ("schema", "type_name")

    def __init__(self, schema: FieldSchema, type_name: str) -> None:
        self.schema = schema
        self.type_name = type_name

    def refusal(self, fault: str, rule: str) -> InvalidValue:
        """The error for a value of this field."""
        return InvalidValue(self.schema.name, fault, rule, type_name=self.type_name)

    def wrong_kind(self, value: object, wanted: str) -> InvalidValue:
        """The error for a value that is no such thing at all."""
        return self.refusal(f"{shortened(value)} is no {wanted}", f"kind={self.schema.kind.value}")

    def nothing(self) -> Stored:
        """None, where the field may be without a value.

        Raises:
            InvalidValue: it may not.
        """
        if self.schema.required:
            raise self.refusal("a value is missing", "required")
        return None


def text_fault(text: str) -> str:
    """What no database of ours keeps in a text; empty if there is nothing wrong."""
    if "\0" in text:
        return "it holds a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "it holds half a character (a lone surrogate)"
    return ""


def check_text(field: FieldRules, text: str) -> None:
    """Refuse a text that cannot be stored.

    Raises:
        InvalidValue: it holds NUL or a lone surrogate.
    """
    fault = text_fault(text)
    if fault:
        raise field.refusal(fault, "text is Unicode without NUL")


def lengths_of(schema: FieldSchema) -> tuple[int, int]:
    """The least and the greatest length that a field takes."""
    least = schema.min_length or 0
    return least, LENGTH_MAX if schema.max_length is None else schema.max_length


def check_length(field: FieldRules, length: int, what: str) -> None:
    """Refuse a value by its length, counted in `what`.

    Raises:
        InvalidValue: it is too short or too long.
    """
    least, most = lengths_of(field.schema)
    if length < least:
        raise field.refusal(f"{length} {what} are too few", f"min_length={least}")
    if length > most:
        raise field.refusal(f"{length} {what} are too many", f"max_length={most}")
