"""How concurrent changes become one state, whatever order they arrive in.

A field is the set of its *heads*: the values that no change seen so far has
replaced (MRG-2). A change names its *bases*, the heads that its author saw and
replaced; it removes them and adds its own value. The greatest head by stamp
shows; the others are what was *set aside*. Nothing here asks who came first.
With s1 < s2 < s1', where s1' replaced s1, every order ends with s1' shown and
s2 set aside::

    s1, s2, s1'   {s1} → {s1 s2} → {s2 s1'}
    s1, s1', s2   {s1} → {s1'} → {s1' s2}

The law assumes causal order (a change comes after the changes its author had
seen) and that a position is applied once; both are the replicator's business.

Databases do the same set-wise in SQL. The property tests hold them to this.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from skygarth.model.position import Position
from skygarth.model.schema import Stored
from skygarth.model.stamp import Stamp

Heads = Mapping[Stamp, Stored]
"""A field's heads: value by stamp."""

LIFE = "_deleted"
"""The field that every edit touches: it says whether the object lives (MRG-6)."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value that somebody gave a field, and the heads that it replaces."""

    value: Stored
    stamp: Stamp
    bases: frozenset[Stamp] = frozenset()

    def __post_init__(self) -> None:
        assert all(base < self.stamp for base in self.bases), "a base is older than its change"


def replace_heads(heads: Heads, change: FieldChange) -> Heads:
    """The heads after a change: without its bases, with its own value (MRG-3)."""
    remaining = {stamp: value for stamp, value in heads.items() if stamp not in change.bases}
    remaining[change.stamp] = change.value
    return remaining


def shown_stamp(heads: Heads) -> Stamp:
    """The stamp of the head that shows: the greatest (MRG-4)."""
    assert heads, "a field without a head"
    return max(heads)


def conflicting(heads: Heads) -> dict[Stamp, Stored]:
    """The heads to list as conflicts: set aside, and different from what shows (MRG-7)."""
    shown = heads[shown_stamp(heads)]
    return {stamp: value for stamp, value in heads.items() if value != shown}


def conflict_id(guid: bytes, field_name: str, stamp: Stamp) -> str:
    """The name of a conflict: made of object, field and stamp alone, so equal on every node."""
    seed = guid + field_name.encode() + b"\0" + stamp
    return hashlib.sha256(seed).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Touch:
    """That somebody edited an object: who and when; `count` changesets of the same log."""

    stamp: Stamp
    revised_us: int
    revisor: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """What one segment says of one object.

    Attributes:
        created: (microseconds, creator) if the segment creates the object, else None.
        fields: changes by field; more than one where an import came between two edits.
        amounts: what is added to counters.
        touch: who edited it last; None if only counters moved.
    """

    type_name: str
    guid: bytes
    created: tuple[int, str] | None = None
    fields: Mapping[str, tuple[FieldChange, ...]] = field(default_factory=dict)
    amounts: Mapping[str, int] = field(default_factory=dict)
    touch: Touch | None = None


@dataclass(frozen=True, slots=True)
class Purge:
    """That an object is gone for good (MRG-9)."""

    type_name: str
    guid: bytes
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class ObjectState:
    """An object as a node holds it."""

    type_name: str
    created: tuple[int, str]
    heads: Mapping[str, Heads]
    totals: Mapping[str, int]
    touch: Touch

    @property
    def shown(self) -> dict[str, Stored]:
        """What a reader sees: field to value, counters included."""
        values = {name: heads[shown_stamp(heads)] for name, heads in self.heads.items()}
        return values | dict(self.totals)


def change_object(state: ObjectState | None, change: ObjectChange) -> ObjectState:
    """The object after a change.

    Heads follow `replace_heads`, counters add up, `created` keeps the earliest,
    and who revised it follows the greatest stamp (MRG-5).
    """
    if state is None:
        assert change.created is not None, "an edit came before its object's creation"
        assert change.touch is not None
        state = ObjectState(change.type_name, change.created, {}, {}, change.touch)
        touch = change.touch
    else:
        touch = _later_touch(state.touch, change.touch)
    heads = dict(state.heads)
    for name, changes in change.fields.items():
        for entry in changes:
            heads[name] = replace_heads(heads.get(name, {}), entry)
    totals = dict(state.totals)
    for name, amount in change.amounts.items():
        totals[name] = totals.get(name, 0) + amount
    created = min(state.created, change.created or state.created)
    return ObjectState(state.type_name, created, heads, totals, touch)


def _later_touch(mine: Touch, theirs: Touch | None) -> Touch:
    """Who revised last, and how many changesets touched the object in all."""
    if theirs is None:
        return mine
    later = max(mine, theirs, key=lambda touch: touch.stamp)
    return Touch(later.stamp, later.revised_us, later.revisor, mine.count + theirs.count)


class ReferenceReplica:
    """A node's whole content by the law alone: slow, plain, and what databases are held to."""

    def __init__(self) -> None:
        self.objects: dict[bytes, ObjectState] = {}
        self.tombstones: dict[bytes, Stamp] = {}
        self.applied: set[Position] = set()

    def apply(self, position: Position, changes: Iterable[ObjectChange | Purge]) -> None:
        """Take in one segment; a position that is applied already changes nothing."""
        if position in self.applied:
            return
        self.applied.add(position)
        for change in changes:
            self.take(change)

    def take(self, change: ObjectChange | Purge) -> None:
        """Take in one change; a tombstone wins over everything."""
        if isinstance(change, Purge):
            self.objects.pop(change.guid, None)
            self.tombstones[change.guid] = max(
                change.stamp, self.tombstones.get(change.guid, change.stamp)
            )
        elif change.guid not in self.tombstones:
            self.objects[change.guid] = change_object(self.objects.get(change.guid), change)
