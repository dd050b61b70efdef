"""What others write: absent segments, and what a node says of them."""

from __future__ import annotations

from tests.replication.logs import A, B, at, running

from skygarth.replication import events as ev
from skygarth.replication import instructions as do


def test_a_known_segment_that_is_absent_holds_up_its_log_alone() -> None:
    """Others are read on at once, and the bucket is not to blame (REP-36)."""
    machine = running(heads={A: 1})
    machine.step(ev.SegmentAbsent(at(A, 1)), 0)
    other = machine.step(ev.TailListed({A: 1, B: 2}), 1)

    assert do.FetchSegment(at(B, 2)) in other
    assert do.FetchSegment(at(A, 1)) not in other
    assert machine.backoff.failures == 0
    assert do.FetchSegment(at(A, 1)) in machine.step(ev.Tick(), 30_000)


def test_an_absent_segment_is_asked_for_when_its_time_has_come() -> None:
    """The machine wakes for it (REP-36)."""
    machine = running(heads={A: 1})
    machine.step(ev.SegmentAbsent(at(A, 1)), 0)

    assert machine.wake_at(0) <= 400


def test_segments_of_one_round_are_missed_once() -> None:
    """Eight requests that were under way say no more than one."""
    machine = running(heads={A: 3})
    for sequence in (3, 1, 2):
        machine.step(ev.SegmentAbsent(at(A, sequence)), 0)

    assert machine.trouble is None
    assert (machine.peers.log(A).absent, machine.peers.log(A).absences) == (1, 1)


def test_a_segment_that_nobody_has_is_told() -> None:
    """With the way out, and until it is found (REP-36)."""
    machine = running(heads={A: 1})
    machine.step(ev.SegmentAbsent(at(A, 1)), 0)
    asked = machine.step(ev.SegmentAbsent(at(A, 1)), 5_000)
    machine.step(ev.SnapshotFound(None), 5_000)
    told = machine.trouble
    machine.step(ev.SegmentFetched(at(A, 1), {}), 60_000)

    assert do.FindSnapshot() in asked
    assert told is not None
    assert told.code == "SG-REPOSITORY-006"
    assert machine.trouble is None


def test_a_segment_that_only_a_snapshot_holds_is_told() -> None:
    """This node cannot catch up any more; what it writes still goes out (REP-36)."""
    machine = running(heads={A: 1})
    machine.step(ev.SegmentAbsent(at(A, 1)), 0)
    machine.step(ev.SegmentAbsent(at(A, 1)), 5_000)
    machine.step(ev.SnapshotFound({A: 4}), 5_000)
    publishing = machine.step(ev.LocalChanged(1, urgent=True), 5_001)

    assert machine.trouble is not None
    assert machine.trouble.code == "SG-REPOSITORY-005"
    assert do.PackSegment in map(type, publishing)
