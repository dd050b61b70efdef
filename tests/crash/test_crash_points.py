"""Stop before, within and after each step that writes, and go on: nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.crash.crashing_cloud import CrashingCloud, Step

from skygarth.database.sqlite import replica as sqlite_replica
from skygarth.database.sqlite import snapshotting
from skygarth.database.sqlite.merge import SegmentMerge
from skygarth.database.sqlite.outbox import Outbox
from skygarth.replication import instructions as do
from skygarth.testing.faulty_bucket import Fate
from skygarth.testing.simulated_node import SimulatedNode

WRITING = (
    do.AdoptRepository,
    do.LoadSnapshot,
    do.PackSegment,
    do.MarkPublished,
    do.ApplySegment,
    do.TakeIncarnation,
)
STEPS = [Step(deed, after) for deed in WRITING for after in (False, True)]

WITHIN: list[tuple[object, str]] = [
    (snapshotting, "load_chunk"),
    (snapshotting, "finish_loading"),
    (sqlite_replica, "pack"),
    (Outbox, "attempt"),
    (SegmentMerge, "run"),
    (Outbox, "_greatest_unpublished"),
    (Outbox, "_restamp_edits"),
]


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_a_stop_around_a_step_loses_nothing(step: Step) -> None:
    """A node stops before a deed or right after its commit: the cloud ends as without it."""
    cloud = CrashingCloud(step)
    _live(cloud)

    assert cloud.has_struck
    assert _outcome(cloud) == _OUTCOME


@pytest.mark.parametrize(("owner", "name"), WITHIN, ids=lambda value: str(value)[-30:])
def test_a_stop_within_a_transaction_loses_nothing(owner: object, name: str) -> None:
    """What a transaction had done before a stop is undone, and done again after the start."""
    cloud = CrashingCloud()
    with cloud.stopping_within(owner, name):
        _live(cloud)

    assert cloud.has_struck
    assert _outcome(cloud) == _OUTCOME


@pytest.mark.parametrize("fate", [Fate.LOST, Fate.UNANSWERED, Fate.LATE])
def test_a_stop_during_an_upload_loses_nothing(fate: Fate) -> None:
    """
    An upload that never arrives, arrives unanswered, or arrives long after its sender
    died: what stands in the slot decides, and nothing is said twice (REP-11, REP-12).
    """
    cloud = CrashingCloud()
    cloud.stop_in_upload(fate)
    _live(cloud)
    cloud.agenda.run_for(120_000)

    assert cloud.has_struck
    assert _outcome(cloud) == _OUTCOME


def test_a_newer_snapshot_does_not_disturb_one_that_is_half_loaded() -> None:
    """A node that stopped between two chunks goes on with the same snapshot (SNP-5)."""
    cloud = CrashingCloud(Step(do.LoadSnapshot, after=True))
    _live(cloud, meanwhile=_snapshot_again)

    assert cloud.has_struck
    assert _outcome(cloud)["a"] == _outcome(cloud)["b"]
    assert cloud.violations == []


def _snapshot_again(cloud: CrashingCloud) -> None:
    b = cloud.nodes["b"]
    _edit(b, "Newer")
    assert cloud.settle() or b.unpublished == 0
    assert b.take_snapshot() is not None


def _live(cloud: CrashingCloud, meanwhile: Callable[[CrashingCloud], None] | None = None) -> None:
    """B writes and snapshots, a joins from that, both edit, a moves to another host and edits."""
    b = cloud.add_node("b")
    cloud.start(b)
    for number in range(5):
        guid = bytes([number]) * 16
        with b.database.writing("b") as writing:
            writing.create("note", guid, [f"note {number}", "-", 1], published_us=None)
        b.changed([])
    assert cloud.settle()
    assert b.take_snapshot() is not None
    a = cloud.add_node("a")
    cloud.start(a)
    if meanwhile is not None:
        cloud.agenda.run_for(300)
        meanwhile(cloud)
    _rest(cloud)
    _edit(b, "By b")
    _count(b)
    _rest(cloud)
    _edit(a, "By a")
    _count(a)
    _rest(cloud)
    a.is_cut = True
    _count(a)
    cloud.agenda.run_for(2_000)
    if a.is_running:
        a.stop("it moves to another host")
    a.fingerprint = "another host"
    a.is_cut = False
    cloud.start(a)
    _rest(cloud)


def _edit(node: SimulatedNode, title: str) -> None:
    with node.database.writing(node.name) as writing:
        writing.edit("note", bytes(16), {"title": title})
    node.changed([])


def _count(node: SimulatedNode) -> None:
    with node.database.writing(node.name) as writing:
        writing.edit("note", bytes([1]) * 16, {"views": 10})
    node.changed([])


def _rest(cloud: CrashingCloud) -> None:
    cloud.agenda.run_for(2_000)
    assert cloud.settle(), (cloud.unsettled(), list(cloud.story)[-30:])
    assert cloud.violations == []


def _outcome(cloud: CrashingCloud) -> dict[str, list[object]]:
    """Title and views of every note, on every node."""
    return {
        name: [
            (row[9], row[11])
            for row in (
                node.database.reading().fetch("note", bytes([number]) * 16) for number in range(5)
            )
            if row is not None
        ]
        for name, node in sorted(cloud.nodes.items())
    }


_NOTES: list[object] = [("By a", 1), ("note 1", 31), ("note 2", 1), ("note 3", 1), ("note 4", 1)]
_OUTCOME = {"a": _NOTES, "b": _NOTES}
