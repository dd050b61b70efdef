"""Fields as requests name them: ``title``, ``meta.published``, ``section.name``, ``guid``.

Requests hold texts and JSON; conditions need Python values. Which value a text
stands for depends on the field that the name leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from skygarth.model.errors import Invalid
from skygarth.model.expressions import GUID_CODEC, META_CODECS, Condition, Field
from skygarth.model.query import Order
from skygarth.model.schema import FieldSchema, Kind
from skygarth.model.types import Type
from skygarth.model.values import Codec, codec_of
from skygarth.model.wording import shortened
from skygarth.web.api.calls import suggestion

_META = "meta"
_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_SHAPE = 'send [[field, operator, value], …], such as [["title", "=", "Hello"]]'


@dataclass(frozen=True, slots=True)
class AskedField:
    """A field that a request names.

    Attributes:
        name: as the request wrote it.
        field: to compare, and to order by.
        codec: knows which value a text stands for.
        is_own: whether it stands in the object itself, not behind a link.
    """

    name: str
    field: Field[object]
    codec: Codec
    is_own: bool

    def value(self, given: object) -> object:
        """The Python value of a JSON form.

        Raises:
            InvalidValue: a text that stands for no such value.
        """
        return self.codec.parse_json(given)

    def value_of_text(self, text: str) -> object:
        """The Python value of what a query string says, which has only texts; ``null`` is None.

        Raises:
            InvalidValue: it stands for no such value.
        """
        kind = self.codec.schema.kind
        if text == "null":
            return None
        if kind is Kind.BOOLEAN:
            return _TRUTHS.get(text.lower(), text)
        reading = {Kind.INTEGER: int, Kind.FLOAT: float}.get(kind)
        try:
            return self.value(text) if reading is None else reading(text)
        except ValueError:
            return text  # the comparison says what is wrong with it


def asked_field(cls: type[Type], name: str) -> AskedField:
    """The field that a dotted name leads to.

    Raises:
        Invalid: there is none (SG-QUERY-001).
    """
    plan, found = cls.__plan__, None
    *links, last = name.split(".")
    is_meta = bool(links) and links[-1] == _META
    for link in links[:-1] if is_meta else links:
        codec = plan.codecs.get(link)
        if codec is None or codec.schema.link_type is None:
            raise _unknown(cls, name, link, (n for n, c in plan.codecs.items() if _is_link(c)))
        found = getattr(cls, link) if found is None else found[link]
        plan = plan.find_plan(codec.schema.link_type)
    own = META_CODECS if is_meta else {**plan.codecs, "guid": GUID_CODEC}
    if last not in own:
        raise _unknown(cls, name, last, own)
    if is_meta:
        field = getattr(cls.meta if found is None else found[_META], last)
    else:
        field = getattr(cls, last) if found is None else found[last]
    assert isinstance(field, Field)
    return AskedField(name, field, own[last], is_own=found is None)


def _is_link(codec: Codec) -> bool:
    return codec.schema.link_type is not None


def _unknown(cls: type[Type], name: str, part: str, there_are: Iterable[str]) -> Invalid:
    return Invalid(
        f"there is no such field to ask for. type={cls.type_name!r} field={shortened(name)}",
        code="SG-QUERY-001",
        hint=suggestion(part, there_are),
    )


def asked_order(cls: type[Type], name: str) -> tuple[AskedField, Order]:
    """The order that a name stands for; with a minus before it, the greatest comes first.

    Raises:
        Invalid: there is no such field (SG-QUERY-001), or its values have no order (SG-QUERY-004).
    """
    asked = asked_field(cls, name.removeprefix("-"))
    if asked.codec.schema.kind in {Kind.JSON, Kind.LIST}:
        raise Invalid(
            f"lists cannot be put in order by this field. field={name!r}",
            code="SG-QUERY-004",
            hint="its values have no order",
        )
    return asked, asked.field.desc() if name.startswith("-") else asked.field.asc()


def asked_conditions(cls: type[Type], given: object) -> list[Condition]:
    """Conditions that a request's JSON holds: ``[[field, operator, value], …]``.

    Raises:
        Invalid: it holds something else (SG-API-008), or there is no such field.
        InvalidValue: a field can have no such value.
    """
    if not isinstance(given, list):
        raise Invalid("the conditions are no list", code="SG-API-008", hint=_SHAPE)
    return [_condition(cls, part) for part in given]


def _condition(cls: type[Type], part: object) -> Condition:
    if not isinstance(part, list) or len(part) != 3:
        raise Invalid(
            f"this is no condition. part={shortened(part)}", code="SG-API-008", hint=_SHAPE
        )
    name, operator, value = part
    compare = _OPERATORS.get(operator) if isinstance(operator, str) else None
    if compare is None or not isinstance(name, str):
        raise Invalid(
            f"this is no condition. part={shortened(part)}",
            code="SG-API-008",
            hint=suggestion(str(operator), _OPERATORS) if isinstance(name, str) else _SHAPE,
        )
    return compare(asked_field(cls, name), value)


def _among(asked: AskedField, value: object) -> Condition:
    if not isinstance(value, list):
        raise Invalid(
            f"`in` needs a list. value={shortened(value)}", code="SG-API-008", hint=_SHAPE
        )
    return asked.field.in_([asked.value(item) for item in value])


def _contains(asked: AskedField, value: object) -> Condition:
    item = codec_of(FieldSchema(name="item", kind=asked.codec.schema.item_kind or Kind.JSON))
    found = item.parse_json(value)
    if not isinstance(found, str | int):
        raise Invalid(f"no list has such an item. value={shortened(value)}", code="SG-API-008")
    return asked.field.contains(found)


def _textual(compare: Callable[[Field[object], str], Condition]) -> _Compare:
    def condition(asked: AskedField, value: object) -> Condition:
        if not isinstance(value, str):
            raise Invalid(f"this is no text. value={shortened(value)}", code="SG-API-008")
        return compare(asked.field, value)

    return condition


_Compare = Callable[[AskedField, object], Condition]
_OPERATORS: dict[str, _Compare] = {
    "=": lambda asked, value: asked.field == asked.value(value),
    "!=": lambda asked, value: asked.field != asked.value(value),
    "<": lambda asked, value: asked.field < asked.value(value),
    "<=": lambda asked, value: asked.field <= asked.value(value),
    ">": lambda asked, value: asked.field > asked.value(value),
    ">=": lambda asked, value: asked.field >= asked.value(value),
    "in": _among,
    "contains": _contains,
    "like": _textual(Field.like),
    "starts with": _textual(Field.startswith),
    "matches": _textual(Field.matches),
}
"""What a condition may ask; the words are those of `skygarth.model.expressions`."""
