"""Carries a replicator's instructions out: the only place where protocol meets world.

Each instruction is one request to the bucket or one deed in the database, and
gives the event that answers it. There are no threads and no waiting in here,
so the very same code runs in a node (`skygarth.node.runtime`) and in a
simulated cloud, where requests get lost and nodes die between any two steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from skygarth.bucket.port import Bucket
from skygarth.clock.chance import Chance, mint_incarnation
from skygarth.clock.hybrid_clock import HybridClock
from skygarth.database.port import Database, Merged
from skygarth.formats import bucket_keys as keys
from skygarth.formats.records import (
    Hint,
    HintHead,
    decode_hint,
    encode_record,
)
from skygarth.formats.segment import (
    Segment,
    SegmentHeader,
    decode_segment,
    encode_segment,
    segment_digest,
)
from skygarth.model.errors import (
    Conflict,
    Damaged,
    Denied,
    Invalid,
    NotFound,
    Unavailable,
    Unsupported,
)
from skygarth.model.position import Incarnation, Position
from skygarth.model.stamp import stamp_time
from skygarth.node.clock_watch import ClockWatch
from skygarth.node.founding import Founding
from skygarth.node.populating import SnapshotReader
from skygarth.node.refilling import refill, stands
from skygarth.replication import events as ev
from skygarth.replication import instructions as do

STAMP_AHEAD_MS_MAX = 60_000
"""How far a stamp may lie beyond the bucket's own time of the segment (CLK-5)."""

SEGMENT_OBJECTS_MAX = 10_000

_LASTING = (Denied, Unsupported, Invalid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a conductor must know of its node.

    Attributes:
        name: of the node, for people.
        fingerprint: of host and database file, for a new identity.
        unconditional: the bucket ignores create-only PUTs, and the operator accepts that:
            slots are looked at before they are written (REP-15).
        probe: find out at the start whether the bucket keeps create-only PUTs.
    """

    name: str
    fingerprint: str
    unconditional: bool = False
    probe: bool = False


class Conductor:
    """Hands of a replicator.

    Args:
        merged: told of every merge that changed something, with its author's name.
        published: told through which feed sequence local changes are in the bucket.
        monotonic: seconds that no jump of the calendar moves; with it a jump is noticed
            before anything is published under it.
        mint: makes a new identity.
    """

    def __init__(
        self,
        *,
        bucket: Bucket,
        database: Database,
        clock: HybridClock,
        now_ms: Callable[[], int],
        chance: Chance,
        conditions: Conditions,
        snapshots: SnapshotReader,
        merged: Callable[[Position, Merged, str], None],
        published: Callable[[int], None],
        monotonic: Callable[[], float] | None = None,
        mint: Callable[[Chance], Incarnation] = mint_incarnation,
    ) -> None:
        self._bucket = bucket
        self._database = database
        self._replica = database.replica()
        self._clock = clock
        self._now_ms = now_ms
        self._chance = chance
        self._mint = mint
        self._conditions = conditions
        self._snapshots = snapshots
        self._merged = merged
        self._published = published
        self._watch = ClockWatch(
            bucket, clock, now_ms, self._replica.greatest_shared_stamp, monotonic
        )
        self._repository = self._replica.identity().repository
        proves = conditions.probe and not conditions.unconditional
        self._founding = Founding(bucket, chance, probe=proves)
        self._hint_etag: str | None = None
        self._fetched: dict[Position, Segment] = {}
        self._packed: dict[Position, bytes] = {}
        self._doubted = ""
        self.when_stored: list[Callable[[Position, int, str], None]] = []

    def started(self, fingerprint: str) -> ev.Started:
        """The event that begins everything: what the database knows of itself."""
        identity = self._replica.identity()
        assert identity.incarnation, "a database has an identity before it replicates"
        if identity.fingerprint == fingerprint:  # else the name is that of the node it was made on
            self._replica.go_by(self._conditions.name)
        return ev.Started(
            repository=identity.repository,
            incarnation=identity.incarnation,
            sequence=identity.sequence,
            digest=identity.digest,
            moved=identity.fingerprint != fingerprint,
            vector=self._replica.vector(),
            quarantined={
                name: sequence for name, (sequence, _, _) in self._replica.quarantined().items()
            },
            populating=bool(self._replica.populated()),
            paused=self._replica.is_paused(),
        )

    def carry_out(self, instruction: do.Instruction) -> ev.Event | None:
        """Do what is asked; the event that answers it, None for deeds that need no answer."""
        try:
            return self._carry_out(instruction)
        except (Unavailable, Damaged, *_LASTING) as fault:
            # Damaged: a record that all depend on; on the way, or where it lies, only time tells.
            return ev.RequestFailed(instruction, lasting=isinstance(fault, _LASTING), fault=fault)

    def _carry_out(self, instruction: do.Instruction) -> ev.Event | None:
        match instruction:
            case do.FindRepository(create):
                return self._find_repository(create=create)
            case do.ProveLog(position):
                return ev.LogProven(position, stands(self._bucket, position))
            case do.RefillBucket():
                return self._refill()
            case do.ListTail():
                return self._list_tail()
            case do.ReadHint():
                return self._read_hint()
            case do.WriteHint(heads):
                return self._write_hint(heads)
            case do.FindSnapshot():
                return ev.SnapshotFound(self._snapshots.find())
            case do.LoadSnapshot():
                return ev.SnapshotLoaded(self._snapshots.load())
            case do.FetchSegment(position):
                return self._fetch(position)
            case do.PutSegment(position):
                return self._put(position)
            case do.ReadSlot(position):
                return self._read_slot(position)
            case do.MeasureClock():
                return ev.ClockMeasured(*self._watch.measure())
            case _:
                return self._do_in_database(instruction)

    def _do_in_database(self, instruction: do.Instruction) -> ev.Event | None:
        match instruction:
            case do.AdoptRepository(repository):
                self._replica.adopt_repository(repository)
            case do.PackSegment(position, previous):
                return self._pack(position, previous)
            case do.MarkPublished(position, digest, through):
                self._replica.published(position, digest, through)
                self._packed.clear()
                self._published(through)
                count, _ = self._replica.unpublished()
                return ev.LocalChanged(count)
            case do.ApplySegment(position):
                return self._apply(position)
            case do.DiscardSegment(position):
                self._fetched.pop(position, None)
            case do.TakeIncarnation(_):
                return self._take_incarnation()
            case do.QuarantineLog(position, code, reason):
                self._replica.quarantine(position, code, reason)
            case do.ReleaseLog(incarnation):
                self._replica.release(incarnation)
            case do.Halt():
                pass  # the machine has stopped by itself; status tells why
            case _:
                raise AssertionError(f"an instruction that nobody carries out: {instruction!r}")
        return None

    # -- the repository -------------------------------------------------------------------

    def _find_repository(self, *, create: bool) -> ev.Event:
        try:
            repository = self._founding.find(create=create)
        except (NotFound, Conflict) as fault:
            return ev.RequestFailed(do.FindRepository(create), lasting=True, fault=fault)
        self._repository = repository or self._repository
        return ev.RepositoryFound(repository)

    def _refill(self) -> ev.Event:
        try:
            taken = refill(
                self._bucket,
                self._database,
                repository=self._replica.identity().repository,
                node=self._conditions.name,
                now_ms=self._now_ms(),
            )
        except (NotFound, Conflict) as fault:
            return ev.RequestFailed(do.RefillBucket(), lasting=True, fault=fault)
        return ev.BucketRefilled(taken.entry.vector)

    # -- discovery ----------------------------------------------------------------------------

    def _list_tail(self) -> ev.Event:
        heads: dict[Incarnation, int] = {}
        for entry in self._bucket.list(keys.TAIL_PREFIX):
            position = keys.parse_segment_key(entry.key)
            if position is not None:
                known = heads.get(position.incarnation, 0)
                heads[position.incarnation] = max(known, position.sequence)
        return ev.TailListed(heads)

    def _read_hint(self) -> ev.Event:
        try:
            content = self._bucket.get_if_changed(keys.HINT_KEY, self._hint_etag)
            if content is None:
                return ev.HintSeen(None)
            self._hint_etag = content.etag
            hint = decode_hint(content.body)
        except (NotFound, Damaged):
            return ev.HintSeen(None)  # a hint may be anything: listings tell the truth
        return ev.HintSeen({name: head.sequence for name, head in hint.heads.items()})

    def _write_hint(self, heads: object) -> ev.Event:
        assert isinstance(heads, dict)
        hint = Hint({name: HintHead(sequence, "", 0) for name, sequence in heads.items()})
        self._bucket.put(keys.HINT_KEY, encode_record(hint))
        return ev.HintWritten()

    # -- reading ---------------------------------------------------------------------------------

    def _fetch(self, position: Position) -> ev.Event:
        try:
            content = self._bucket.get(keys.segment_key(position))
        except NotFound:
            return ev.SegmentAbsent(position)
        except Damaged as fault:  # a sealed bucket believes nobody who may not write there
            return ev.SegmentRefused(position, fault.code, fault.message)
        try:
            segment = decode_segment(content.body, expected=position, repository=self._repository)
            _refuse_absurd_stamp(segment, content.modified_ms)
        except (Damaged, Unsupported) as fault:
            return ev.SegmentRefused(position, fault.code, fault.message)
        self._fetched[position] = segment
        return ev.SegmentFetched(position, segment.header.vector)

    def _apply(self, position: Position) -> ev.Event:
        segment = self._fetched[position]
        # Observed first: a local edit right after the merge must get a greater stamp.
        # The fetch has held it against the bucket's clock, so a refusal is about ours.
        try:
            self._clock.observe(segment.header.stamp_max)
        except Damaged as fault:
            return ev.RequestFailed(do.ApplySegment(position), lasting=True, fault=fault)
        try:
            merged = self._replica.merge(
                position,
                segment.image,
                digest=segment.digest,
                previous=segment.header.previous,
                stamp=segment.header.stamp_max,
            )
        except (Damaged, Unsupported) as fault:
            del self._fetched[position]
            return ev.SegmentRefused(position, fault.code, fault.message)
        del self._fetched[position]
        self._merged(position, merged, segment.header.node)
        return ev.SegmentApplied(position)

    # -- writing --------------------------------------------------------------------------------

    def _pack(self, position: Position, previous: str) -> ev.Event:
        if self._watch.has_jumped():
            return ev.ClockJumped()
        packed = self._replica.pack(SEGMENT_OBJECTS_MAX)
        if packed is None:
            return ev.SegmentPacked(None)
        vector = {n: s for n, s in self._replica.vector().items() if n != position.incarnation}
        header = SegmentHeader(
            repository=self._repository,
            position=position,
            previous=previous,
            vector=vector,
            schema=packed.schema,
            objects=packed.objects,
            stamp_min=packed.stamp_min,
            stamp_max=packed.stamp_max,
            node=self._conditions.name,
            written_ms=self._now_ms(),
            image_bytes=len(packed.image),
        )
        body = encode_segment(header, packed.image)
        digest = segment_digest(body)
        self._replica.attempt(position, digest, packed.through)
        self._packed[position] = body
        return ev.SegmentPacked(position, digest, packed.through)

    def _put(self, position: Position) -> ev.Event:
        key, body = keys.segment_key(position), self._packed[position]
        if self._conditions.unconditional:
            try:
                self._bucket.get(key)
            except NotFound:
                self._bucket.put(key, body)
                return self._stored(position, body)
            return ev.SlotTaken(position)
        if self._bucket.put_if_absent(key, body):
            return self._stored(position, body)
        return ev.SlotTaken(position)

    def _stored(self, position: Position, body: bytes) -> ev.Event:
        """An own segment stands in the bucket: whoever wants to tell others may (NOT-4)."""
        digest = segment_digest(body)
        for tell in self.when_stored:
            tell(position, len(body), digest)
        return ev.SegmentStored(position)

    def _read_slot(self, position: Position) -> ev.Event:
        try:
            body = self._bucket.get(keys.segment_key(position)).body
        except NotFound:
            return ev.SlotRead(position, "", None)
        digest = segment_digest(body)
        through = self._replica.attempts(position).get(digest)
        if through is None and digest != self._doubted:
            # Bytes damaged on the way would cost us our identity: read them once more.
            self._doubted = digest
            decode_segment(body, expected=position, repository=self._repository)
        return ev.SlotRead(position, digest, through)

    def _take_incarnation(self) -> ev.Event:
        incarnation = self._mint(self._chance)
        with self._database.exclusive():
            retime = None
            if self._clock.trusted and self._watch.stamps_lie_ahead():
                self._watch.step_back()
                retime = self._clock.stamp
            self._replica.take_incarnation(incarnation, self._conditions.fingerprint, retime)
            self._replica.go_by(self._conditions.name)
            self._clock.restart(bytes.fromhex(incarnation))
            self._packed.clear()
            count, _ = self._replica.unpublished()
        return ev.IncarnationTaken(incarnation, count)


def _refuse_absurd_stamp(segment: Segment, modified_ms: int) -> None:
    """A stamp from beyond the bucket's own clock would poison every clock that observes it."""
    ahead = stamp_time(segment.header.stamp_max)[0] - modified_ms
    if ahead > STAMP_AHEAD_MS_MAX:
        raise Damaged(
            f"a segment's stamps lie in the future. node={segment.header.node!r} ahead_ms={ahead}",
            code="SG-CLOCK-003",
            hint="set that node's clock right",
        )
