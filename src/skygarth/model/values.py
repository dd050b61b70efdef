"""One field's values in their three forms: Python, stored, JSON.

A `Codec` is made once for each field of a type and holds ready-made functions,
so that neither reading nor writing an object asks again what kind its fields
are. Python values come from application code, stored ones stand in databases
and segments, JSON ones travel over HTTP.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from skygarth.model.decoding import Decode, decoder
from skygarth.model.encoding import Encode, encoder
from skygarth.model.json_forms import JsonValue, json_reader, json_writer
from skygarth.model.schema import FieldSchema, Kind, Stored

NO_MEMBERS: Mapping[enum.Enum, str] = {}


@dataclass(frozen=True, slots=True)
class Codec:
    """Ready-made conversions for one field.

    Attributes:
        schema: of the field.
        type_name: of the type it belongs to.
        members: the stored text of each member, where an enumeration class is declared.
        encode: Python value to stored value; raises InvalidValue.
        decode: stored value (but None) to Python value; None where they are the same.
        to_json: stored value to JSON form.
        parse_json: JSON form to Python value; not checked yet.
    """

    schema: FieldSchema
    type_name: str
    members: Mapping[enum.Enum, str]
    encode: Encode
    decode: Decode | None
    to_json: Callable[[Stored], JsonValue]
    parse_json: Callable[[object], object]

    def python(self, stored: Stored) -> object:
        """The Python value of a stored value."""
        return stored if self.decode is None or stored is None else self.decode(stored)

    def from_json(self, value: object) -> Stored:
        """The stored value of a JSON form.

        Raises:
            InvalidValue: the field refuses it.
        """
        return self.encode(self.parse_json(value))

    def comparing(self) -> Codec:
        """The same without limits: one may *ask* for a value that nothing can have."""
        schema = dataclasses.replace(
            self.schema,
            required=False,
            min_length=None,
            max_length=None,
            minimum=None,
            maximum=None,
            pattern=None,
        )
        if schema.kind is Kind.ENUM and not self.members:
            schema = dataclasses.replace(schema, kind=Kind.TEXT, choices=())
        return codec_of(schema, self.type_name, self.members)


def codec_of(
    schema: FieldSchema, type_name: str = "", members: Mapping[enum.Enum, str] = NO_MEMBERS
) -> Codec:
    """The conversions for a field.

    Args:
        schema: of the field.
        type_name: of the type it belongs to, for messages.
        members: the stored text of each member, where an enumeration class is declared.
    """
    return Codec(
        schema,
        type_name,
        members,
        encoder(schema, type_name, members),
        decoder(schema, members),
        json_writer(schema),
        json_reader(schema, type_name),
    )


def enum_members(declared: type[enum.Enum]) -> dict[enum.Enum, str]:
    """The stored text of each member: its value where that is a text, its name otherwise."""
    return {
        member: member.value if isinstance(member.value, str) else member.name
        for member in declared
    }
