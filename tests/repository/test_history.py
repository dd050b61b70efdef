"""An object's past, put in order: pure, with what segments say handed in."""

from __future__ import annotations

import pytest

from skygarth import Type, attr
from skygarth.merging.law import FieldChange, ObjectChange, Purge, Touch
from skygarth.model.errors import Conflict, NotFound
from skygarth.model.position import Incarnation, Position
from skygarth.model.schema import Stored
from skygarth.model.stamp import Stamp, make_stamp
from skygarth.repository.history import (
    Deed,
    Found,
    History,
    history_of,
    values_to_restore,
    with_unpublished,
)

GUID = bytes(16)
A, B = (Incarnation(letter * 32) for letter in "ab")


class Leaf(Type, path="name"):
    """Something with a field of each sort that a way back treats in its own way."""

    name: str = attr(default="")
    title: str = attr(default="")
    body: str = attr(default="")
    views: int = attr(default=0, merge="counter")
    above: Leaf | None = attr(default=None, tree=True)


def stamp(at: int, writer: Incarnation = A) -> Stamp:
    """The stamp of a moment."""
    return make_stamp(at, 0, bytes.fromhex(writer))


def found(
    at: int, sequence: int, writer: Incarnation = A, *, new: bool = False, **fields: Stored
) -> Found:
    """What a segment says: these fields, all set at one moment."""
    values = {"_deleted": 0, **fields}
    changes = {name: (FieldChange(value, stamp(at, writer)),) for name, value in values.items()}
    touch = Touch(stamp(at, writer), at * 1000, f"by-{writer[0]}")
    change = ObjectChange("leaf", GUID, (at, "x") if new else None, changes, {}, touch)
    return Found(Position(writer, sequence), writer[0], stamp(at, writer), change)


def created(at: int = 1) -> Found:
    """A leaf that a created."""
    return found(at, 1, new=True, name="n", title="T1", body="B1", above=None)


def restored(history: History, name: str, now: dict[str, Stored]) -> dict[str, Stored]:
    """What going back to a version sets."""
    return values_to_restore(Leaf.__plan__, history, history.named(name), now)


def test_versions_stand_in_the_order_of_their_stamps() -> None:
    """Whatever order they were found in; each with what was known then (HIS-2)."""
    history = history_of([found(3, 1, B, title="T3"), found(2, 2, title="T2"), created()])

    assert [each.fields.get("title") for each in history.versions] == ["T1", "T2", "T3"]
    assert [each.state["body"] for each in history.versions] == ["B1"] * 3
    assert (history.is_complete, history.type_name) == (True, "leaf")


def test_only_a_turn_of_life_is_a_deed_of_its_own() -> None:
    """Every edit says anew that its object lives."""
    history = history_of(
        [created(), found(2, 2, _deleted=1), found(3, 3, _deleted=0), found(4, 4, title="x")]
    )

    deeds = [Deed.CREATED, Deed.DELETED, Deed.UNDELETED, Deed.EDITED]
    assert [each.deed for each in history.versions] == deeds
    assert all("_deleted" not in each.fields for each in history.versions)


def test_what_only_counts_is_told_by_its_segments_stamp() -> None:
    """A counter's difference has no stamp of its own."""
    change = ObjectChange("leaf", GUID, amounts={"views": 3})
    counted = Found(Position(B, 9), "b", stamp(5), change)
    (_, last) = history_of([counted, created()]).versions

    assert (last.deed, last.amounts, last.at_us) == (Deed.COUNTED, {"views": 3}, 5000)


def test_an_older_beginning_is_not_kept() -> None:
    """Then the list is not complete, and what nobody set is unknown, not empty (HIS-3)."""
    history = history_of([found(2, 2, title="T2")])

    assert not history.is_complete
    assert "body" not in history.versions[0].state


def test_nothing_found_is_no_history() -> None:
    """Nobody kept anything of it."""
    assert history_of([]) == History("", (), is_complete=False)


def test_what_is_not_published_is_last() -> None:
    """With what it changes (HIS-5)."""
    now: dict[str, Stored] = {"title": "T2", "body": "B1", "name": "n", "above": None}
    history = with_unpublished(
        history_of([created()]), "leaf", {**now, "_deleted": 0}, node="a", by="me", at_us=7
    )
    last = history.versions[-1]

    assert (last.position, last.deed, last.fields) == (None, Deed.EDITED, {"title": "T2"})
    assert history.is_complete


def test_what_nobody_has_seen_yet_is_created_here() -> None:
    """An object that waits for its first segment."""
    history = with_unpublished(
        history_of([]), "leaf", {"title": "T", "_deleted": 0}, node="a", by="me", at_us=7
    )

    assert (history.versions[0].deed, history.is_complete) == (Deed.CREATED, True)


def test_going_back_sets_what_has_changed_since() -> None:
    """But neither counters nor the place in the tree (HIS-6, HIS-7)."""
    history = history_of([created(), found(2, 2, title="T2", name="m", above=b"p" * 16)])
    now: dict[str, Stored] = {"title": "T2", "name": "m", "above": b"p" * 16, "body": "B1"}

    assert restored(history, "aaaaaaaa-1", now) == {"title": "T1"}


def test_going_back_to_what_is_still_so_sets_nothing() -> None:
    """A field that went and came back is as it was."""
    history = history_of([created(), found(2, 2, title="T2"), found(3, 3, title="T1")])

    assert restored(history, f"{A}-1", {"title": "T1", "body": "B1"}) == {}


def test_what_is_not_kept_any_more_is_no_way_back() -> None:
    """Rather than set a field empty that was not (HIS-8)."""
    history = history_of([found(2, 2, title="T2"), found(3, 3, body="B3"), found(4, 4, title="T4")])

    with pytest.raises(Conflict, match="body") as refused:
        restored(history, "aaaaaaaa-2", {"title": "T4", "body": "B3"})
    assert refused.value.code == "SG-HISTORY-002"
    assert restored(history, "aaaaaaaa-3", {"title": "T4", "body": "B3"}) == {"title": "T2"}


def test_a_deletion_and_a_purge_hold_nothing_to_go_back_to() -> None:
    """HIS-8."""
    purge = Found(Position(B, 1), "b", stamp(3, B), Purge("leaf", GUID, stamp(3, B)))
    history = history_of([created(), found(2, 2, _deleted=1), purge])

    for name in ("aaaaaaaa-2", "bbbbbbbb-1"):
        with pytest.raises(Conflict) as refused:
            restored(history, name, {})
        assert refused.value.code == "SG-HISTORY-003"


def test_a_name_that_names_no_version_is_refused() -> None:
    """With the way to the names that do."""
    with pytest.raises(NotFound, match="history") as refused:
        history_of([created()]).named("aaaaaaaa-9")
    assert refused.value.code == "SG-HISTORY-404"
