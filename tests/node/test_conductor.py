"""Each instruction is one request or one deed, and gives the event that answers it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from tests.database.notes import NOTE, guid
from tests.formats.samples import database_image

from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.port import Content
from skygarth.clock.chance import SeededChance
from skygarth.clock.hybrid_clock import HybridClock
from skygarth.clock.manual_clock import ManualClock
from skygarth.database.port import Merged
from skygarth.database.sqlite.database import SqliteDatabase
from skygarth.formats import bucket_keys as keys
from skygarth.formats.records import (
    Hint,
    HintHead,
    RepositoryRecord,
    decode_hint,
    encode_record,
)
from skygarth.formats.segment import (
    SegmentHeader,
    decode_segment,
    encode_segment,
    segment_digest,
)
from skygarth.model.errors import Damaged, Denied, NotFound, SkygarthError, Unavailable
from skygarth.model.position import Incarnation, Position
from skygarth.model.schema import Stored
from skygarth.model.stamp import make_stamp
from skygarth.node.conductor import STAMP_AHEAD_MS_MAX, Conditions, Conductor
from skygarth.node.founding import FORMAT
from skygarth.node.populating import SnapshotReader
from skygarth.replication import events as ev
from skygarth.replication import instructions as do

HOME = "0" * 31 + "1"


class FaultyMemory(MemoryBucket):
    """A bucket in memory that can refuse, and can ignore conditions.

    Attributes:
        fault: what every reading raises, if anything.
        ignores_conditions: a create-only PUT overwrites.
    """

    fault: SkygarthError | None = None
    ignores_conditions = False

    def get(self, key: str) -> Content:
        """Read, unless a fault is due."""
        if self.fault is not None:
            raise self.fault
        return super().get(key)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Write, on condition or not."""
        if self.ignores_conditions:
            self.put(key, body)
            return True
        return super().put_if_absent(key, body)


@dataclass
class Rig:
    """A conductor with everything it works on.

    Attributes:
        merges: what was told of merges.
        published: what was told of publications.
    """

    letter: str
    bucket: FaultyMemory
    clock: ManualClock
    unconditional: bool = False
    probe: bool = False
    merges: list[tuple[Position, Merged, str]] = field(default_factory=list)
    published: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.incarnation = Incarnation((self.letter.encode() * 16).hex())
        self.hybrid = HybridClock(self.clock.now_ms, bytes.fromhex(self.incarnation))
        self.database = SqliteDatabase(
            ":memory:",
            stamp=self.hybrid.stamp,
            now_us=self.clock.now_us,
            observe=self.hybrid.recall,
        )
        self.database.ensure_types([NOTE])
        self.replica = self.database.replica()
        self.replica.take_incarnation(self.incarnation, "here")
        self.conductor = Conductor(
            bucket=self.bucket,
            database=self.database,
            clock=self.hybrid,
            now_ms=self.clock.now_ms,
            monotonic=self.clock.monotonic,
            chance=SeededChance(self.letter),
            conditions=Conditions(
                name=self.letter,
                fingerprint="here",
                unconditional=self.unconditional,
                probe=self.probe,
            ),
            snapshots=SnapshotReader(self.bucket, self.replica),
            merged=lambda position, merged, author: self.merges.append((position, merged, author)),
            published=self.published.append,
        )

    def ask(self, instruction: do.Instruction) -> ev.Event | None:
        """Have an instruction carried out."""
        return self.conductor.carry_out(instruction)

    def note(self, number: int, title: str = "x") -> None:
        """Write a note."""
        with self.database.writing(self.letter) as writing:
            values: list[Stored] = [f"n{number}", title, "-", 0, None]
            writing.create("note", guid(number), values, published_us=None)

    def publish(self, sequence: int = 1, previous: str = "") -> ev.SegmentPacked:
        """Pack and put the next segment, and mark it published."""
        position = Position(self.incarnation, sequence)
        packed = self.ask(do.PackSegment(position, previous))
        assert isinstance(packed, ev.SegmentPacked)
        assert self.ask(do.PutSegment(position)) == ev.SegmentStored(position)
        self.ask(do.MarkPublished(position, packed.digest, packed.through))
        return packed


@pytest.fixture
def clock() -> ManualClock:
    """Time that stands still."""
    return ManualClock()


@pytest.fixture
def bucket(clock: ManualClock) -> FaultyMemory:
    """A bucket with a repository."""
    bucket = FaultyMemory(clock.now_ms)
    bucket.put(keys.REPOSITORY_KEY, encode_record(RepositoryRecord(HOME, FORMAT, ())))
    return bucket


@pytest.fixture
def rig(bucket: FaultyMemory, clock: ManualClock) -> Rig:
    """A node that has met the repository."""
    rig = Rig("a", bucket, clock)
    rig.ask(do.FindRepository(create=False))
    return rig


@pytest.fixture
def peer(bucket: FaultyMemory, clock: ManualClock) -> Rig:
    """Another one."""
    rig = Rig("b", bucket, clock)
    rig.ask(do.FindRepository(create=False))
    return rig


# -- the repository ----------------------------------------------------------------------


def test_the_buckets_repository_is_told(rig: Rig) -> None:
    """As its record says."""
    assert rig.ask(do.FindRepository(create=True)) == ev.RepositoryFound(HOME)


def test_an_empty_bucket_becomes_a_repository_only_if_asked(clock: ManualClock) -> None:
    """A database that knows a repository never makes another (REP-24)."""
    rig = Rig("a", FaultyMemory(), clock)
    assert rig.ask(do.FindRepository(create=False)) == ev.RepositoryFound("")
    made = rig.ask(do.FindRepository(create=True))

    assert isinstance(made, ev.RepositoryFound)
    assert len(made.repository) == 32
    assert rig.ask(do.FindRepository(create=True)) == made


def test_two_nodes_that_make_a_repository_at_once_agree(clock: ManualClock) -> None:
    """The record is created, never overwritten."""
    bucket = FaultyMemory()
    one, other = Rig("a", bucket, clock), Rig("b", bucket, clock)

    assert one.ask(do.FindRepository(create=True)) == other.ask(do.FindRepository(create=True))


def test_a_newer_format_is_a_lasting_refusal(rig: Rig) -> None:
    """Nothing is read or written by a version that may misunderstand it."""
    record = RepositoryRecord(HOME, FORMAT + 1, ())
    rig.bucket.put(keys.REPOSITORY_KEY, encode_record(record))
    answer = rig.ask(do.FindRepository(create=False))

    assert isinstance(answer, ev.RequestFailed)
    assert answer.lasting
    assert answer.fault is not None
    assert answer.fault.code == "SG-RECORD-002"


@pytest.mark.parametrize(
    ("unconditional", "code"), [(False, "SG-BUCKET-004"), (True, None)], ids=["refuse", "accept"]
)
def test_a_bucket_without_conditions_is_refused_unless_accepted(
    bucket: FaultyMemory, clock: ManualClock, unconditional: bool, code: str | None
) -> None:
    """The operator may decide otherwise (REP-15)."""
    bucket.ignores_conditions = True
    rig = Rig("a", bucket, clock, unconditional=unconditional, probe=True)
    answer = rig.ask(do.FindRepository(create=False))

    if code is None:
        assert answer == ev.RepositoryFound(HOME)
    else:
        assert isinstance(answer, ev.RequestFailed)
        assert answer.lasting
        assert answer.fault is not None
        assert answer.fault.code == code


@pytest.mark.parametrize(
    ("fault", "lasting"),
    [
        (Unavailable("away"), False),
        (Damaged("bytes differ"), False),
        (Denied("no"), True),
        (NotFound("no such bucket", code="SG-BUCKET-405"), True),
    ],
)
def test_a_refused_request_is_told_as_one(rig: Rig, fault: SkygarthError, lasting: bool) -> None:
    """With what was asked, why it failed, and whether trying again soon is of use (REP-11)."""
    rig.bucket.fault = fault
    asked = do.FindRepository(create=False)
    answer = rig.ask(asked)

    assert answer == ev.RequestFailed(asked, lasting=lasting)
    assert isinstance(answer, ev.RequestFailed)
    assert answer.fault is fault


# -- discovery -----------------------------------------------------------------------------


def test_a_listing_tells_each_logs_head(rig: Rig, peer: Rig) -> None:
    """Whatever else lies in the tail is passed over (REP-32)."""
    rig.note(1)
    first = rig.publish()
    rig.note(2)
    rig.publish(2, first.digest)
    peer.note(3)
    peer.publish()
    rig.bucket.put("tail/somebody's notes", b"")

    assert rig.ask(do.ListTail()) == ev.TailListed({rig.incarnation: 2, peer.incarnation: 1})


def test_a_hint_is_read_once_per_change(rig: Rig, peer: Rig) -> None:
    """An unchanged or absent one says nothing."""
    assert rig.ask(do.ReadHint()) == ev.HintSeen(None)
    assert peer.ask(do.WriteHint({peer.incarnation: 4})) == ev.HintWritten()

    assert rig.ask(do.ReadHint()) == ev.HintSeen({peer.incarnation: 4})
    assert rig.ask(do.ReadHint()) == ev.HintSeen(None)
    assert decode_hint(rig.bucket.get(keys.HINT_KEY).body) == Hint(
        {peer.incarnation: HintHead(4, "", 0)}
    )


def test_a_hint_that_is_none_is_passed_over(rig: Rig) -> None:
    """Listings tell the truth (I2)."""
    rig.bucket.put(keys.HINT_KEY, b"\xff not even text")

    assert rig.ask(do.ReadHint()) == ev.HintSeen(None)


# -- reading --------------------------------------------------------------------------------


def test_a_segment_is_fetched_verified_and_applied(rig: Rig, peer: Rig) -> None:
    """Its needs are told with it, and the merge to whoever wants to know."""
    peer.note(1, "hello")
    peer.publish()
    position = Position(peer.incarnation, 1)

    assert rig.ask(do.FetchSegment(position)) == ev.SegmentFetched(position, {})
    assert rig.ask(do.ApplySegment(position)) == ev.SegmentApplied(position)
    assert rig.replica.vector() == {peer.incarnation: 1}
    ((told, merged, author),) = rig.merges
    assert (told, merged.objects, author) == (position, 1, "b")


def test_what_is_not_there_is_absent(rig: Rig, peer: Rig) -> None:
    """A listing may be older or newer than the truth."""
    position = Position(peer.incarnation, 1)

    assert rig.ask(do.FetchSegment(position)) == ev.SegmentAbsent(position)


def test_a_damaged_segment_is_refused(rig: Rig, peer: Rig) -> None:
    """With a code and a reason, and nothing of it comes in (REP-40)."""
    peer.note(1)
    peer.publish()
    position = Position(peer.incarnation, 1)
    body = bytearray(rig.bucket.get(keys.segment_key(position)).body)
    body[len(body) // 2] ^= 1
    rig.bucket.put(keys.segment_key(position), bytes(body))
    answer = rig.ask(do.FetchSegment(position))

    assert isinstance(answer, ev.SegmentRefused)
    assert answer.code.startswith("SG-SEGMENT-")


def test_another_repositorys_segment_is_refused(
    bucket: FaultyMemory, clock: ManualClock, rig: Rig, peer: Rig
) -> None:
    """It may have been copied into the wrong bucket."""
    peer.note(1)
    peer.conductor._repository = "f" * 32
    peer.publish()

    assert isinstance(rig.ask(do.FetchSegment(Position(peer.incarnation, 1))), ev.SegmentRefused)


@pytest.mark.parametrize(
    ("ahead_ms", "kind"),
    [(STAMP_AHEAD_MS_MAX, ev.SegmentFetched), (STAMP_AHEAD_MS_MAX + 1, ev.SegmentRefused)],
)
def test_stamps_from_beyond_the_buckets_time_are_refused(
    rig: Rig, ahead_ms: int, kind: type
) -> None:
    """They would poison every clock that observes them (CLK-5, I10)."""
    author = Incarnation("c" * 32)
    position = Position(author, 1)
    stamp = make_stamp(rig.clock.now_ms() + ahead_ms, 0, bytes.fromhex(author))
    image = database_image()
    header = SegmentHeader(
        repository=HOME,
        position=position,
        previous="",
        vector={},
        schema="0" * 16,
        objects=1,
        stamp_min=stamp,
        stamp_max=stamp,
        node="c",
        written_ms=0,
        image_bytes=len(image),
    )
    rig.bucket.put(keys.segment_key(position), encode_segment(header, image))

    assert type(rig.ask(do.FetchSegment(position))) is kind


def test_a_segment_that_cannot_be_merged_is_refused(rig: Rig, peer: Rig) -> None:
    """It was intact, and still not what its author should have written (I9)."""
    peer.note(1)
    first = peer.publish()
    with peer.database.writing("b") as writing:
        writing.edit("note", guid(1), {"title": "y"})
    peer.publish(2, first.digest)
    body = rig.bucket.get(keys.segment_key(Position(peer.incarnation, 2))).body
    segment = decode_segment(body, expected=Position(peer.incarnation, 2), repository=HOME)
    position = Position(peer.incarnation, 1)
    fetched = rig.conductor._fetched
    fetched[position] = segment
    answer = rig.ask(do.ApplySegment(position))

    assert isinstance(answer, ev.SegmentRefused)
    assert answer.code == "SG-SEGMENT-022"
    assert fetched == {}
    assert rig.merges == []


def test_a_local_edit_after_a_merge_is_later(rig: Rig, peer: Rig) -> None:
    """The stamp was observed before the merge (CLK-4)."""
    peer.hybrid.recall(make_stamp(rig.clock.now_ms() + 20_000, 7, b"b" * 16))
    peer.note(1)
    peer.publish()
    position = Position(peer.incarnation, 1)
    rig.ask(do.FetchSegment(position))
    rig.ask(do.ApplySegment(position))

    assert rig.hybrid.stamp() > peer.hybrid.last


def test_a_discarded_segment_is_forgotten(rig: Rig, peer: Rig) -> None:
    """Memory is bounded by what waits for its turn."""
    peer.note(1)
    peer.publish()
    position = Position(peer.incarnation, 1)
    rig.ask(do.FetchSegment(position))

    assert rig.ask(do.DiscardSegment(position)) is None
    assert rig.conductor._fetched == {}


# -- writing ---------------------------------------------------------------------------------


def test_a_segment_is_packed_remembered_put_and_marked(rig: Rig) -> None:
    """The attempt is in the database before the bytes are on their way (REP-12)."""
    rig.note(1)
    position = Position(rig.incarnation, 1)
    packed = rig.ask(do.PackSegment(position, ""))
    assert isinstance(packed, ev.SegmentPacked)
    assert rig.replica.attempts(position) == {packed.digest: 1}
    assert rig.ask(do.PutSegment(position)) == ev.SegmentStored(position)
    body = rig.bucket.get(keys.segment_key(position)).body
    assert segment_digest(body) == packed.digest

    assert rig.ask(do.MarkPublished(position, packed.digest, packed.through)) == ev.LocalChanged(0)
    assert rig.published == [1]
    assert rig.replica.identity().sequence == 1


def test_a_header_names_what_its_author_had_seen(rig: Rig, peer: Rig) -> None:
    """All logs but the own one (REP-33)."""
    peer.note(1)
    peer.publish()
    position = Position(peer.incarnation, 1)
    rig.ask(do.FetchSegment(position))
    rig.ask(do.ApplySegment(position))
    rig.note(2)
    rig.publish()
    mine = Position(rig.incarnation, 1)

    assert peer.ask(do.FetchSegment(mine)) == ev.SegmentFetched(mine, {peer.incarnation: 1})


def test_an_empty_outbox_packs_nothing(rig: Rig) -> None:
    """Told as an event like any other."""
    assert rig.ask(do.PackSegment(Position(rig.incarnation, 1), "")) == ev.SegmentPacked(None)


@pytest.mark.parametrize("unconditional", [False, True])
def test_a_taken_slot_is_told(
    bucket: FaultyMemory, clock: ManualClock, unconditional: bool
) -> None:
    """With conditions or by looking first, nobody's segment is overwritten (REP-15, I7)."""
    rig = Rig("a", bucket, clock, unconditional=unconditional)
    position = Position(rig.incarnation, 1)
    bucket.put(keys.segment_key(position), b"another writer's")
    rig.note(1)
    rig.ask(do.PackSegment(position, ""))

    assert rig.ask(do.PutSegment(position)) == ev.SlotTaken(position)
    assert bucket.get(keys.segment_key(position)).body == b"another writer's"


def test_the_own_segment_in_a_slot_is_recognised(rig: Rig) -> None:
    """An answer was lost; the digest is among the attempts (REP-12)."""
    rig.note(1)
    position = Position(rig.incarnation, 1)
    packed = rig.ask(do.PackSegment(position, ""))
    assert isinstance(packed, ev.SegmentPacked)
    assert rig.ask(do.ReadSlot(position)) == ev.SlotRead(position, "", None)
    rig.ask(do.PutSegment(position))

    assert rig.ask(do.ReadSlot(position)) == ev.SlotRead(position, packed.digest, 1)


def test_damaged_bytes_in_a_slot_are_read_twice(rig: Rig) -> None:
    """Before they cost the node its identity (REP-12)."""
    position = Position(rig.incarnation, 1)
    rig.bucket.put(keys.segment_key(position), b"damaged on the way")
    first, second = rig.ask(do.ReadSlot(position)), rig.ask(do.ReadSlot(position))

    assert isinstance(first, ev.RequestFailed)
    assert second == ev.SlotRead(position, segment_digest(b"damaged on the way"), None)


def test_a_new_identity_signs_from_then_on(rig: Rig) -> None:
    """Database and clock go under it together (REP-21)."""
    rig.note(1)
    answer = rig.ask(do.TakeIncarnation("the database was moved or copied"))
    assert isinstance(answer, ev.IncarnationTaken)

    assert answer.objects == 1
    assert rig.replica.identity().incarnation == answer.incarnation != rig.incarnation
    assert rig.hybrid.stamp()[8:] == bytes.fromhex(answer.incarnation)[:8]


def test_a_clock_that_jumped_packs_nothing(rig: Rig) -> None:
    """What would be stamped now is first held against the bucket's time (CLK-6)."""
    rig.ask(do.MeasureClock())
    rig.note(1)
    rig.clock.jump_us(3_600_000_000)

    assert rig.ask(do.PackSegment(Position(rig.incarnation, 1), "")) == ev.ClockJumped()


def test_time_is_measured_against_the_buckets(
    bucket: FaultyMemory, clock: ManualClock, rig: Rig
) -> None:
    """Within the bound it is trusted, beyond it is not."""
    assert rig.ask(do.MeasureClock()) == ev.ClockMeasured(trusted=True)
    now = clock.now_ms()
    bucket._clock = lambda: now - 60_000

    assert rig.ask(do.MeasureClock()) == ev.ClockMeasured(trusted=False)
    assert rig.hybrid.offset_ms == 60_000


# -- small deeds ----------------------------------------------------------------------------


def test_what_the_database_knows_begins_everything(rig: Rig) -> None:
    """A moved database is told as one (REP-22)."""
    rig.note(1)
    packed = rig.publish()
    rig.ask(do.AdoptRepository(HOME))
    rig.ask(do.QuarantineLog(Position(Incarnation("c" * 32), 3), "SG-X", "why"))

    assert rig.conductor.started("elsewhere") == ev.Started(
        repository=HOME,
        incarnation=rig.incarnation,
        sequence=1,
        digest=packed.digest,
        moved=True,
        vector={rig.incarnation: 1},
        quarantined={Incarnation("c" * 32): 3},
    )
    assert not rig.conductor.started("here").moved
    rig.ask(do.ReleaseLog(Incarnation("c" * 32)))
    assert rig.conductor.started("here").quarantined == {}


def test_halting_is_the_machines_own_business(rig: Rig) -> None:
    """There is nothing to do, and nothing to answer."""
    assert rig.ask(do.Halt("SG-X", "reason", "hint")) is None


def test_an_instruction_that_nobody_knows_is_our_mistake(rig: Rig) -> None:
    """A new one must not be forgotten here."""
    with pytest.raises(AssertionError):
        rig.ask("dance")  # type: ignore[arg-type]
