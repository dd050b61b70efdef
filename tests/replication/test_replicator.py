"""Events in, instructions out: a node's side of the protocol, step by step."""

from __future__ import annotations

from dataclasses import replace

from tests.replication.logs import OWN, TIMING, A, B, at, packed, replicator, running, started

from skygarth.model.errors import Unavailable
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.phases import Phase

LOST = Unavailable("no answer")


# -- starting ------------------------------------------------------------------------


def test_a_start_asks_who_the_bucket_is() -> None:
    """Before anything else the repository is identified; only a new database may create one."""
    assert replicator().step(started(), 0) == [do.FindRepository(create=False)]
    assert replicator().step(started(repository=""), 0) == [do.FindRepository(create=True)]


def test_a_first_repository_is_adopted() -> None:
    """A database that has met none belongs to the first one it meets (REP-24)."""
    machine = replicator()
    machine.step(started(repository=""), 0)

    assert machine.step(ev.RepositoryFound("repo"), 0) == [
        do.AdoptRepository("repo"),
        do.ListTail(),
    ]


def test_another_repository_halts() -> None:
    """A database is neither mixed with another repository nor uploaded to a wiped one (REP-24)."""
    for found in ("other", ""):
        machine = replicator()
        machine.step(started(), 0)
        (halt,) = machine.step(ev.RepositoryFound(found), 0)

        assert isinstance(halt, do.Halt)
        assert machine.phase is Phase.HALTED
        assert machine.step(ev.LocalChanged(1, urgent=True), 0) == []


def test_a_halted_machine_looks_now_and_then_whether_its_bucket_is_back() -> None:
    """It may have been a mount that failed: it goes on with a listing (REP-24)."""
    machine = replicator()
    machine.step(started(), 0)
    machine.step(ev.RepositoryFound(""), 0)
    assert machine.wake_at(0) == TIMING.list_ms

    assert machine.step(ev.Tick(), 1) == []
    assert machine.step(ev.Tick(), 10_000) == [do.FindRepository(create=False)]
    assert machine.step(ev.RepositoryFound(""), 10_001) == []
    machine.step(ev.Tick(), 20_001)
    assert machine.step(ev.RepositoryFound("repo"), 20_002) == [do.ListTail()]
    assert machine.halted is None


def test_every_listing_asks_which_repository_it_was() -> None:
    """A bucket that is wiped while the own log grows would else go unnoticed (REP-24)."""
    machine = running()
    machine.step(ev.Tick(), 20_000)

    assert do.FindRepository(create=False) in machine.step(ev.TailListed({B: 1}), 20_000)
    assert machine.step(ev.RepositoryFound(""), 20_000) == [machine.halted]


def test_a_known_identity_goes_on() -> None:
    """Where the listing shows no more of the own log than the database, reading begins (REP-20)."""
    machine = running(sequence=2, heads={A: 1})

    assert machine.phase is Phase.RUNNING
    assert machine.vector == {OWN: 2, B: 1}


def test_an_empty_database_looks_for_a_snapshot() -> None:
    """It begins with the newest snapshot, if there is one (REP-20)."""
    machine = replicator()
    machine.step(started(vector={}), 0)
    machine.step(ev.RepositoryFound("repo"), 0)

    assert machine.step(ev.TailListed({A: 9}), 0) == [do.FindSnapshot()]
    assert machine.step(ev.SnapshotFound({A: 7}), 0) == [do.LoadSnapshot()]
    machine.step(ev.SnapshotLoaded({A: 7}), 0)
    assert machine.peers.vector == {A: 7}


def test_a_bucket_ahead_of_the_database_is_looked_into() -> None:
    """The own slot tells whether an answer was lost or the database was set back (REP-22)."""
    machine = replicator()
    machine.step(started(sequence=2), 0)
    machine.step(ev.RepositoryFound("repo"), 0)
    asked = machine.step(ev.TailListed({B: 1, OWN: 3}), 0)

    assert asked == [do.ReadSlot(at(OWN, 3))]


def test_a_lost_answer_from_before_the_stop_is_found() -> None:
    """The slot holds what this database had tried: it is marked, and the listing read again."""
    machine = replicator()
    machine.step(started(sequence=2), 0)
    machine.step(ev.RepositoryFound("repo"), 0)
    machine.step(ev.TailListed({B: 1, OWN: 3}), 0)

    assert machine.step(ev.SlotRead(at(OWN, 3), "tried", 9), 0) == [
        do.MarkPublished(at(OWN, 3), "tried", 9),
        do.ListTail(),
    ]


def test_a_database_set_back_takes_a_new_identity() -> None:
    """The old log becomes a peer's, and is read like one (REP-21)."""
    machine = replicator()
    machine.step(started(sequence=2), 0)
    machine.step(ev.RepositoryFound("repo"), 0)
    machine.step(ev.TailListed({B: 1, OWN: 3}), 0)
    (taking,) = machine.step(ev.SlotRead(at(OWN, 3), "strange", None), 0)
    assert isinstance(taking, do.TakeIncarnation)
    asked = machine.step(ev.IncarnationTaken(A, 0), 0)

    assert do.FetchSegment(at(OWN, 3)) in asked
    assert machine.publisher.next_position == at(A, 1)


def test_a_moved_database_looks_at_its_slot_before_it_leaves() -> None:
    """What its last upload said must not be said again under the new name (REP-22)."""
    machine = replicator()
    machine.step(started(sequence=2, moved=True), 0)
    machine.step(ev.RepositoryFound("repo"), 0)

    assert machine.step(ev.TailListed({B: 1, OWN: 2}), 0) == [do.ReadSlot(at(OWN, 3))]
    (taking,) = machine.step(ev.SlotRead(at(OWN, 3), "", None), 0)
    assert isinstance(taking, do.TakeIncarnation)


# -- publishing ------------------------------------------------------------------------


def test_a_local_change_is_packed_put_and_marked() -> None:
    """The way of a change into the bucket (REP-10)."""
    machine = running()
    first = machine.step(ev.LocalChanged(1), 0)

    assert first == [do.PackSegment(at(OWN, 1), "")]
    assert machine.step(ev.SegmentPacked(at(OWN, 1), "d", 4), 0) == [do.PutSegment(at(OWN, 1))]
    stored = machine.step(ev.SegmentStored(at(OWN, 1)), 0)
    assert stored[0] == do.MarkPublished(at(OWN, 1), "d", 4)


def test_an_unmeasured_clock_publishes_nothing() -> None:
    """Stamps of an unknown clock stay here (CLK-6)."""
    machine = replicator()
    machine.step(started(), 0)
    machine.step(ev.RepositoryFound("repo"), 0)

    assert do.MeasureClock() in machine.step(ev.TailListed({B: 1}), 0)
    assert machine.step(ev.LocalChanged(1, urgent=True), 0) == []
    assert machine.step(ev.ClockMeasured(trusted=False), 0) == []
    assert machine.step(ev.ClockMeasured(trusted=True), 0) == [do.PackSegment(at(OWN, 1), "")]


def test_a_clock_that_jumped_is_measured_before_anything_is_published() -> None:
    """A jump is noticed when a segment is to be packed (CLK-6)."""
    machine = running()
    machine.step(ev.LocalChanged(1, urgent=True), 0)

    assert machine.step(ev.ClockJumped(), 0) == [do.MeasureClock()]
    assert machine.step(ev.Tick(), 5_000) != [do.PackSegment(at(OWN, 1), "")]


def test_a_mended_clock_ends_the_identity_after_the_upload() -> None:
    """Stamps are given anew under a new name, once the segment on its way has arrived (CLK-7)."""
    machine = running()
    packed(machine)

    assert machine.step(ev.ClockMeasured(trusted=True, mended=True), 0) == []
    asked = machine.step(ev.SegmentStored(at(OWN, 1)), 0)
    assert do.ReadSlot(at(OWN, 2)) in asked
    asked = machine.step(ev.SlotRead(at(OWN, 2), "", None), 0)
    assert asked == [do.TakeIncarnation("the clock was mended")]


def test_a_taken_slot_is_read() -> None:
    """Only what stands in the slot tells whose it is (REP-12)."""
    machine = running()
    packed(machine)

    assert machine.step(ev.SlotTaken(at(OWN, 1)), 0) == [do.ReadSlot(at(OWN, 1))]


def test_nothing_is_packed_while_an_identity_is_left() -> None:
    """Whatever waits goes on under the new name (REP-21)."""
    machine = running()
    packed(machine)
    machine.step(ev.SlotTaken(at(OWN, 1)), 0)
    machine.step(ev.LocalChanged(2, urgent=True), 0)
    asked = machine.step(ev.SlotRead(at(OWN, 1), "strange", None), 0)

    assert isinstance(asked[0], do.TakeIncarnation)
    assert asked[1:] == [do.FetchSegment(at(OWN, 1))]


def test_a_full_disk_delays_a_new_identity() -> None:
    """What the database did not take is asked of it again, and nothing before."""
    machine = running()
    packed(machine)
    machine.step(ev.SlotTaken(at(OWN, 1)), 0)
    taking, _ = machine.step(ev.SlotRead(at(OWN, 1), "strange", None), 0)

    assert machine.step(ev.RequestFailed(taking, fault=LOST), 0) == []
    assert machine.step(ev.LocalChanged(1, urgent=True), 0) == []
    assert machine.step(ev.Tick(), 60_000) == [taking]


# -- reading ------------------------------------------------------------------------------


def test_what_a_listing_shows_is_fetched_and_applied() -> None:
    """Fetch, park, apply: the way of a peer's segment."""
    machine = running()
    asked = machine.step(ev.TailListed({A: 1, B: 1}), 0)
    assert asked == [do.FindRepository(create=False), do.FetchSegment(at(A, 1))]

    assert machine.step(ev.SegmentFetched(at(A, 1), {}), 0) == [do.ApplySegment(at(A, 1))]
    machine.step(ev.SegmentApplied(at(A, 1)), 0)
    assert machine.vector == {A: 1, B: 1}


def test_a_notice_is_enough() -> None:
    """A position that somebody names is fetched at once (REP-31)."""
    assert do.FetchSegment(at(A, 1)) in running().step(ev.NoticeHeard(at(A, 1)), 0)


def test_a_peer_that_has_read_more_of_us_than_we_wrote_is_a_warning() -> None:
    """Somebody else writes under our name, or we were set back (REP-22)."""
    machine = running(sequence=1, heads={A: 1})
    asked = machine.step(ev.SegmentFetched(at(A, 1), {OWN: 2}), 0)

    assert do.ReadSlot(at(OWN, 2)) in asked
    assert do.ApplySegment(at(A, 1)) not in asked


def test_a_listing_that_knows_more_of_our_log_is_a_warning() -> None:
    """A copy that only reads finds out too (REP-22)."""
    machine = running(sequence=1)

    assert do.ReadSlot(at(OWN, 2)) in machine.step(ev.TailListed({B: 1, OWN: 2}), 0)


def test_damage_on_the_way_is_fetched_again() -> None:
    """Once is the network's fault, twice the author's (REP-40)."""
    machine = running()
    machine.step(ev.TailListed({A: 1}), 0)
    refused = ev.SegmentRefused(at(A, 1), "SG-SEGMENT-002", "hash")

    assert machine.step(refused, 0) == [do.FetchSegment(at(A, 1))]
    assert do.QuarantineLog(at(A, 1), "SG-SEGMENT-002", "hash") in machine.step(refused, 0)


def test_a_refused_log_stops_nobody_else() -> None:
    """Others are read on, and sending goes on (I9)."""
    machine = running()
    machine.step(ev.TailListed({A: 1}), 0)
    for _ in range(2):
        machine.step(ev.SegmentRefused(at(A, 1), "SG-SEGMENT-002", "hash"), 0)

    assert do.FetchSegment(at(B, 2)) in machine.step(ev.NoticeHeard(at(B, 2)), 0)
    assert machine.step(ev.LocalChanged(1), 0) == [do.PackSegment(at(OWN, 1), "")]


def test_a_released_log_is_read_again() -> None:
    """An operator may have mended it."""
    machine = running()
    machine.step(ev.TailListed({A: 1}), 0)
    for _ in range(2):
        machine.step(ev.SegmentRefused(at(A, 1), "SG-SEGMENT-002", "hash"), 0)

    assert machine.step(ev.Released(A), 0) == [do.ReleaseLog(A), do.FetchSegment(at(A, 1))]


def test_a_segment_that_cannot_be_applied_now_is_tried_later() -> None:
    """A full disk, or a clock that is wrong here: no spinning, and nobody is refused."""
    machine = running()
    machine.step(ev.TailListed({A: 1}), 0)
    machine.step(ev.SegmentFetched(at(A, 1), {}), 0)
    failed = ev.RequestFailed(do.ApplySegment(at(A, 1)), fault=LOST)

    assert machine.step(failed, 0) == []
    assert 0 < machine.wake_at(0) < 60_000
    assert do.ApplySegment(at(A, 1)) in machine.step(ev.Tick(), 60_000)


# -- time ------------------------------------------------------------------------------------


def test_a_machine_sleeps_while_its_requests_are_under_way() -> None:
    """Whoever waits for answers has nothing to do before they come."""
    machine = replicator()
    machine.step(started(), 0)

    assert machine.wake_at(0) == float("inf")


def test_a_failed_request_is_tried_again_later() -> None:
    """Not at once, and not never (REP-14)."""
    machine = replicator()
    (asked,) = machine.step(started(), 0)
    machine.step(ev.RequestFailed(asked, fault=LOST), 0)

    assert 0 < machine.wake_at(0) < 60_000
    assert machine.step(ev.Tick(), machine.wake_at(0)) == [asked]


def test_a_listing_is_forced_now_and_then() -> None:
    """Hints may be lost or wrong; a listing is not forgotten for it (REP-32)."""
    machine = running()

    assert do.ListTail() in machine.step(ev.Tick(), 10_001)


def test_a_paused_machine_does_nothing() -> None:
    """Until an operator lets it go on."""
    machine = running()
    machine.step(ev.Paused(), 0)

    assert machine.step(ev.LocalChanged(1, urgent=True), 60_000) == []
    assert do.PackSegment(at(OWN, 1), "") in machine.step(ev.Resumed(), 60_000)


def test_a_false_notice_costs_one_request() -> None:
    """It makes the node neither lag nor wait, and is passed on to nobody (REP-35)."""
    machine = running()
    asked = machine.step(ev.NoticeHeard(at(A, 10**9)), 0)
    answered = machine.step(ev.SegmentAbsent(at(A, 1)), 1)

    assert [do.FetchSegment(at(A, 1))] == [i for i in asked if isinstance(i, do.FetchSegment)]
    assert not any(isinstance(i, do.FetchSegment) for i in answered)
    assert machine.backoff.failures == 0
    assert machine.peers.are_caught_up
    assert A not in machine.peers.logs


def test_a_hint_gives_way_to_the_notice() -> None:
    """Where notices are in use the hint follows later, once for all that came meanwhile."""
    machine = running(timing=replace(TIMING, hint_ms=100))
    packed(machine)
    stored = machine.step(ev.SegmentStored(at(OWN, 1)), 0)
    machine.step(ev.LocalChanged(1, urgent=True), 50)
    machine.step(ev.SegmentPacked(at(OWN, 2), "e", 5), 50)
    machine.step(ev.SegmentStored(at(OWN, 2)), 60)
    wanted = machine.wake_at(60)

    assert not any(isinstance(each, do.WriteHint) for each in stored)
    assert wanted == 100
    assert do.WriteHint({B: 1, OWN: 2}) in machine.step(ev.Tick(), 100)
