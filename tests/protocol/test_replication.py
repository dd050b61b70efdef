"""Each clause of docs/protocol/replication.md, on a small cloud or at the machine."""

from __future__ import annotations

import pytest
from tests.replication.logs import OWN, A, at, packed, replicator, running, started

from skygarth.bucket.memory import MemoryBucket
from skygarth.formats import bucket_keys as keys
from skygarth.formats.segment import decode_segment
from skygarth.model.position import Incarnation
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.testing.simulated_cloud import SimulatedCloud
from skygarth.testing.simulated_node import SimulatedNode
from skygarth.testing.story import play


@pytest.fixture
def cloud() -> SimulatedCloud:
    """Two nodes that have met."""
    made = SimulatedCloud("protocol")
    for name in "ab":
        made.start(made.add_node(name))
    made.agenda.run_for(5_000)
    return made


def _note(node: SimulatedNode, number: int) -> None:
    with node.database.writing(node.name) as writing:
        writing.create("note", bytes([number]) * 16, ["t", "b", 0], published_us=None)
    node.changed([])


def test_rep_1_a_write_needs_nobody(cloud: SimulatedCloud) -> None:
    """A node that is cut off writes, and what it wrote waits in the same database (REP-1)."""
    a = cloud.nodes["a"]
    a.is_cut = True
    _note(a, 1)

    assert a.database.reading().fetch("note", bytes([1]) * 16) is not None
    assert a.unpublished == 1


def test_rep_2_without_a_hint_nodes_converge(cloud: SimulatedCloud) -> None:
    """A hint that is wiped again and again costs time, not content (REP-2)."""
    _note(cloud.nodes["a"], 1)
    for _ in range(40):
        cloud.bucket.put(keys.HINT_KEY, b"nonsense")
        cloud.agenda.run_for(1_000)

    assert cloud.is_settled


def test_rep_3_sequences_have_no_gaps(cloud: SimulatedCloud) -> None:
    """One after the other from 1 on (REP-3)."""
    a = cloud.nodes["a"]
    for number in range(4):
        _note(a, number)
        cloud.settle()

    assert sorted(position.sequence for position in cloud.bucket.segments) == [1, 2, 3, 4]


def test_rep_7_a_slot_keeps_what_it_holds(cloud: SimulatedCloud) -> None:
    """Whoever comes second to a slot leaves it as it is (REP-7)."""
    bucket = MemoryBucket()
    key = keys.segment_key(at(OWN, 1))

    assert bucket.put_if_absent(key, b"first")
    assert not bucket.put_if_absent(key, b"second")
    assert bucket.get(key).body == b"first"


def test_rep_10_changes_gather_while_an_upload_is_under_way(cloud: SimulatedCloud) -> None:
    """One segment at a time; what comes meanwhile goes into the next, which names it (REP-10)."""
    a = cloud.nodes["a"]
    for number in range(10):
        _note(a, number)
    cloud.settle()
    segments = [cloud.bucket.segments[position] for position in sorted(cloud.bucket.segments)]

    assert len(segments) == 2
    assert segments[1].header.previous == segments[0].digest


def test_rep_11_the_same_bytes_again() -> None:
    """An upload without an answer is repeated, not packed anew (REP-11)."""
    machine = running()
    packed(machine)
    machine.step(ev.RequestFailed(do.PutSegment(at(OWN, 1))), 0)
    machine.step(ev.LocalChanged(9, urgent=True), 0)

    assert do.PutSegment(at(OWN, 1)) in machine.step(ev.Tick(), 60_000)


def test_rep_12_an_own_segment_is_known_again() -> None:
    """The answer is lost and the node stops: nothing is said twice (REP-12)."""
    told = play(
        "nodes a b\na note x views=1\nsettle\na loses-answer\na edit x views=2\nstop a\nstart a\n"
        "a edit x views=4\nsettle"
    )

    assert told.splitlines() == ["a x views=7", "b x views=7"]


def test_rep_12_a_damaged_slot_is_read_once_more(cloud: SimulatedCloud) -> None:
    """
    Bytes that were damaged on the way cost nobody an identity (REP-12); kept so by
    history: the simulation met it as seed 57.
    """
    a = cloud.nodes["a"]
    before = a.database.replica().identity().incarnation
    _note(a, 1)
    cloud.settle()

    assert a.database.replica().identity().incarnation == before


def test_rep_13_a_lone_change_goes_at_once() -> None:
    """The first change after a quiet time waits for nothing (REP-13)."""
    assert running().step(ev.LocalChanged(1), 0) == [do.PackSegment(at(OWN, 1), "")]


def test_rep_14_failures_wait() -> None:
    """A request that failed is asked again, later (REP-14)."""
    machine = replicator()
    (asked,) = machine.step(started(), 0)

    assert machine.step(ev.RequestFailed(asked), 0) == []
    assert machine.step(ev.Tick(), 60_000) == [asked]


def test_rep_15_a_store_without_conditions_is_looked_at_first() -> None:
    """The slot is read before it is written, where the store cannot refuse (REP-15)."""
    cloud = SimulatedCloud("protocol", is_unconditional=True)
    a = cloud.add_node("a")
    cloud.start(a)
    _note(a, 1)
    cloud.settle()
    position = next(iter(cloud.bucket.segments))

    assert position.sequence == 1
    assert cloud.requests[keys.segment_key(position)] == ["get", "put"]


def test_rep_16_marking_comes_before_packing() -> None:
    """While the database does not take the mark, nothing else is packed (REP-16)."""
    machine = running()
    packed(machine)
    marking, *_ = machine.step(ev.SegmentStored(at(OWN, 1)), 0)
    machine.step(ev.RequestFailed(marking), 0)

    assert machine.step(ev.LocalChanged(1, urgent=True), 0) == []
    assert marking in machine.step(ev.Tick(), 60_000)


def test_rep_20_a_start_asks_in_order(cloud: SimulatedCloud) -> None:
    """Repository, listing, identity, and only then content (REP-20)."""
    machine = replicator()
    asked = [machine.step(started(vector={}), 0)]
    asked.append(machine.step(ev.RepositoryFound("repo"), 0))
    asked.append(machine.step(ev.TailListed({}), 0))

    assert asked == [[do.FindRepository(create=False)], [do.ListTail()], [do.FindSnapshot()]]


def test_rep_21_a_new_name_for_what_waits() -> None:
    """What waited goes on under the new identity, from sequence 1 (REP-21)."""
    machine = running()
    packed(machine)
    machine.step(ev.SlotTaken(at(OWN, 1)), 0)
    machine.step(ev.SlotRead(at(OWN, 1), "strange", None), 0)

    assert do.PackSegment(at(A, 1), "") in machine.step(ev.IncarnationTaken(A, 3), 60_000)


@pytest.mark.parametrize("how", ["clone", "twin"])
def test_rep_22_copies_part_ways(how: str) -> None:
    """Whether a copy knows that it is one or not, both end under names of their own (REP-22)."""
    told = play(
        f"nodes a b\na note x\nsettle\n{how} a as c\na edit x title=1\nc edit x body=2\nsettle"
    )

    assert told.splitlines() == [f'{node} x title="1" body="2"' for node in "abc"]


def test_rep_23_a_creation_that_comes_back_is_one(cloud: SimulatedCloud) -> None:
    """What a copy has published, and the original not yet packed, counts once (REP-23)."""
    original = cloud.nodes["a"]
    original.stop("nothing is packed any more")
    with original.database.writing("a") as writing:
        writing.create("note", bytes(16), ["t", "b", 5], published_us=None)
    copy = cloud.add_node("c", backup=original.back_up(), fingerprint="another host")
    cloud.start(copy)
    cloud.agenda.run_for(10_000)
    segment = cloud.bucket.get(keys.segment_key(next(iter(cloud.bucket.segments))))
    position = next(iter(cloud.bucket.segments))
    image = decode_segment(
        segment.body,
        expected=position,
        repository=cloud.bucket.segments[position].header.repository,
    ).image
    original.database.replica().merge(position, image)
    cloud.start(original)
    cloud.settle()

    assert {_views(node) for node in cloud.living} == {5}


def _views(node: SimulatedNode) -> object:
    row = node.database.reading().fetch("note", bytes(16))
    assert row is not None
    return row[-1]


def test_rep_24_another_repository_is_refused() -> None:
    """Nothing is uploaded to, or read from, a bucket that is not ours (REP-24)."""
    machine = replicator()
    machine.step(started(), 0)
    (halt,) = machine.step(ev.RepositoryFound("other"), 0)

    assert isinstance(halt, do.Halt)


def test_rep_25_who_leaves_looks_back() -> None:
    """A database that was moved asks what its last upload came to, before it leaves (REP-25)."""
    told = play(
        "nodes a b\na note x views=1\nsettle\na loses-answer\na edit x views=2\nclone a as c\n"
        "lose a\nsettle"
    )

    assert told.splitlines() == ["b x views=3", "c x views=3"]


def test_rep_26_what_is_gone_is_not_written_again() -> None:
    """A log is gone, a snapshot holds what it said: its author takes another name (REP-26)."""
    told = play(
        "nodes a b\nb note x title=1\nsettle\na snapshot\nwipe tail/\nwait 60\n"
        "b edit x title=2\nsettle"
    )

    assert told.splitlines() == [f'{node} x title="2"' for node in "ab"]


def test_rep_27_a_node_refills_the_bucket() -> None:
    """What it held and what it edited meanwhile; the others go on, a new one is filled (REP-27)."""
    told = play(
        "nodes a b\na note x title=1\nsettle\nwipe\nwait 60\na edit x title=2\nb edit x body=3\n"
        "a refill\nwait 90\nsettle\njoin c\nsettle"
    )

    assert told.splitlines() == [f'{node} x title="2" body="3"' for node in "abc"]


def test_rep_31_quiet_clouds_look_seldom(cloud: SimulatedCloud) -> None:
    """A minute in which nothing happens costs each node a few looks (REP-31)."""
    cloud.agenda.run_for(120_000)
    before = cloud.agenda.count
    cloud.agenda.run_for(60_000)

    assert cloud.agenda.count - before < 2 * 3 * 60


def test_rep_32_a_listing_is_asked_for_anyhow() -> None:
    """Whatever hints say (REP-32)."""
    assert do.ListTail() in running().step(ev.Tick(), 10_001)


def test_rep_33_needs_come_first() -> None:
    """A segment whose author had seen more waits for that (REP-33)."""
    machine = running(heads={A: 1})
    other = Incarnation("e" * 32)

    assert do.FetchSegment(at(other, 1)) in machine.step(ev.SegmentFetched(at(A, 1), {other: 1}), 0)
    assert machine.peers.waits_for(A) == {other: 1}


def test_rep_34_trouble_here_is_not_the_authors() -> None:
    """A full disk makes the segment wait, and refuses nobody (REP-34)."""
    machine = running(heads={A: 1})
    machine.step(ev.SegmentFetched(at(A, 1), {}), 0)
    machine.step(ev.RequestFailed(do.ApplySegment(at(A, 1))), 0)

    assert do.ApplySegment(at(A, 1)) in machine.step(ev.Tick(), 60_000)


def test_rep_36_a_node_that_cannot_catch_up_says_so() -> None:
    """What it lacks stands only in a snapshot; what it writes still arrives (REP-36)."""
    told = play(
        "nodes a b\na note x title=1\nsettle\ncut b\na edit x title=2\nwait 5\na snapshot\n"
        "wipe tail/\nheal b\nwait 60\na edit x body=3\nwait 30\nb note y\nwait 30\nb complains"
    )

    assert told.splitlines()[0] == "b goes on: SG-REPOSITORY-005"
    assert "a y" in told.splitlines()


@pytest.mark.parametrize("how", ["damaged", "unmergeable"])
def test_rep_40_one_bad_segment_stops_one_author(how: str) -> None:
    """Its log is refused from there on; everybody else goes on, its author too (REP-40)."""
    told = play(
        f"nodes a b c\na note x\nsettle\nspoil next {how}\na edit x title=1\nwait 30\n"
        "b edit x body=2\nwait 60"
    )

    assert told.splitlines() == ['a x title="1" body="2"', 'b x body="2"', 'c x body="2"']
