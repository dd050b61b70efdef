"""Python, stored, JSON: three forms of one value, and the ways between them."""

from __future__ import annotations

import enum
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.model.encoding import INTEGER_MAX, INTEGER_MIN
from skygarth.model.errors import Damaged, InvalidValue
from skygarth.model.schema import FieldSchema, Kind
from skygarth.model.values import Codec, codec_of, enum_members


class Size(enum.StrEnum):
    """Texts to choose from."""

    SMALL = "s"
    LARGE = "l"


class Weekday(enum.Enum):
    """Members whose values are no texts go by their names."""

    MONDAY = 1


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
INTEGERS = st.integers(INTEGER_MIN, INTEGER_MAX)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)
VALUES: dict[Kind, st.SearchStrategy[object]] = {
    Kind.TEXT: TEXTS,
    Kind.LONG_TEXT: TEXTS,
    Kind.INTEGER: INTEGERS,
    Kind.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    Kind.BOOLEAN: st.booleans(),
    Kind.DATETIME: st.datetimes(timezones=st.just(UTC)),
    Kind.DATE: st.dates(),
    Kind.DECIMAL: st.decimals(-(10**12), 10**12, places=6),
    Kind.BYTES: st.binary(),
    Kind.JSON: JSON,
    Kind.ENUM: st.sampled_from(Size),
    Kind.LIST: st.lists(TEXTS),
    Kind.LINK: st.uuids(),
}


def _codec(kind: Kind) -> Codec:
    schema = FieldSchema(
        name="field",
        kind=kind,
        places=6 if kind is Kind.DECIMAL else None,
        item_kind=Kind.TEXT if kind is Kind.LIST else None,
        link_type="section" if kind is Kind.LINK else None,
        choices=("s", "l") if kind is Kind.ENUM else (),
    )
    return codec_of(schema, "thing", enum_members(Size) if kind is Kind.ENUM else {})


@given(st.data(), st.sampled_from(Kind))
def test_what_is_stored_comes_back(data: st.DataObject, kind: Kind) -> None:
    """Through the stored form, a value is the same afterwards."""
    codec = _codec(kind)
    value = data.draw(VALUES[kind])

    assert value == codec.python(codec.encode(value))


@given(st.data(), st.sampled_from(Kind))
def test_what_goes_out_as_json_comes_back(data: st.DataObject, kind: Kind) -> None:
    """The JSON form of a stored value reads as that stored value."""
    codec = _codec(kind)
    stored = codec.encode(data.draw(VALUES[kind]))

    assert stored == codec.from_json(codec.to_json(stored))


@given(st.dictionaries(TEXTS, JSON, max_size=5))
def test_equal_json_is_stored_equally(value: dict[str, object]) -> None:
    """The order in which keys were added says nothing, so it does not show."""
    codec = _codec(Kind.JSON)
    turned = dict(reversed(value.items()))

    assert codec.encode(value) == codec.encode(turned)


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_is_nothing_in_every_form(kind: Kind) -> None:
    """None, NULL and null are one."""
    codec = _codec(kind)

    assert codec.encode(None) is None
    assert codec.python(None) is None
    assert codec.to_json(None) is None
    assert codec.from_json(None) is None


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        (Kind.DATETIME, datetime(2026, 1, 2, 3, 4, 5, 6, UTC), "2026-01-02T03:04:05.000006Z"),
        (Kind.DATETIME, datetime(7, 1, 1, tzinfo=UTC), "0007-01-01T00:00:00.000000Z"),
        (Kind.DATE, date(2026, 1, 2), "2026-01-02"),
        (Kind.DECIMAL, Decimal("-1.5"), "-1.500000"),
        (Kind.DECIMAL, Decimal("1E-6"), "0.000001"),
        (Kind.BYTES, b"\xff\x00", "/wA="),
        (Kind.BOOLEAN, True, True),
        (Kind.LIST, ["a"], ["a"]),
        (Kind.ENUM, Size.LARGE, "l"),
    ],
)
def test_the_json_forms_are_those_of_the_interface(kind: Kind, value: object, form: object) -> None:
    """Clients in any language read them without asking."""
    codec = _codec(kind)

    assert form == codec.to_json(codec.encode(value))


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        (Kind.DATETIME, "yesterday"),
        (Kind.DATETIME, "2026-01-01"),
        (Kind.DATETIME, "2026-01-01T00:00:00"),
        (Kind.DATETIME, 5),
        (Kind.DATE, "2026-13-01"),
        (Kind.DECIMAL, "one"),
        (Kind.DECIMAL, "NaN"),
        (Kind.DECIMAL, 1.5),
        (Kind.BYTES, "no base64!"),
        (Kind.BYTES, "ä"),
        (Kind.LINK, "guid"),
        (Kind.ENUM, "x"),
        (Kind.BOOLEAN, "true"),
    ],
)
def test_json_that_stands_for_no_value_is_refused(kind: Kind, form: object) -> None:
    """With the field's name, as any other wrong value."""
    with pytest.raises(InvalidValue) as caught:
        _codec(kind).from_json(form)

    assert caught.value.field == "field"


@pytest.mark.parametrize(
    "form", ["2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z", "20260101T00Z"]
)
def test_moments_may_be_written_with_an_offset(form: str) -> None:
    """Whatever ISO 8601 says without doubt is understood."""
    codec = _codec(Kind.DATETIME)

    assert datetime(2026, 1, 1, tzinfo=UTC) == codec.python(codec.from_json(form))


def test_members_go_by_their_text() -> None:
    """A text value is stored as it is; anything else by the member's name."""
    assert enum_members(Size) == {Size.SMALL: "s", Size.LARGE: "l"}
    assert enum_members(Weekday) == {Weekday.MONDAY: "MONDAY"}


def test_a_choice_of_a_newer_node_can_be_read() -> None:
    """What this node's enumeration lacks is shown as the text it is."""
    assert _codec(Kind.ENUM).python("xl") == "xl"


def test_a_moment_beyond_the_calendar_is_damage() -> None:
    """Only a broken peer stores one."""
    with pytest.raises(Damaged) as caught:
        _codec(Kind.DATETIME).python(INTEGER_MAX)

    assert caught.value.code == "SG-VALUE-002"


def test_asking_knows_no_limits() -> None:
    """One may ask for what can never be there; the answer is that it is not."""
    schema = FieldSchema(
        name="field", kind=Kind.TEXT, required=True, max_length=2, pattern="[a-z]+"
    )
    choice = codec_of(FieldSchema(name="field", kind=Kind.ENUM, choices=("a",)))

    assert codec_of(schema).comparing().encode("UPPER") == "UPPER"
    assert codec_of(schema).comparing().encode(None) is None
    assert choice.comparing().encode("b") == "b"
