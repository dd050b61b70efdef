"""Events in, instructions out: how a node starts, reads, publishes, and meets trouble."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from skygarth.model.errors import Unavailable
from skygarth.model.position import Incarnation, Position, Vector
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.replicator import Phase, Replicator
from skygarth.replication.timing import Timing

OWN = Incarnation("0" * 32)
A = Incarnation("a" * 32)
B = Incarnation("b" * 32)
NEW = Incarnation("f" * 32)
Starting = Callable[..., Replicator]


def started(
    *, sequence: int = 0, vector: Vector | None = None, moved: bool = False, repository: str = "r"
) -> Replicator:
    """A replicator that has been told of its database."""
    replicator = Replicator(Timing(), lambda: 0.5)
    replicator.step(
        ev.Started(
            repository=repository,
            incarnation=OWN,
            sequence=sequence,
            digest="d" if sequence else "",
            moved=moved,
            vector={OWN: sequence} if vector is None and sequence else vector or {},
        ),
        0,
    )
    return replicator


def running() -> Replicator:
    """A replicator of a node that has data, met its repository, and trusts its clock."""
    replicator = started(sequence=1)
    replicator.step(ev.RepositoryFound("r"), 0)
    replicator.step(ev.TailListed({OWN: 1}), 0)
    replicator.step(ev.ClockMeasured(trusted=True), 0)
    replicator.step(ev.HintSeen(None), 0)
    assert replicator.phase is Phase.RUNNING
    return replicator


def kinds(instructions: list[do.Instruction]) -> list[type]:
    """What is asked, without the details."""
    return [type(instruction) for instruction in instructions]


def test_a_node_first_asks_which_repository_the_bucket_holds() -> None:
    """A database that has met none may create one; one that has never may (REP-20, REP-24)."""
    replicator = Replicator(Timing(), lambda: 0.5)
    fresh = ev.Started(
        repository="", incarnation=OWN, sequence=0, digest="", moved=False, vector={}
    )

    assert replicator.step(fresh, 0) == [do.FindRepository(create=True)]


@pytest.mark.parametrize(
    ("found", "code"), [("other", "SG-REPOSITORY-001"), ("", "SG-REPOSITORY-002")]
)
def test_another_repository_in_the_bucket_stops_replication(found: str, code: str) -> None:
    """A bucket that was exchanged or wiped gets nothing uploaded (REP-24)."""
    replicator = started(sequence=1)

    instructions = replicator.step(ev.RepositoryFound(found), 0)

    assert isinstance(instructions[0], do.Halt)
    assert instructions[0].code == code
    assert replicator.step(ev.LocalChanged(5), 1) == []


@pytest.mark.parametrize(
    ("found", "code"), [("other", "SG-REPOSITORY-001"), ("", "SG-REPOSITORY-002")]
)
def test_a_bucket_that_is_wiped_under_a_running_node_is_noticed(found: str, code: str) -> None:
    """A listing without the own log may be old; the repository's own record decides (REP-24)."""
    replicator = running()
    replicator.step(ev.Tick(), 60_000)

    assert do.FindRepository(create=False) in replicator.step(ev.TailListed({}), 60_001)
    instructions = replicator.step(ev.RepositoryFound(found), 60_002)

    assert isinstance(instructions[0], do.Halt)
    assert instructions[0].code == code
    assert replicator.step(ev.LocalChanged(5), 60_003) == []


def test_an_old_listing_is_only_an_old_listing() -> None:
    """The repository is still there: the node goes on where it was (REP-32)."""
    replicator = running()
    replicator.step(ev.Tick(), 60_000)
    replicator.step(ev.TailListed({}), 60_001)

    instructions = replicator.step(ev.RepositoryFound("r"), 60_002)

    assert do.Halt not in kinds(instructions)
    assert replicator.phase is Phase.RUNNING


def test_an_empty_node_looks_for_a_snapshot() -> None:
    """With nothing applied, the newest snapshot comes before the tail."""
    replicator = started()
    replicator.step(ev.RepositoryFound("r"), 0)

    assert replicator.step(ev.TailListed({A: 3}), 0) == [do.FindSnapshot()]
    assert replicator.step(ev.SnapshotFound({A: 2}), 0) == [do.LoadSnapshot()]
    assert do.FetchSegment(Position(A, 3)) in replicator.step(ev.SnapshotLoaded({A: 2}), 0)


def test_a_node_is_ready_once_it_has_caught_up() -> None:
    """Ready means: everything known at the start is applied."""
    replicator = started()
    replicator.step(ev.RepositoryFound("r"), 0)
    replicator.step(ev.TailListed({A: 1}), 0)
    replicator.step(ev.SnapshotFound(None), 0)
    before = replicator.is_ready

    replicator.step(ev.SegmentFetched(Position(A, 1), {}), 0)
    replicator.step(ev.SegmentApplied(Position(A, 1)), 0)

    assert (before, replicator.is_ready) == (False, True)
    assert replicator.vector == {A: 1}


def test_a_moved_database_takes_a_new_identity() -> None:
    """
    A changed fingerprint means a copy: before anything is written the slot is looked at,
    and then a new incarnation is taken (REP-22).
    """
    replicator = started(sequence=1, moved=True)
    replicator.step(ev.RepositoryFound("r"), 0)
    asked = replicator.step(ev.TailListed({OWN: 1}), 0)
    assert asked == [do.ReadSlot(Position(OWN, 2))]

    instructions = replicator.step(ev.SlotRead(Position(OWN, 2), "", None), 0)

    assert kinds(instructions) == [do.TakeIncarnation]


def test_a_log_further_than_the_database_is_looked_at() -> None:
    """If the slot holds a segment that this database never tried, it was rolled back (REP-22)."""
    replicator = started(sequence=1)
    replicator.step(ev.RepositoryFound("r"), 0)
    asked = replicator.step(ev.TailListed({OWN: 2}), 0)

    taken = replicator.step(ev.SlotRead(Position(OWN, 2), "foreign", None), 0)

    assert asked == [do.ReadSlot(Position(OWN, 2))]
    assert kinds(taken) == [do.TakeIncarnation]


def test_the_old_log_becomes_a_peers() -> None:
    """Under the new identity what stands in the old log is read like anybody's (REP-21)."""
    replicator = started(sequence=1)
    replicator.step(ev.RepositoryFound("r"), 0)
    replicator.step(ev.TailListed({OWN: 2}), 0)
    replicator.step(ev.SlotRead(Position(OWN, 2), "foreign", None), 0)

    instructions = replicator.step(ev.IncarnationTaken(NEW, objects=1), 0)

    assert do.FetchSegment(Position(OWN, 2)) in instructions
    assert replicator.publisher.incarnation == NEW


def test_nothing_is_published_before_the_clock_was_measured() -> None:
    """A clock that may be a day off must not stamp what others see (CLK-6)."""
    replicator = started(sequence=1)
    replicator.step(ev.RepositoryFound("r"), 0)
    replicator.step(ev.TailListed({OWN: 1}), 0)

    assert do.PackSegment not in kinds(replicator.step(ev.LocalChanged(1), 0))
    assert do.PackSegment in kinds(replicator.step(ev.ClockMeasured(trusted=True), 0))


def test_a_local_change_is_packed_put_and_spread() -> None:
    """Pack, put, mark, and tell the hint: one segment's way into the bucket."""
    replicator = running()
    position = Position(OWN, 2)

    packing = replicator.step(ev.LocalChanged(1), 10)
    putting = replicator.step(ev.SegmentPacked(position, "d2", 5), 10)
    stored = replicator.step(ev.SegmentStored(position), 20)

    assert do.PackSegment(position, "d") in packing
    assert putting == [do.PutSegment(position)]
    assert stored[0] == do.MarkPublished(position, "d2", 5)
    assert do.WriteHint({OWN: 2}) in stored


def test_a_paused_node_takes_changes_and_asks_for_nothing() -> None:
    """An operator's cut stops sending and fetching; resuming goes on where it was."""
    replicator = running()
    replicator.step(ev.Paused(), 10)

    assert replicator.step(ev.LocalChanged(1), 20) == []
    assert replicator.wake_at(20) == float("inf")
    assert do.PackSegment in kinds(replicator.step(ev.Resumed(), 30))


def test_a_segment_that_is_damaged_twice_stops_its_author_alone() -> None:
    """Once may be the way; twice is the author. Others go on (REP-40)."""
    replicator = running()
    replicator.step(ev.NoticeHeard(Position(A, 1)), 10)
    refused = ev.SegmentRefused(Position(A, 1), "SG-SEGMENT-001", "hash differs")

    again = replicator.step(refused, 20)
    for_good = replicator.step(refused, 30)

    assert do.FetchSegment(Position(A, 1)) in again
    assert do.QuarantineLog(Position(A, 1), "SG-SEGMENT-001", "hash differs") in for_good
    assert do.FetchSegment(Position(B, 1)) in replicator.step(ev.NoticeHeard(Position(B, 1)), 40)


def test_a_released_log_is_read_again() -> None:
    """An operator's release tries the refused segment once more."""
    replicator = running()
    replicator.step(ev.NoticeHeard(Position(A, 1)), 10)
    refused = ev.SegmentRefused(Position(A, 1), "SG-SEGMENT-001", "hash differs")
    replicator.step(refused, 20)
    replicator.step(refused, 30)

    instructions = replicator.step(ev.Released(A), 40)

    assert do.ReleaseLog(A) in instructions
    assert do.FetchSegment(Position(A, 1)) in instructions


def test_a_failed_request_waits_before_the_next() -> None:
    """A bucket that is away is asked again after a while, not at once (REP-14)."""
    replicator = running()
    replicator.step(ev.NoticeHeard(Position(A, 1)), 10)
    fault = Unavailable("away")

    failed = ev.RequestFailed(do.FetchSegment(Position(A, 1)), fault=fault)
    instructions = replicator.step(failed, 20)

    assert do.FetchSegment(Position(A, 1)) not in instructions
    assert replicator.wake_at(20) > 20
    assert replicator.last_fault is fault


def test_the_same_events_give_the_same_instructions() -> None:
    """Nothing ambient is read: two machines that hear the same say the same."""
    events: list[ev.Event] = [
        ev.LocalChanged(3),
        ev.NoticeHeard(Position(A, 2)),
        ev.SegmentPacked(Position(OWN, 2), "d2", 4),
        ev.SegmentFetched(Position(A, 1), {B: 1}),
        ev.Tick(),
    ]

    said = [[machine.step(event, 10) for event in events] for machine in (running(), running())]

    assert said[0] == said[1]
