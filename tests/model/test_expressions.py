"""Conditions read as Python and mean what the query says."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from skygarth.model.attributes import Attr, Json, attr
from skygarth.model.errors import Invalid, InvalidValue
from skygarth.model.expressions import Condition, condition_of, find_field
from skygarth.model.guid import Guid
from skygarth.model.query import (
    All,
    AnyOf,
    Compare,
    Contains,
    IsNull,
    Matches,
    Not,
    OneOf,
    Operator,
    Order,
)
from skygarth.model.types import Type


class Tone(enum.StrEnum):
    """Something to choose from."""

    LOW = "low"


class Shelf(Type, path="name"):
    """What books stand on."""

    name: Attr[str] = attr(max_length=3)
    above: Attr[Shelf | None] = attr(default=None, tree=True)
    like: Attr[str] = attr(default="")


class Book(Type, path="name"):
    """What is asked for."""

    name: Attr[str] = attr(max_length=80, pattern="[a-z]+")
    title: Attr[str] = attr(search=True)
    pages: Attr[int] = attr(default=0)
    tone: Attr[Tone | None] = attr(default=None)
    tags: Attr[list[str]] = attr(default=[])
    facts: Attr[Json] = attr(default=None)
    shelf: Attr[Shelf | None] = attr(default=None, tree=True)


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GUID = Guid(int=7)


@pytest.mark.parametrize(
    ("condition", "query"),
    [
        (Book.title == "x", Compare(("title",), Operator.EQUAL, "x")),
        (Book.title != None, Compare(("title",), Operator.UNEQUAL, None)),  # noqa: E711
        (Book.pages < 3, Compare(("pages",), Operator.LESS, 3)),
        (Book.pages <= 3, Compare(("pages",), Operator.LESS_OR_EQUAL, 3)),
        (Book.pages > 3, Compare(("pages",), Operator.GREATER, 3)),
        (Book.pages >= 3, Compare(("pages",), Operator.GREATER_OR_EQUAL, 3)),
        (Book.tone == Tone.LOW, Compare(("tone",), Operator.EQUAL, "low")),
        (Book.title.in_(["a", "b"]), OneOf(("title",), ("a", "b"))),
        (Book.title.in_([]), OneOf(("title",), ())),
        (Book.tone.is_null(), IsNull(("tone",))),
        (Book.title.like("a%"), Compare(("title",), Operator.LIKE, "a%")),
        (Book.title.startswith("a%"), Compare(("title",), Operator.STARTS_WITH, "a%")),
        (Book.title.matches("hel*"), Matches("hel*", "title")),
        (Book.tags.contains("a"), Contains(("tags",), "a")),
        (Book.tags == ["a"], Compare(("tags",), Operator.EQUAL, '["a"]')),
        (Book.shelf == GUID, Compare(("shelf",), Operator.EQUAL, GUID.bytes)),
        (Book.guid == GUID, Compare(("guid",), Operator.EQUAL, GUID.bytes)),
        (Book.meta.hidden == False, Compare(("_hidden",), Operator.EQUAL, 0)),  # noqa: E712
        (
            Book.meta.published <= NOON,
            Compare(("_published",), Operator.LESS_OR_EQUAL, 1_767_268_800_000_000),
        ),
        (Book.shelf.name == "ab", Compare(("shelf", "name"), Operator.EQUAL, "ab")),
        (Book.shelf["like"] == "ab", Compare(("shelf", "like"), Operator.EQUAL, "ab")),
        (Book.shelf.above.name == "b", Compare(("shelf", "above", "name"), Operator.EQUAL, "b")),
        (Book.shelf.guid == GUID, Compare(("shelf", "guid"), Operator.EQUAL, GUID.bytes)),
    ],
)
def test_a_comparison_becomes_a_query(condition: Condition, query: object) -> None:
    """Values are in stored form, paths name links and the field."""
    assert query == condition.query


def test_links_reach_metadata() -> None:
    """Those of the linked object."""
    hidden = find_field(Book.__plan__, "meta", ("shelf",))

    assert Order(("shelf", "_hidden")) == hidden.hidden.asc()


def test_conditions_combine() -> None:
    """And, or, not, in any depth."""
    one, two = Book.pages > 1, Book.title == "x"

    assert All((one.query, two.query)) == (one & two).query
    assert AnyOf((one.query, two.query)) == (one | two).query
    assert Not(one.query) == (~one).query


def test_a_condition_is_no_truth_value() -> None:
    """`a and b`, `not a`, `a in […]` would silently mean something else."""
    with pytest.raises(Invalid) as caught:
        bool(Book.pages > 1)

    assert caught.value.code == "SG-QUERY-005"
    with pytest.raises(Invalid):
        assert Book.pages in [Book.title, Book.name]


@pytest.mark.parametrize("given", [True, None, "title = 1", Book.title])
def test_only_conditions_are_conditions(given: object) -> None:
    """What `is None` makes, for instance, is refused."""
    with pytest.raises(Invalid) as caught:
        condition_of(given)

    assert caught.value.code == "SG-QUERY-006"


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Book.facts < {},
        lambda: Book.tags > ["a"],
        lambda: Book.pages < None,  # type: ignore[operator]
        lambda: Book.pages.like("a"),
        lambda: Book.title.like("a\0"),
        lambda: Book.title.startswith(3),  # type: ignore[arg-type]
        lambda: Book.title.contains("a"),
        lambda: Book.shelf.name.matches("a"),
        lambda: Book.title.matches(3),  # type: ignore[arg-type]
    ],
)
def test_a_field_is_asked_only_what_it_can_answer(ask: Callable[[], Condition]) -> None:
    """Anything else is refused with a way out."""
    with pytest.raises(Invalid) as caught:
        ask()

    assert caught.value.code == "SG-QUERY-004"
    assert caught.value.hint


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Book.pages == "many",
        lambda: Book.pages == True,  # noqa: E712
        lambda: Book.tags.contains(3),
        lambda: Book.meta.published > datetime(2026, 1, 1),  # noqa: DTZ001
    ],
)
def test_a_field_is_compared_with_its_own_kind(ask: Callable[[], Condition]) -> None:
    """A number is no text, a truth value no number, a naive moment no moment."""
    with pytest.raises(InvalidValue):
        ask()


def test_one_may_ask_for_what_cannot_be() -> None:
    """A text that the field would refuse is simply not found."""
    assert Compare(("name",), Operator.EQUAL, "UPPER") == (Book.name == "UPPER").query


def test_an_unknown_field_is_refused() -> None:
    """Also behind a link; a field that is no link has no fields."""
    with pytest.raises(Invalid) as caught:
        find_field(Book.__plan__, "colour")
    with pytest.raises(Invalid) as behind:
        Book.shelf.colour  # noqa: B018
    with pytest.raises(AttributeError, match="no link"):
        Book.title.colour  # noqa: B018

    assert caught.value.code == behind.value.code == "SG-QUERY-001"


def test_orders_go_both_ways() -> None:
    """By fields of links, too."""
    assert Order(("pages",)) == Book.pages.asc()
    assert Order(("shelf", "name"), descending=True) == Book.shelf.name.desc()


def test_metadata_are_found_by_column() -> None:
    """As requests name them that come from elsewhere."""
    assert find_field(Book.__plan__, "_published").path == ("_published",)
    assert find_field(Book.__plan__, "guid").path == ("guid",)
