"""Questions as plain values."""

from __future__ import annotations

import dataclasses

import pytest

from skygarth.model.query import (
    All,
    AnyOf,
    Compare,
    Condition,
    Contains,
    IsNull,
    Matches,
    Not,
    OneOf,
    Operator,
    Order,
    Selection,
)

EVERY_KIND: tuple[Condition, ...] = (
    Compare(("title",), Operator.EQUAL, "x"),
    OneOf(("title",), ("x", None)),
    IsNull(("section", "name")),
    Contains(("tags",), "x"),
    Matches("hel*", "title"),
    All(()),
    AnyOf((IsNull(("title",)),)),
    Not(All(())),
)


def test_equal_questions_are_equal_values() -> None:
    """So they can be compared, kept in sets, and used as keys of a cache."""
    again: tuple[Condition, ...] = (
        Compare(("title",), Operator.EQUAL, "x"),
        OneOf(("title",), ("x", None)),
        IsNull(("section", "name")),
        Contains(("tags",), "x"),
        Matches("hel*", "title"),
        All(()),
        AnyOf((IsNull(("title",)),)),
        Not(All(())),
    )

    assert again == EVERY_KIND
    assert len({*again, *EVERY_KIND}) == len(EVERY_KIND)


@pytest.mark.parametrize("condition", EVERY_KIND, ids=lambda kind: type(kind).__name__)
def test_a_question_cannot_be_changed(condition: Condition) -> None:
    """Whoever holds one may hand it on."""
    first = dataclasses.fields(condition)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(condition, first, None)


def test_a_bare_selection_asks_for_all_live_objects() -> None:
    """In any order, without a limit."""
    selection = Selection("article")

    assert selection.condition == All(())
    assert selection.order == ()
    assert (selection.limit, selection.offset, selection.include_deleted) == (None, 0, False)


def test_an_order_ascends_unless_said_otherwise() -> None:
    """As people expect of lists."""
    assert not Order(("title",)).descending
