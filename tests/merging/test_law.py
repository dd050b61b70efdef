"""The law of merging, case by case; its laws are in tests/properties."""

from __future__ import annotations

import itertools

import pytest

from skygarth.merging.law import (
    LIFE,
    FieldChange,
    Heads,
    ObjectChange,
    Purge,
    ReferenceReplica,
    Touch,
    change_object,
    conflict_id,
    conflicting,
    replace_heads,
    shown_stamp,
)
from skygarth.model.position import Incarnation, Position
from skygarth.model.schema import Stored
from skygarth.model.stamp import Stamp, make_stamp

GUID = bytes(16)
LOG = Incarnation("a" * 32)


def at(time: int, by: str = "a") -> Stamp:
    """A stamp."""
    return make_stamp(time, 0, by.encode() * 16)


def given(value: Stored, time: int, by: str = "a", *bases: Stamp) -> FieldChange:
    """A change of a field."""
    return FieldChange(value, at(time, by), frozenset(bases))


def after(*changes: FieldChange) -> Heads:
    """The heads after changes in this order."""
    heads: Heads = {}
    for change in changes:
        heads = replace_heads(heads, change)
    return heads


def created(time: int = 1, by: str = "a", **amounts: int) -> ObjectChange:
    """A note's creation."""
    stamp = at(time, by)
    fields = {"title": (FieldChange("draft", stamp),), LIFE: (FieldChange(0, stamp),)}
    return ObjectChange(
        "note", GUID, (time * 1000, by), fields, amounts, Touch(stamp, time * 1000, by)
    )


def edited(title: str, time: int, by: str, *bases: Stamp) -> ObjectChange:
    """An edit of a title."""
    stamp = at(time, by)
    fields = {"title": (FieldChange(title, stamp, frozenset(bases)),)}
    return ObjectChange("note", GUID, None, fields, {}, Touch(stamp, time * 1000, by))


def test_latest_shows_whoever_is_heard_first() -> None:
    """The greater stamp wins, and the other stays a head (MRG-4)."""
    draft, final = given("draft", 1), given("final", 2, "b")

    for order in itertools.permutations([draft, final]):
        heads = after(*order)
        assert heads == {at(1): "draft", at(2, "b"): "final"}
        assert shown_stamp(heads) == at(2, "b")
        assert conflicting(heads) == {at(1): "draft"}


def test_equal_times_are_settled_by_the_writer() -> None:
    """Two nodes never give equal stamps (CLK-2)."""
    heads = after(given("x", 1, "b"), given("y", 1, "a"))

    assert heads[shown_stamp(heads)] == "x"


def test_the_history_of_the_module_ends_alike_in_every_order() -> None:
    """s1 < s2 < s1', s1' replaced s1: s1' shows and s2 is set aside, always (MRG-3)."""
    first, other = given("s1", 1), given("s2", 2, "b")
    replacing = given("s1'", 3, "a", at(1))

    for order in ([first, other, replacing], [first, replacing, other], [other, first, replacing]):
        heads = after(*order)
        assert heads == {at(2, "b"): "s2", at(3): "s1'"}


def test_a_settlement_replaces_every_head() -> None:
    """Whoever names all heads leaves only his own (MRG-8)."""
    heads = after(given("x", 1), given("y", 2, "b"), given("z", 3, "c", at(1), at(2, "b")))

    assert heads == {at(3, "c"): "z"}
    assert conflicting(heads) == {}


def test_an_edit_concurrent_with_a_settlement_stays() -> None:
    """Its author had not seen what was settled."""
    settled = given("z", 3, "c", at(1), at(2, "b"))
    heads = after(given("x", 1), given("y", 2, "b"), settled, given("w", 4, "a", at(1)))

    assert conflicting(heads) == {at(3, "c"): "z"}


def test_equal_values_are_no_conflict() -> None:
    """Heads that say what shows are not listed (MRG-7)."""
    assert conflicting(after(given("same", 1), given("same", 2, "b"))) == {}


def test_a_base_is_older_than_its_change() -> None:
    """A clock that observes what it sees cannot give anything else."""
    with pytest.raises(AssertionError):
        given("x", 1, "a", at(2, "b"))


def test_a_conflicts_name_is_made_of_object_field_and_stamp() -> None:
    """What shows beside it does not matter, so the name stays when another value wins."""
    name = conflict_id(GUID, "title", at(1))

    assert name == conflict_id(GUID, "title", at(1))
    assert len({name, conflict_id(GUID, "body", at(1)), conflict_id(GUID, "title", at(2))}) == 3


def test_counters_add_up() -> None:
    """Differences of everybody, whatever their order (MRG-11)."""
    moves = [ObjectChange("note", GUID, amounts={"views": amount}) for amount in (2, -5, 10)]
    for order in itertools.permutations(moves):
        state = change_object(None, created(views=1))
        for move in order:
            state = change_object(state, move)
        assert state.totals == {"views": 8}
        assert state.touch.count == 1


def test_who_revised_follows_the_greatest_stamp() -> None:
    """And the changesets are counted (MRG-5)."""
    edits = [edited("x", 5, "b", at(1)), edited("y", 3, "c", at(1))]
    for order in itertools.permutations(edits):
        state = change_object(None, created())
        for edit in order:
            state = change_object(state, edit)
        assert (state.touch.revisor, state.touch.revised_us, state.touch.count) == ("b", 5000, 3)


def test_the_earliest_creation_counts() -> None:
    """Two databases may both hold one creation: a clone's and its original's."""
    state = change_object(change_object(None, created(7, "b")), created(3, "a"))

    assert state.created == (3000, "a")


def test_an_edit_of_an_unknown_object_is_our_mistake() -> None:
    """Causal order is the replicator's business; the law insists."""
    with pytest.raises(AssertionError):
        change_object(None, edited("x", 2, "a", at(1)))


def test_what_shows_includes_counters() -> None:
    """Fields by their shown heads, counters by their totals."""
    assert change_object(None, created(views=2)).shown == {"title": "draft", LIFE: 0, "views": 2}


def test_a_position_applies_once() -> None:
    """Told again, it changes nothing (MRG-5)."""
    replica = ReferenceReplica()
    for _ in range(2):
        replica.apply(Position(LOG, 1), [created(views=1)])
        replica.apply(Position(LOG, 2), [ObjectChange("note", GUID, amounts={"views": 4})])

    assert replica.objects[GUID].totals == {"views": 5}


def test_a_tombstone_wins_over_everything() -> None:
    """What comes before and after it, creations too; the greatest stamp is kept (MRG-9)."""
    changes: list[ObjectChange | Purge] = [
        created(),
        edited("x", 9, "b", at(1)),
        Purge("note", GUID, at(4)),
    ]
    orders = ([0, 1, 2], [0, 2, 1], [2, 0, 1])
    for order in orders:
        replica = ReferenceReplica()
        for index in order:
            replica.take(changes[index])
        replica.take(Purge("note", GUID, at(3, "b")))
        assert replica.objects == {}
        assert replica.tombstones == {GUID: at(4)}
