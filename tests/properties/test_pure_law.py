"""The pure law holds for every history: order does not matter, nor does repetition or grouping."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from skygarth.merging.law import (
    LIFE,
    FieldChange,
    Heads,
    ObjectChange,
    Purge,
    ReferenceReplica,
    Touch,
    conflicting,
    replace_heads,
    shown_stamp,
)
from skygarth.model.position import Incarnation, Position
from skygarth.model.stamp import Stamp, make_stamp

GUIDS = (b"\1" * 16, b"\2" * 16)
FIELDS = ("title", LIFE)


@dataclass(frozen=True)
class Event:
    """One change, and the earlier events that its author had seen."""

    change: ObjectChange | Purge
    seen: frozenset[int]


def stamp(number: int, author: int) -> Stamp:
    """The stamp of the event of this number."""
    return make_stamp(number + 1, 0, bytes([author + 1]) * 16)


def _heads(events: list[Event], seen: frozenset[int], guid: bytes, name: str) -> Heads:
    """The heads of a field as an author sees them."""
    heads: Heads = {}
    for index in sorted(seen):
        change = events[index].change
        if isinstance(change, ObjectChange) and change.guid == guid:
            for entry in change.fields.get(name, ()):
                heads = replace_heads(heads, entry)
    return heads


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Creations, edits, settlements, counts and purges by three authors with partial knowledge."""
    first = [
        ObjectChange(
            "note",
            guid,
            (1, "a"),
            {name: (FieldChange(0, stamp(index, 0)),) for name in FIELDS},
            {"views": index},
            Touch(stamp(index, 0), 1, "a"),
        )
        for index, guid in enumerate(GUIDS)
    ]
    everybody = frozenset(range(len(first)))
    events = [Event(change, frozenset(range(index))) for index, change in enumerate(first)]
    knows = dict.fromkeys(range(3), everybody)
    for number in range(len(first), len(first) + draw(st.integers(0, 9))):
        author = draw(st.integers(0, 2))
        for index in draw(st.sets(st.integers(0, number - 1), max_size=3)):
            knows[author] |= events[index].seen | {index}
        change = draw(_changes(events, knows[author], number, author))
        events.append(Event(change, knows[author]))
        knows[author] |= {number}
    return events


@st.composite
def _changes(
    draw: st.DrawFn, events: list[Event], seen: frozenset[int], number: int, author: int
) -> ObjectChange | Purge:
    guid, mark = draw(st.sampled_from(GUIDS)), stamp(number, author)
    deed = draw(st.sampled_from(["edit", "edit", "edit", "settle", "count", "purge"]))
    if deed == "purge":
        return Purge("note", guid, mark)
    if deed == "count":
        return ObjectChange("note", guid, amounts={"views": draw(st.integers(-3, 3))})
    name = draw(st.sampled_from(FIELDS))
    heads = _heads(events, seen, guid, name)
    bases = frozenset(heads) if deed == "settle" else frozenset({shown_stamp(heads)})
    entry = FieldChange(draw(st.integers(0, 2)), mark, bases)
    touch = Touch(mark, number, str(author))
    return ObjectChange("note", guid, None, {name: (entry,)}, {}, touch)


def causal_orders(events: list[Event]) -> st.SearchStrategy[list[int]]:
    """Orders in which no event comes before what its author had seen."""

    @st.composite
    def order(draw: st.DrawFn) -> list[int]:
        left, done = list(range(len(events))), list[int]()
        while left:
            ready = [index for index in left if events[index].seen <= set(done)]
            chosen = draw(st.sampled_from(ready))
            left.remove(chosen)
            done.append(chosen)
        return done

    return order()


def replica_after(events: list[Event], order: list[int]) -> ReferenceReplica:
    """A replica that hears of events in this order."""
    replica = ReferenceReplica()
    for index in order:
        replica.take(events[index].change)
    return replica


@given(st.data())
def test_every_causal_order_gives_one_state(data: st.DataObject) -> None:
    """Commutative as far as causality allows: nodes hear in different orders, and agree (I3)."""
    events = data.draw(histories())
    one = replica_after(events, data.draw(causal_orders(events)))
    other = replica_after(events, data.draw(causal_orders(events)))

    assert one.objects == other.objects
    assert one.tombstones == other.tombstones


@given(st.data())
def test_repetition_changes_nothing(data: st.DataObject) -> None:
    """Idempotent by position: each segment counts once, however often it comes."""
    events = data.draw(histories())
    log = Incarnation("c" * 32)
    again = data.draw(st.lists(st.integers(0, len(events) - 1), max_size=6))
    replica = ReferenceReplica()
    for index, event in enumerate(events):
        replica.apply(Position(log, index + 1), [event.change])
        for earlier in again:
            if earlier <= index:
                replica.apply(Position(log, earlier + 1), [events[earlier].change])

    assert replica.objects == replica_after(events, list(range(len(events)))).objects


@given(st.data())
def test_grouping_changes_nothing(data: st.DataObject) -> None:
    """Associative: changesets in one segment or in many, the outcome is the same."""
    events = data.draw(histories())
    cuts = sorted(data.draw(st.sets(st.integers(0, len(events)))) | {0, len(events)})
    log = Incarnation("c" * 32)
    grouped = ReferenceReplica()
    for number, (begin, end) in enumerate(itertools.pairwise(cuts), start=1):
        grouped.apply(Position(log, number), [event.change for event in events[begin:end]])
    single = replica_after(events, list(range(len(events))))

    assert grouped.objects == single.objects
    assert grouped.tombstones == single.tombstones


@given(histories())
def test_nothing_that_nobody_replaced_is_lost(events: list[Event]) -> None:
    """A value is a head unless somebody who had seen it replaced it (I5)."""
    replica = replica_after(events, list(range(len(events))))
    for guid, state in replica.objects.items():
        for name in FIELDS:
            said: dict[Stamp, object] = {}
            replaced: set[Stamp] = set()
            for event in events:
                if isinstance(event.change, ObjectChange) and event.change.guid == guid:
                    for entry in event.change.fields.get(name, ()):
                        said[entry.stamp] = entry.value
                        replaced |= entry.bases
            assert state.heads[name] == {s: v for s, v in said.items() if s not in replaced}
            shown = shown_stamp(state.heads[name])
            assert set(conflicting(state.heads[name])) <= set(state.heads[name]) - {shown}
