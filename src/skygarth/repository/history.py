"""An object's past: what each segment says of it, put in order, and what a way back would set.

Nothing here reads a bucket: whoever does hands in what was found (HIS-1).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from skygarth.merging.law import LIFE, ObjectChange, Purge
from skygarth.model.errors import Conflict, NotFound
from skygarth.model.plans import TypePlan
from skygarth.model.position import Position
from skygarth.model.schema import Stored
from skygarth.model.stamp import stamp_time


class Deed(enum.StrEnum):
    """What was done to an object."""

    CREATED = "created"
    EDITED = "edited"
    COUNTED = "counted"
    DELETED = "deleted"
    UNDELETED = "undeleted"
    PURGED = "purged"


@dataclass(frozen=True, slots=True)
class Found:
    """What one segment says of the object.

    Attributes:
        position: of the segment.
        node: the name of its author, for people.
        stamp: the segment's greatest; it orders a change that has none of its own.
        change: what it says.
    """

    position: Position
    node: str
    stamp: bytes
    change: ObjectChange | Purge


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object.

    Attributes:
        position: of the segment that brought it; None where it is not published yet.
        node: the name of the node that wrote it.
        by: who did it; "" if nobody was named.
        at_us: when, in microseconds since 1970, by the author's clock.
        fields: what was set, by column; metadata with an underscore.
        amounts: what was added to counters.
        state: all columns known after it; what no kept version sets is absent (HIS-3).
    """

    position: Position | None
    node: str
    by: str
    at_us: int
    deed: Deed
    fields: Mapping[str, Stored] = field(default_factory=dict)
    amounts: Mapping[str, int] = field(default_factory=dict)
    state: Mapping[str, Stored] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class History:
    """All kept versions of an object, the oldest first.

    Attributes:
        type_name: of the object; "" where nothing is kept of it.
        is_complete: whether it goes back to the object's creation.
        unreadable: segments that could have told more and cannot be read.
    """

    type_name: str
    versions: tuple[Version, ...]
    is_complete: bool
    unreadable: tuple[Position, ...] = ()

    def named(self, name: str) -> Version:
        """The version of this name.

        Args:
            name: its position, as ``str(position)`` tells it, or with the whole incarnation.

        Raises:
            NotFound: there is none, or there are several (SG-HISTORY-404).
        """
        named = [each for each in self.versions if each.position and each.position.is_named(name)]
        if len(named) == 1:
            return named[0]
        raise NotFound(
            f"this names no version. name={name!r} found={len(named)}",
            code="SG-HISTORY-404",
            hint="`skygarth object history` tells the names of all that are kept",
        )


def history_of(found: Iterable[Found], unreadable: Iterable[Position] = ()) -> History:
    """Put in order what was found (HIS-2)."""
    found = sorted(found, key=lambda each: (_stamp_of(each), each.position))
    versions: list[Version] = []
    state: dict[str, Stored] = {}
    for each in found:
        version = _version(each, state)
        state = dict(version.state)
        versions.append(version)
    is_complete = bool(versions) and versions[0].deed is Deed.CREATED
    type_name = found[0].change.type_name if found else ""
    return History(type_name, tuple(versions), is_complete, tuple(unreadable))


def with_unpublished(
    history: History,
    type_name: str,
    now: Mapping[str, Stored],
    *,
    node: str,
    by: str,
    at_us: int,
) -> History:
    """The same with what waits to be published as the last version (HIS-5).

    Args:
        now: all columns of the object as this node holds it; counters left out.
    """
    before = history.versions[-1].state if history.versions else {}
    changed = {name: value for name, value in now.items() if before.get(name, _NOTHING) != value}
    deed = _deed_of_life(before.get(LIFE), now.get(LIFE)) if before else Deed.CREATED
    shown = {name: value for name, value in changed.items() if name != LIFE}
    version = Version(None, node, by, at_us, deed, shown, state=now)
    complete = history.is_complete or not history.versions
    return History(type_name, (*history.versions, version), complete, history.unreadable)


def values_to_restore(
    plan: TypePlan, history: History, version: Version, now: Mapping[str, Stored]
) -> dict[str, Stored]:
    """The fields to set so that the object is again what it was in a version (HIS-6, HIS-7).

    Args:
        version: one of the history's.
        now: the object's columns as they are.

    Raises:
        Conflict: the version is a deletion (SG-HISTORY-003), or a field has changed since
            whose value then is not known any more (SG-HISTORY-002).
    """
    if version.state.get(LIFE) or version.deed is Deed.PURGED:
        raise Conflict(
            f"that version holds nothing to go back to. deed='{version.deed}'",
            code="SG-HISTORY-003",
            hint="choose a version before it; `skygarth object delete` deletes",
        )
    tree = plan.schema.tree_field
    stays = {*plan.counters, plan.schema.path_field, tree.name if tree else ""}
    later = history.versions[history.versions.index(version) + 1 :]
    changed = {name for each in later for name in each.fields}
    names = [name for name in plan.codecs if name in changed - stays]
    unknown = [name for name in names if name not in version.state]
    if unknown:
        raise Conflict(
            f"what these fields held then is not kept any more. fields={unknown!r}",
            code="SG-HISTORY-002",
            hint="choose a later version, or set them by `skygarth object edit`",
        )
    return {name: version.state[name] for name in names if version.state[name] != now.get(name)}


# -- one version ----------------------------------------------------------------------------

_NOTHING = object()


def _version(found: Found, before: Mapping[str, Stored]) -> Version:
    change = found.change
    at_us = stamp_time(_stamp_of(found))[0] * 1000
    if isinstance(change, Purge):
        return Version(found.position, found.node, "", at_us, Deed.PURGED)
    set_now = {name: changes[-1].value for name, changes in change.fields.items()}
    touch = change.touch
    return Version(
        found.position,
        found.node,
        touch.revisor if touch else "",
        touch.revised_us if touch else at_us,
        _deed(change, before, set_now),
        {name: value for name, value in set_now.items() if name != LIFE},
        change.amounts,
        {**before, **set_now},
    )


def _deed(
    change: ObjectChange, before: Mapping[str, Stored], set_now: Mapping[str, Stored]
) -> Deed:
    if change.created is not None:
        return Deed.CREATED
    if not set_now:
        return Deed.COUNTED
    return _deed_of_life(before.get(LIFE), set_now.get(LIFE))


def _deed_of_life(before: Stored, now: Stored) -> Deed:
    """Every edit says anew that its object lives; only a turn is worth telling."""
    if now and not before:
        return Deed.DELETED
    return Deed.UNDELETED if before and not now else Deed.EDITED


def _stamp_of(found: Found) -> bytes:
    if isinstance(found.change, Purge):
        return found.change.stamp
    stamps = [each.stamp for changes in found.change.fields.values() for each in changes]
    return max(stamps, default=found.stamp)
