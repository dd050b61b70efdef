"""From a Python value to its stored form, or to a refusal that says why.

`encoder` makes one function for one field. Each begins with a test that the
usual right value passes at once (a short ASCII text, a small integer); only
what fails it goes through the long questions that find the fault. Creating
1,000 objects of 12 fields calls these functions 12,000 times.
"""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Context, Decimal, InvalidOperation
from typing import TypeAlias

import msgspec

from skygarth.model.field_rules import (
    FieldRules,
    check_length,
    check_text,
    lengths_of,
)
from skygarth.model.identified import Identified
from skygarth.model.schema import FieldSchema, Kind, Stored
from skygarth.model.wording import shortened

Encode: TypeAlias = Callable[[object], Stored]

INTEGER_MIN, INTEGER_MAX = -(1 << 63), (1 << 63) - 1
JSON_DEPTH_MAX = 64
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SCALING = Context(prec=60)
_canonical = msgspec.json.Encoder(order="sorted").encode


def encoder(schema: FieldSchema, type_name: str, members: Mapping[enum.Enum, str]) -> Encode:
    """The function that encodes values of one field.

    Args:
        schema: of the field, with its limits.
        type_name: for messages.
        members: the stored text of each member, where an enumeration class is declared.
    """
    field = FieldRules(schema, type_name)
    if schema.kind is Kind.ENUM:
        return _enum(field, members)
    return _MAKERS[schema.kind](field)


def canonical_json(value: object) -> str:
    """JSON text of a checked value: equal values give equal text."""
    return _canonical(value).decode()


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC of an aware moment."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


# -- text ---------------------------------------------------------------------------


def _text(field: FieldRules) -> Encode:
    least, most = lengths_of(field.schema)
    pattern = field.schema.pattern
    matches = re.compile(pattern).fullmatch if pattern is not None else None

    def encode_plain(value: object) -> Stored:
        if type(value) is str and len(value) <= most and value.isascii() and "\0" not in value:
            return value
        return encode(value)

    def encode(value: object) -> Stored:
        if value is None:
            return field.nothing()
        if not isinstance(value, str):
            raise field.wrong_kind(value, "text")
        check_text(field, value)
        check_length(field, len(value), "characters")
        if matches is not None and not matches(value):
            raise field.refusal(f"{shortened(value)} does not match", f"pattern={pattern}")
        return str(value)

    def encode_patterned(value: object) -> Stored:
        if type(value) is str and len(value) <= most and value.isascii() and "\0" not in value:
            assert matches is not None
            if matches(value):
                return value
        return encode(value)

    if least:
        return encode
    return encode_plain if matches is None else encode_patterned


def _enum(field: FieldRules, members: Mapping[enum.Enum, str]) -> Encode:
    choices = frozenset(field.schema.choices)

    def encode(value: object) -> Stored:
        if type(value) is str and value in choices:
            return value
        if value is None:
            return field.nothing()
        if isinstance(value, enum.Enum) and value in members:
            return members[value]
        if isinstance(value, str) and value in choices:
            return str(value)
        listed = ", ".join(field.schema.choices)
        raise field.refusal(f"{shortened(value)} is none of the choices", f"choices={listed}")

    return encode


# -- numbers --------------------------------------------------------------------------


def _integer(field: FieldRules) -> Encode:
    schema = field.schema
    least = INTEGER_MIN if schema.minimum is None else max(math.ceil(schema.minimum), INTEGER_MIN)
    most = INTEGER_MAX if schema.maximum is None else min(math.floor(schema.maximum), INTEGER_MAX)

    def encode(value: object) -> Stored:
        if type(value) is int and least <= value <= most:
            return value
        if value is None:
            return field.nothing()
        if isinstance(value, bool) or not isinstance(value, int):
            raise field.wrong_kind(value, "integer")
        _check_range(field, value)
        _check_bits(field, value)
        return int(value)

    return encode


def _float(field: FieldRules) -> Encode:
    free = field.schema.minimum is None and field.schema.maximum is None

    def encode(value: object) -> Stored:
        if free and type(value) is float and math.isfinite(value):
            return value
        if value is None:
            return field.nothing()
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise field.wrong_kind(value, "number")
        try:
            number = float(value)
        except OverflowError as cause:
            raise field.refusal("the number is too large", "64-bit floating point") from cause
        if not math.isfinite(number):
            raise field.refusal(f"{number} is no finite number", "finite")
        _check_range(field, number)
        return number

    return encode


def _decimal(field: FieldRules) -> Encode:
    places = 0 if field.schema.places is None else field.schema.places

    def encode(value: object) -> Stored:
        if value is None:
            return field.nothing()
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise field.wrong_kind(value, "decimal number")
        number = Decimal(value)
        if not number.is_finite():
            raise field.refusal(f"{number} is no finite number", "finite")
        _check_range(field, number)
        scaled = _scaled(number, places)
        if scaled is None:
            raise field.refusal(f"{shortened(value)} has more decimals", f"places={places}")
        _check_bits(field, scaled)
        return scaled

    return encode


def _scaled(number: Decimal, places: int) -> int | None:
    """The number in units of its last place; None if it has more places than that."""
    if number.adjusted() > 30:
        return INTEGER_MAX + 1
    try:
        scaled = number.scaleb(places, _SCALING)
        whole = scaled.to_integral_value()
    except InvalidOperation:
        return None
    return int(whole) if whole == scaled and scaled == number * 10**places else None


def _boolean(field: FieldRules) -> Encode:
    def encode(value: object) -> Stored:
        if value is True:
            return 1
        if value is False:
            return 0
        if value is None:
            return field.nothing()
        raise field.wrong_kind(value, "truth value")

    return encode


def _check_range(field: FieldRules, number: int | float | Decimal) -> None:
    least, most = field.schema.minimum, field.schema.maximum
    exact = isinstance(number, Decimal)
    if least is not None and number < (Decimal(str(least)) if exact else least):
        raise field.refusal(f"{shortened(number)} is too small", f"minimum={least}")
    if most is not None and number > (Decimal(str(most)) if exact else most):
        raise field.refusal(f"{shortened(number)} is too large", f"maximum={most}")


def _check_bits(field: FieldRules, number: int) -> None:
    if not INTEGER_MIN <= number <= INTEGER_MAX:
        raise field.refusal("the number does not fit", "64 bits with sign")


# -- time -----------------------------------------------------------------------------


MOMENT_MIN = microseconds(datetime.min.replace(tzinfo=UTC))
MOMENT_MAX = microseconds(datetime.max.replace(tzinfo=UTC))
"""The moments that Python can read back; a zone may push a moment beyond them."""


def _datetime(field: FieldRules) -> Encode:
    def encode(value: object) -> Stored:
        if type(value) is datetime and value.tzinfo is UTC:
            return microseconds(value)
        if value is None:
            return field.nothing()
        if not isinstance(value, datetime):
            raise field.wrong_kind(value, "moment")
        if value.utcoffset() is None:
            raise field.refusal(
                f"{value.isoformat()} does not say its time zone", "an aware datetime"
            )
        stored = microseconds(value)
        if not MOMENT_MIN <= stored <= MOMENT_MAX:
            raise field.refusal(f"{value.isoformat()} has no UTC form", "years 1 to 9999 in UTC")
        return stored

    return encode


def _date(field: FieldRules) -> Encode:
    def encode(value: object) -> Stored:
        if value is None:
            return field.nothing()
        if not isinstance(value, date) or isinstance(value, datetime):
            raise field.wrong_kind(value, "date")
        return value.isoformat()

    return encode


# -- structures -----------------------------------------------------------------------


def _bytes(field: FieldRules) -> Encode:
    def encode(value: object) -> Stored:
        if value is None:
            return field.nothing()
        if not isinstance(value, bytes | bytearray | memoryview):
            raise field.wrong_kind(value, "byte string")
        given = bytes(value)
        check_length(field, len(given), "bytes")
        return given

    return encode


def _list(field: FieldRules) -> Encode:
    item_kind = field.schema.item_kind
    assert item_kind in {Kind.TEXT, Kind.INTEGER}
    single = FieldSchema(name=field.schema.name, kind=item_kind, required=True)
    encode_item = _MAKERS[item_kind](FieldRules(single, field.type_name))
    least, most = lengths_of(field.schema)

    def encode(value: object) -> Stored:
        if value is None:
            return field.nothing()
        if not isinstance(value, list | tuple):
            raise field.wrong_kind(value, "list")
        if not least <= len(value) <= most:
            check_length(field, len(value), "items")
        return canonical_json([encode_item(item) for item in value]) if value else "[]"

    return encode


def _json(field: FieldRules) -> Encode:
    def encode(value: object) -> Stored:
        if value is None:
            return field.nothing()
        _check_json(field, value, 0)
        return canonical_json(value)

    return encode


def _check_json(field: FieldRules, value: object, depth: int) -> None:
    """Refuse whatever would not come back from JSON as it went in."""
    if depth > JSON_DEPTH_MAX:
        raise field.refusal("it is nested too deeply", f"depth={JSON_DEPTH_MAX}")
    match value:
        case None | bool():
            return
        case str():
            check_text(field, value)
        case int():
            _check_bits(field, value)
        case float():
            if not math.isfinite(value):
                raise field.refusal(f"{value} is no finite number", "finite")
        case list() | tuple():
            _check_all_json(field, value, depth)
        case dict():
            if not all(isinstance(key, str) for key in value):
                raise field.refusal("a key is no text", "keys of JSON objects are texts")
            _check_all_json(field, (*value, *value.values()), depth)
        case _:
            raise field.wrong_kind(value, "JSON value")


def _check_all_json(field: FieldRules, values: Iterable[object], depth: int) -> None:
    for value in values:
        _check_json(field, value, depth + 1)


def _link(field: FieldRules) -> Encode:
    wanted = field.schema.link_type

    def encode(value: object) -> Stored:
        if isinstance(value, Identified):
            if value.type_name != wanted:
                raise field.refusal(f"it is of type {value.type_name}", f"a link to {wanted}")
            if value.__row__ is None:
                raise field.refusal("the object has not been created yet", f"a link to {wanted}")
            return value.__row__[0]
        if value is None:
            return field.nothing()
        guid = getattr(value, "bytes", None)
        if not isinstance(guid, bytes) or len(guid) != 16:
            raise field.wrong_kind(value, f"{wanted} or guid")
        return guid

    return encode


_MAKERS: dict[Kind, Callable[[FieldRules], Encode]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.FLOAT: _float,
    Kind.BOOLEAN: _boolean,
    Kind.DATETIME: _datetime,
    Kind.DATE: _date,
    Kind.DECIMAL: _decimal,
    Kind.BYTES: _bytes,
    Kind.JSON: _json,
    Kind.LIST: _list,
    Kind.LINK: _link,
}
