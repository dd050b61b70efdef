"""From greeting to running and back: doubt, proof, comparison, and the refill of a bucket."""

from __future__ import annotations

import pytest
from tests.replication.logs import OWN, A, B, at, packed, replicator, running, started

from skygarth.model.errors import Conflict, Unavailable
from skygarth.model.position import Incarnation
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.phases import Phase
from skygarth.replication.replicator import Replicator

NEW = Incarnation("e" * 32)


def _listing(machine: Replicator, heads: dict[Incarnation, int], now: float = 20_000) -> None:
    """A listing is due, and shows this much."""
    machine.step(ev.Tick(), now)
    machine.step(ev.TailListed(heads), now)
    machine.step(ev.RepositoryFound("repo"), now)


def _halted() -> Replicator:
    """A machine whose bucket was emptied."""
    machine = running(sequence=3)
    machine.step(ev.Tick(), 20_000)
    machine.step(ev.TailListed({}), 20_000)
    machine.step(ev.RepositoryFound(""), 20_000)
    assert machine.phase is Phase.HALTED
    return machine


# -- doubt -----------------------------------------------------------------------------------


def test_what_a_listing_does_not_show_is_looked_at_once() -> None:
    """A listing may be old: what still stands is no reason to do anything (REP-26)."""
    machine = running(sequence=3)
    machine.step(ev.Tick(), 20_000)
    asked = machine.step(ev.TailListed({B: 1, OWN: 2}), 20_000)
    machine.step(ev.LogProven(at(OWN, 3), stands=True), 20_000)

    assert do.ProveLog(at(OWN, 3)) in asked
    assert (machine.phase, machine.course.leaving) == (Phase.RUNNING, "")


def test_a_proof_of_something_else_is_ignored() -> None:
    """An answer that comes late is about a doubt that is over."""
    machine = running(sequence=3)
    machine.step(ev.LogProven(at(OWN, 2), stands=False), 20_000)

    assert machine.phase is Phase.RUNNING


def test_a_log_that_a_snapshot_covers_goes_on_under_a_new_name() -> None:
    """Nobody has lost anything, but its next position may have been read before (REP-26)."""
    machine = running(sequence=3)
    _listing(machine, {B: 1})
    asked = machine.step(ev.LogProven(at(OWN, 3), stands=False), 20_000)
    slot = machine.step(ev.SnapshotFound({OWN: 3, B: 1}), 20_000)
    renamed = machine.step(ev.SlotRead(at(OWN, 4), "", None), 20_000)

    assert asked == [do.FindSnapshot()]
    assert do.ReadSlot(at(OWN, 4)) in slot
    assert do.TakeIncarnation("its log is gone from the bucket") in renamed


def test_a_log_that_no_snapshot_covers_halts() -> None:
    """What this node said stands nowhere: others would wait for it for ever (REP-26)."""
    machine = running(sequence=3)
    _listing(machine, {B: 1})
    machine.step(ev.LogProven(at(OWN, 3), stands=False), 20_000)
    machine.step(ev.SnapshotFound({OWN: 2, B: 1}), 20_000)

    assert machine.halted is not None
    assert machine.halted.code == "SG-REPOSITORY-004"
    assert machine.wake_at(20_000) == float("inf")


def test_a_start_doubts_too() -> None:
    """Whatever happened while it was stopped (REP-26)."""
    machine = replicator()
    machine.step(started(sequence=3), 0)
    machine.step(ev.RepositoryFound("repo"), 0)
    assert machine.step(ev.TailListed({B: 1}), 0) == [do.ProveLog(at(OWN, 3))]
    assert machine.step(ev.LogProven(at(OWN, 3), stands=False), 0) == [do.FindSnapshot()]

    assert machine.step(ev.SnapshotFound({OWN: 3}), 0) == [do.ReadSlot(at(OWN, 4))]


def test_a_snapshot_that_knows_more_of_the_own_log_ends_the_name() -> None:
    """A restored backup on a refilled bucket must not write what others have read (REP-26)."""
    machine = replicator()
    machine.step(started(sequence=1), 0)
    machine.step(ev.RepositoryFound("repo"), 0)
    machine.step(ev.TailListed({B: 1}), 0)
    machine.step(ev.LogProven(at(OWN, 1), stands=False), 0)
    machine.step(ev.SnapshotFound({OWN: 5, B: 1}), 0)
    (taking,) = machine.step(ev.SlotRead(at(OWN, 2), "", None), 0)

    assert isinstance(taking, do.TakeIncarnation)


def test_a_hole_in_anothers_log_is_shown_until_a_snapshot_covers_it() -> None:
    """This node holds what it said; it tells its operator, and goes on (REP-26)."""
    machine = running()
    _listing(machine, {})
    machine.step(ev.LogProven(at(B, 1), stands=False), 20_000)
    machine.step(ev.SnapshotFound(None), 20_000)
    shown = machine.trouble
    asked = machine.step(ev.TailListed({}), 40_000)
    machine.step(ev.SnapshotFound({B: 1}), 40_000)

    assert shown is not None
    assert shown.code == "SG-REPOSITORY-007"
    assert do.FindSnapshot() in asked
    assert do.ProveLog(at(B, 1)) not in asked
    assert (machine.trouble, machine.phase) == (None, Phase.RUNNING)


def test_a_peer_that_has_read_what_is_gone_ends_the_name() -> None:
    """Its needs are no hint, but the truth: the free slot was taken once (REP-26)."""
    machine = running(sequence=1, heads={A: 1})
    machine.step(ev.SegmentFetched(at(A, 1), {OWN: 2}), 0)
    taking = machine.step(ev.SlotRead(at(OWN, 2), "", None), 0)
    machine.step(ev.IncarnationTaken(NEW, 0), 0)

    assert [do.TakeIncarnation("its log is gone from the bucket"), do.FetchSegment(at(OWN, 2))] == (
        taking
    )
    assert machine.publisher.next_position == at(NEW, 1)


# -- the way back ----------------------------------------------------------------------------


def test_a_machine_whose_bucket_is_back_goes_on_as_it_was() -> None:
    """A folder that was not mounted for a while costs no name (REP-24)."""
    machine = _halted()
    machine.step(ev.Tick(), 60_000)
    machine.step(ev.RepositoryFound("repo"), 60_000)
    machine.step(ev.TailListed({B: 1, OWN: 3}), 60_000)

    assert (machine.phase, machine.publisher.incarnation) == (Phase.RUNNING, OWN)
    assert machine.halted is None


# -- refilling ---------------------------------------------------------------------------------


def _ready_to_refill(machine: Replicator) -> list[do.Instruction]:
    """Let a machine come as far as the refill itself."""
    machine.step(ev.RefillOrdered(), 30_000)
    machine.step(ev.RepositoryFound(""), 30_000)
    machine.step(ev.SlotRead(at(OWN, 4), "", None), 30_000)
    return machine.step(ev.IncarnationTaken(NEW, 0), 30_000)


def test_a_refill_asks_whose_bucket_it_is() -> None:
    """Nothing is written before that is known (REP-27)."""
    machine = _halted()

    assert machine.step(ev.RefillOrdered(), 30_000) == [do.FindRepository(create=False)]
    assert machine.step(ev.LocalChanged(1, urgent=True), 30_000) == []


def test_a_refill_takes_a_new_name_publishes_and_writes_the_rest() -> None:
    """What waits goes out first, so that the snapshot holds it with its position (REP-27)."""
    machine = _halted()
    machine.step(ev.LocalChanged(1), 25_000)
    machine.step(ev.RefillOrdered(), 30_000)
    assert machine.step(ev.RepositoryFound(""), 30_000) == [do.ReadSlot(at(OWN, 4))]
    (taking,) = machine.step(ev.SlotRead(at(OWN, 4), "", None), 30_000)
    assert isinstance(taking, do.TakeIncarnation)
    machine.step(ev.IncarnationTaken(NEW, 1), 30_000)
    assert machine.step(ev.SegmentPacked(at(NEW, 1), "d", 9), 40_000) == [do.PutSegment(at(NEW, 1))]
    stored = machine.step(ev.SegmentStored(at(NEW, 1)), 40_000)

    assert stored == [do.MarkPublished(at(NEW, 1), "d", 9), do.RefillBucket()]


def test_a_refilled_bucket_is_greeted_anew() -> None:
    """The node finds what it wrote, like everybody else (REP-27)."""
    machine = _halted()
    assert _ready_to_refill(machine) == [do.RefillBucket()]
    asked = machine.step(ev.BucketRefilled({OWN: 3, B: 1}), 31_000)
    machine.step(ev.RepositoryFound("repo"), 31_000)
    machine.step(ev.TailListed({}), 31_000)
    machine.step(ev.LogProven(at(B, 1), stands=False), 31_000)
    machine.step(ev.SnapshotFound({OWN: 3, B: 1}), 31_000)

    assert asked == [do.FindRepository(create=False)]
    assert (machine.course.refilled, machine.course.refill_ends) == ({OWN: 3, B: 1}, 1)
    assert (machine.phase, machine.publisher.incarnation) == (Phase.RUNNING, NEW)
    assert (machine.trouble, machine.vector) == (None, {OWN: 3, B: 1})


def test_a_refill_waits_for_nothing_that_others_never_published_again() -> None:
    """What was known of other logs, and not applied, is gone (REP-27)."""
    machine = running(sequence=3, heads={A: 2})
    machine.step(ev.SegmentFetched(at(A, 2), {}), 0)
    dropped = machine.step(ev.RefillOrdered(), 0)

    assert do.DiscardSegment(at(A, 2)) in dropped
    assert machine.peers.are_caught_up


def test_a_refill_of_anothers_bucket_is_refused() -> None:
    """It ends before anything was written (REP-27)."""
    machine = _halted()
    machine.step(ev.RefillOrdered(), 30_000)
    machine.step(ev.RepositoryFound("other"), 30_000)

    assert machine.halted is not None
    assert machine.halted.code == "SG-REPOSITORY-001"
    assert (machine.course.refilled, machine.course.refill_ends) == (None, 1)


@pytest.mark.parametrize(
    ("fault", "lasting", "phase"),
    [
        (Unavailable("away"), False, Phase.REFILLING),
        (Conflict("holds what this node lacks"), True, Phase.GREETING),
    ],
    ids=["away", "refused"],
)
def test_a_refill_that_fails_is_tried_again_or_given_up(
    fault: Unavailable | Conflict, lasting: bool, phase: Phase
) -> None:
    """A bucket that is away comes back; what must not be done is not done later either."""
    machine = _halted()
    _ready_to_refill(machine)
    failed = ev.RequestFailed(do.RefillBucket(), lasting=lasting, fault=fault)
    machine.step(failed, 31_000)
    again = machine.step(ev.Tick(), 90_000)

    assert machine.phase is phase
    assert (do.RefillBucket() in again) is not lasting


def test_an_empty_node_has_nothing_to_refill_from() -> None:
    """The order ends at once."""
    machine = replicator()
    machine.step(started(vector={}), 0)
    machine.step(ev.RepositoryFound(""), 0)
    machine.step(ev.RefillOrdered(), 1)

    assert machine.phase is Phase.HALTED
    assert machine.course.refill_ends == 1


def test_an_upload_on_its_way_is_counted_before_the_refill() -> None:
    """The same bytes go into the same slot; only then the name is left (REP-25, REP-27)."""
    machine = running(sequence=3)
    packed(machine)
    machine.step(ev.RequestFailed(do.PutSegment(at(OWN, 4)), fault=Unavailable("?")), 0)
    machine.step(ev.RefillOrdered(), 1)
    put = machine.step(ev.RepositoryFound(""), 40_000)
    stored = machine.step(ev.SegmentStored(at(OWN, 4)), 40_000)

    assert do.PutSegment(at(OWN, 4)) in put
    assert do.ReadSlot(at(OWN, 5)) in stored
