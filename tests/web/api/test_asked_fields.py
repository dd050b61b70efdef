"""Fields as requests name them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.web.cloud_nodes import Book, Shelf

from skygarth.model.errors import Invalid
from skygarth.repository import Repository
from skygarth.web.api.asked_fields import asked_conditions, asked_field, asked_order


@pytest.fixture(autouse=True)
def known(repository: Repository) -> None:
    """Links lead somewhere once their types are registered."""
    repository.register(Shelf, Book)


@pytest.mark.parametrize(
    ("name", "path", "is_own"),
    [
        ("title", ("title",), True),
        ("guid", ("guid",), True),
        ("meta.published", ("_published",), True),
        ("shelf.name", ("shelf", "name"), False),
        ("shelf.above.name", ("shelf", "above", "name"), False),
        ("shelf.meta.revision", ("shelf", "_revision"), False),
    ],
)
def test_a_dotted_name_leads_to_a_field(name: str, path: tuple[str, ...], is_own: bool) -> None:
    """Own fields, metadata, and both behind links."""
    asked = asked_field(Book, name)

    assert (asked.field.path, asked.is_own) == (path, is_own)


@pytest.mark.parametrize(
    "name", ["", ".", "x", "title.x", "meta", "meta.x", "shelf.x", "__class__", "shelf..name"]
)
def test_what_leads_nowhere_is_refused(name: str) -> None:
    """A name that is no field is refused by name, never looked up on our own classes."""
    with pytest.raises(Invalid) as refused:
        asked_field(Book, name)

    assert refused.value.code == "SG-QUERY-001"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("title", "7", "7"),
        ("pages", "7", 7),
        ("pages", "null", None),
        ("lent", "yes", True),
        ("lent", "FALSE", False),
        ("price", "9.50", Decimal("9.50")),
        ("printed", "2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
        ("meta.revision", "3", 3),
        ("pages", "many", "many"),
    ],
)
def test_a_text_stands_for_a_value_of_its_field(name: str, text: str, value: object) -> None:
    """Query strings hold texts; what they mean depends on the field."""
    assert asked_field(Book, name).value_of_text(text) == value


def test_a_minus_turns_an_order_round() -> None:
    """The greatest comes first."""
    _, order = asked_order(Book, "-shelf.name")

    assert (order.path, order.descending) == (("shelf", "name"), True)


def test_conditions_are_those_of_python() -> None:
    """What JSON asks is what the same comparison in Python asks."""
    given = [["pages", ">", 3], ["title", "starts with", "x"], ["words", "contains", "y"]]
    expected = [Book.pages > 3, Book.title.startswith("x"), Book.words.contains("y")]  # type: ignore[operator, attr-defined]

    assert [c.query for c in asked_conditions(Book, given)] == [c.query for c in expected]
