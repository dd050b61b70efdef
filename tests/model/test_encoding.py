"""What each kind of field takes, what it refuses, and what it says then."""

from __future__ import annotations

import enum
import math
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from skygarth.model.encoding import INTEGER_MAX, INTEGER_MIN, encoder, microseconds
from skygarth.model.errors import InvalidValue
from skygarth.model.field_rules import text_fault
from skygarth.model.schema import FieldSchema, Kind, Stored


class Colour(enum.Enum):
    """What stores names, since its values are no texts."""

    RED = 1
    GREEN = 2


MEMBERS: dict[enum.Enum, str] = {Colour.RED: "RED", Colour.GREEN: "GREEN"}
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _field(kind: Kind, **rules: object) -> FieldSchema:
    rules.setdefault("item_kind", Kind.TEXT if kind is Kind.LIST else None)
    rules.setdefault("link_type", "section" if kind is Kind.LINK else None)
    return FieldSchema(name="field", kind=kind, **rules)  # type: ignore[arg-type]


def _encode(kind: Kind, value: object, **rules: object) -> Stored:
    return encoder(_field(kind, **rules), "thing", MEMBERS if kind is Kind.ENUM else {})(value)


def _refusal(kind: Kind, value: object, **rules: object) -> InvalidValue:
    with pytest.raises(InvalidValue) as caught:
        _encode(kind, value, **rules)
    return caught.value


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        (Kind.TEXT, "Hello", "Hello"),
        (Kind.TEXT, "", ""),
        (Kind.TEXT, "Häuser 🏠", "Häuser 🏠"),
        (Kind.LONG_TEXT, "a\nb", "a\nb"),
        (Kind.INTEGER, INTEGER_MAX, INTEGER_MAX),
        (Kind.INTEGER, INTEGER_MIN, INTEGER_MIN),
        (Kind.FLOAT, 1.5, 1.5),
        (Kind.FLOAT, 3, 3.0),
        (Kind.BOOLEAN, True, 1),
        (Kind.BOOLEAN, False, 0),
        (Kind.DATETIME, NOON, 1_767_268_800_000_000),
        (Kind.DATETIME, NOON.astimezone(timezone(timedelta(hours=5))), 1_767_268_800_000_000),
        (Kind.DATETIME, datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1),
        (Kind.DATE, date(2026, 1, 2), "2026-01-02"),
        (Kind.BYTES, b"\x00\xff", b"\x00\xff"),
        (Kind.BYTES, bytearray(b"ab"), b"ab"),
        (Kind.JSON, {"b": [1, None, True, 0.5], "a": "x"}, '{"a":"x","b":[1,null,true,0.5]}'),
        (Kind.JSON, [], "[]"),
        (Kind.ENUM, Colour.RED, "RED"),
        (Kind.LIST, ["a", "ä"], '["a","ä"]'),
        (Kind.LIST, (), "[]"),
        (Kind.LINK, uuid.UUID(int=1), b"\0" * 15 + b"\1"),
    ],
)
def test_every_kind_has_one_stored_form(kind: Kind, value: object, stored: Stored) -> None:
    """A right value is stored as the protocol says."""
    encoded = _encode(kind, value)

    assert stored == encoded
    assert type(stored) is type(encoded)


@pytest.mark.parametrize("kind", list(Kind))
def test_none_is_a_value_only_where_none_is_required(kind: Kind) -> None:
    """An optional field takes None, a required one says that a value is missing."""
    refusal = _refusal(kind, None, required=True)

    assert _encode(kind, None) is None
    assert refusal.rule == "required"
    assert refusal.field == "field"
    assert str(refusal).startswith("thing.field: a value is missing")


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Kind.TEXT, [1, b"x", ["x"], True]),
        (Kind.INTEGER, [True, 1.0, "1", Decimal(1)]),
        (Kind.FLOAT, [True, "1.5", Decimal(1), 1j]),
        (Kind.BOOLEAN, [0, 1, "true", ""]),
        (Kind.DATETIME, ["2026-01-01", 0, date(2026, 1, 1)]),
        (Kind.DATE, ["2026-01-01", NOON]),
        (Kind.DECIMAL, [True, 1.5, "1.5"]),
        (Kind.BYTES, ["x", 3, [1]]),
        (Kind.JSON, [{1}, b"x", NOON, {"a": object()}]),
        (Kind.ENUM, [1, 2.0, "red", "", Kind.TEXT]),
        (Kind.LIST, ["ab", {"a"}, {"a": 1}, [1], [None], [True]]),
        (Kind.LINK, ["x", 1, b"\0" * 16, object()]),
    ],
)
def test_no_kind_takes_another(kind: Kind, values: list[object]) -> None:
    """Nothing is converted silently: a truth value is no number, a number no text."""
    for value in values:
        assert _refusal(kind, value).field == "field"


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x\udfff", "\0"])
def test_no_text_holds_what_cannot_be_stored(text: str) -> None:
    """NUL characters and halves of characters are refused wherever text stands."""
    assert text_fault(text)
    for kind, value in [
        (Kind.TEXT, text),
        (Kind.LONG_TEXT, text),
        (Kind.JSON, {"a": [text]}),
        (Kind.JSON, {text: 1}),
        (Kind.LIST, [text]),
    ]:
        assert _refusal(kind, value).rule == "text is Unicode without NUL"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_are_finite(number: float) -> None:
    """NaN is not even equal to itself, so nodes could not agree on it."""
    assert _refusal(Kind.FLOAT, number).rule == "finite"
    assert _refusal(Kind.JSON, [number]).rule == "finite"
    assert _refusal(Kind.DECIMAL, Decimal(number), places=2).rule == "finite"


@pytest.mark.parametrize("number", [INTEGER_MAX + 1, INTEGER_MIN - 1, 10**4000])
def test_integers_have_64_bits(number: int) -> None:
    """What the database would store as something else is refused, however large."""
    for kind, value in [(Kind.INTEGER, number), (Kind.JSON, number)]:
        assert _refusal(kind, value).rule == "64 bits with sign"
    assert "bits" in _refusal(Kind.DECIMAL, number, places=0).rule
    assert _refusal(Kind.FLOAT, 10**4000).rule == "64-bit floating point"


def test_a_moment_says_its_time_zone() -> None:
    """A naive datetime means something else on each node."""
    refusal = _refusal(Kind.DATETIME, datetime(2026, 1, 1))  # noqa: DTZ001

    assert refusal.rule == "an aware datetime"


@pytest.mark.parametrize(
    ("value", "places", "stored"),
    [
        (Decimal("1.5"), 2, 150),
        (Decimal("-0.01"), 2, -1),
        (Decimal("1.50000"), 2, 150),
        (Decimal("1E+3"), 2, 100_000),
        (7, 3, 7_000),
        (Decimal(0), 0, 0),
        (Decimal("92233720368547758.07"), 2, INTEGER_MAX),
    ],
)
def test_decimals_are_whole_numbers_of_their_last_place(
    value: Decimal | int, places: int, stored: int
) -> None:
    """Exactly, without a detour through floating point."""
    assert stored == _encode(Kind.DECIMAL, value, places=places)


@pytest.mark.parametrize("value", ["1.005", "0.001", "1E-30", "1E-400000", "123456789.123"])
def test_decimals_are_never_rounded(value: str) -> None:
    """More places than the field has are refused rather than lost."""
    assert _refusal(Kind.DECIMAL, Decimal(value), places=2).rule == "places=2"


@pytest.mark.parametrize("value", ["1E+400000", "92233720368547758.08", "-1E+30"])
def test_decimals_fit_into_64_bits(value: str) -> None:
    """And a huge exponent costs no time."""
    assert _refusal(Kind.DECIMAL, Decimal(value), places=2).rule == "64 bits with sign"


@pytest.mark.parametrize(
    ("kind", "rules", "right", "wrong", "rule"),
    [
        (Kind.TEXT, {"max_length": 3}, "abc", "abcd", "max_length=3"),
        (Kind.TEXT, {"max_length": 2}, "ää", "äää", "max_length=2"),
        (Kind.TEXT, {"min_length": 2}, "ab", "a", "min_length=2"),
        (Kind.TEXT, {"pattern": "[a-z]+"}, "abc", "abc\n", "pattern=[a-z]+"),
        (Kind.TEXT, {"pattern": "[a-z]+", "min_length": 1}, "a", "A", "pattern=[a-z]+"),
        (Kind.BYTES, {"max_length": 1}, b"a", b"ab", "max_length=1"),
        (Kind.LIST, {"max_length": 1}, ["a"], ["a", "b"], "max_length=1"),
        (Kind.LIST, {"min_length": 1}, ["a"], [], "min_length=1"),
        (Kind.INTEGER, {"minimum": 0}, 0, -1, "minimum=0"),
        (Kind.INTEGER, {"maximum": 9}, 9, 10, "maximum=9"),
        (Kind.INTEGER, {"minimum": 0.5}, 1, 0, "minimum=0.5"),
        (Kind.FLOAT, {"minimum": 0, "maximum": 1}, 1, 1.01, "maximum=1"),
        (Kind.DECIMAL, {"minimum": 0.01, "places": 2}, Decimal("0.01"), Decimal(0), "minimum=0.01"),
        (
            Kind.DECIMAL,
            {"maximum": 0.1, "places": 2},
            Decimal("0.1"),
            Decimal("0.11"),
            "maximum=0.1",
        ),
    ],
)
def test_a_refusal_names_the_rule(
    kind: Kind, rules: dict[str, object], right: object, wrong: object, rule: str
) -> None:
    """Limits include their bound; whoever meets one reads which it was."""
    _encode(kind, right, **rules)

    assert rule == _refusal(kind, wrong, **rules).rule


def test_a_choice_names_the_choices() -> None:
    """Whoever mistypes one sees them all."""
    refusal = _refusal(Kind.ENUM, "c", choices=("a", "b"))

    assert _encode(Kind.ENUM, "a", choices=("a", "b")) == "a"
    assert refusal.rule == "choices=a, b"


def test_json_is_not_nested_without_end() -> None:
    """A structure that contains itself is refused, not followed."""
    endless: list[object] = []
    endless.append(endless)

    assert _refusal(Kind.JSON, endless).rule == "depth=64"


def test_json_keys_are_texts() -> None:
    """Otherwise they would come back as something else."""
    assert _refusal(Kind.JSON, {1: "a"}).rule == "keys of JSON objects are texts"


def test_lists_of_integers_hold_integers() -> None:
    """Each item has the item's kind."""
    assert _encode(Kind.LIST, [1, -2], item_kind=Kind.INTEGER) == "[1,-2]"
    assert _refusal(Kind.LIST, ["1"], item_kind=Kind.INTEGER).fault == "'1' is no integer"


def test_a_long_value_is_shown_shortened() -> None:
    """A message is a line, not the value."""
    refusal = _refusal(Kind.INTEGER, "x" * 10_000)

    assert len(refusal.message) < 150


def test_moments_before_1970_count_backwards() -> None:
    """Microseconds are exact on both sides."""
    assert microseconds(datetime(1969, 12, 31, tzinfo=UTC)) == -86_400_000_000


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_a_moment_without_a_utc_form_is_refused(text: str) -> None:
    """A zone may push a moment out of the years that can be read back; it must not be stored."""
    with pytest.raises(InvalidValue):
        _encode(Kind.DATETIME, datetime.fromisoformat(text))
