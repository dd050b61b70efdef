"""The own log grows by one segment at a time (REP-7, REP-10 to REP-14).

::

    idle ── PackSegment ──▶ packing ── PutSegment ──▶ putting ──▶ idle, one segment further
                                                        │ failed: put again, the same bytes
                                                        ▼ slot taken
                                                   reading the slot
                        ours (an answer was lost) ──▶ idle, one segment further
                        another writer's          ──▶ renaming: this identity is not ours alone

"One segment further" is marked in the database; where that fails, nothing else
is done before it has succeeded (REP-16).

A PUT that failed may have succeeded, now or later; so the same bytes are put
again until the slot answers, and only what stands in the slot decides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from skygarth.model.position import Incarnation, Position
from skygarth.replication.events import SegmentPacked, SlotRead
from skygarth.replication.instructions import (
    Instruction,
    MarkPublished,
    PackSegment,
    PutSegment,
    ReadSlot,
)
from skygarth.replication.timing import Backoff, FlushWindow, Timing

NOBODY = Incarnation("0" * 32)
"""The incarnation of a replicator that has not started."""


class Stage(Enum):
    """Where the next segment is on its way."""

    IDLE = auto()
    PACKING = auto()
    READY = auto()  # packed, to be put (again)
    PUTTING = auto()
    TAKEN = auto()  # the slot holds something, to be read (again)
    READING = auto()
    STORED = auto()  # in the bucket, to be marked so in the database (again)
    RENAMING = auto()  # a new identity is being taken: the old one writes nothing more


@dataclass(slots=True)
class Publisher:
    """The own log's head and the segment on its way.

    Attributes:
        sequence: of the last own segment in the bucket.
        digest: of that segment.
        unpublished: number of changes that wait.
        read_through: how far others have read the own log, as their segments say.
        urgent: somebody waits for them.
    """

    timing: Timing
    backoff: Backoff
    incarnation: Incarnation = NOBODY
    sequence: int = 0
    digest: str = ""
    unpublished: int = 0
    read_through: int = 0
    urgent: bool = False
    stage: Stage = Stage.IDLE
    packed: SegmentPacked | None = None
    window: FlushWindow = field(init=False)
    _unmarked: MarkPublished | None = None

    def __post_init__(self) -> None:
        self.window = FlushWindow(self.timing)

    @property
    def next_position(self) -> Position:
        """The slot that the next own segment takes."""
        return Position(self.incarnation, self.sequence + 1)

    def start(self, incarnation: Incarnation, sequence: int, digest: str) -> None:
        """Stand behind a known head; whatever was on its way is packed anew."""
        self.incarnation, self.sequence, self.digest = incarnation, sequence, digest
        self.stage, self.packed, self.read_through = Stage.IDLE, None, 0

    def due_at(self, now: float) -> float | None:
        """When the next step wants to be taken; None if there is nothing to do."""
        if self.stage in {Stage.PACKING, Stage.PUTTING, Stage.READING, Stage.RENAMING}:
            return None
        if self.stage is not Stage.IDLE:
            return max(now, self.backoff.until)
        if not self.unpublished:
            return None
        due = now if self.urgent else self.window.due(now, self.unpublished)
        return max(due, self.backoff.until)

    def advance(self, now: float) -> list[Instruction]:
        """Take the next step if it is due."""
        due = self.due_at(now)
        if due is None or due > now:
            return []
        match self.stage:
            case Stage.IDLE:
                self.stage = Stage.PACKING
                self.window.flushed(now)
                return [PackSegment(self.next_position, self.digest)]
            case Stage.READY:
                self.stage = Stage.PUTTING
                return [PutSegment(self.next_position)]
            case Stage.STORED:
                return self._mark()
            case _:
                assert self.stage is Stage.TAKEN
                self.stage = Stage.READING
                return [ReadSlot(self.next_position)]

    def was_packed(self, event: SegmentPacked) -> None:
        """The segment is ready, or there was nothing to pack."""
        assert self.stage is Stage.PACKING
        if event.position is None:
            self.stage, self.unpublished, self.urgent = Stage.IDLE, 0, False
        else:
            assert event.position == self.next_position
            self.stage, self.packed = Stage.READY, event

    def failed(self, now: float, *, lasting: bool) -> None:
        """The request was not answered: try the same again."""
        self.backoff.failed(now, lasting=lasting)
        match self.stage:
            case Stage.PUTTING:
                self.stage = Stage.READY
            case Stage.READING:
                self.stage = Stage.TAKEN
            case Stage.PACKING:
                self.stage = Stage.IDLE
            case _:
                pass

    def was_stored(self) -> list[Instruction]:
        """The PUT was accepted: the own log is one segment longer."""
        assert self.stage is Stage.PUTTING
        assert self.packed is not None
        return self._grow(self.packed.digest, self.packed.through)

    def not_marked(self, now: float, instruction: MarkPublished) -> None:
        """The database did not take it (a full disk?): nothing may be packed before it has."""
        self.backoff.failed(now)
        self._unmarked, self.stage = instruction, Stage.STORED

    def look_at_slot(self) -> None:
        """Read the next own slot; a segment on its way will meet its slot by itself."""
        if self.stage is Stage.IDLE:
            self.stage = Stage.TAKEN

    def suspect(self, own_head: int) -> None:
        """Somebody knows the own log this far: further than we do, an answer was lost, or worse."""
        if own_head > self.sequence:
            self.look_at_slot()

    def was_read(self, own_head: int) -> None:
        """A peer has read the own log this far; no hint, but the truth (REP-26)."""
        self.read_through = max(self.read_through, own_head)
        self.suspect(own_head)

    @property
    def was_cut(self) -> bool:
        """Whether others have read more of the own log than was ever seen of it here."""
        return self.read_through > self.sequence and self.stage in {Stage.IDLE, Stage.READY}

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing waits and nothing is on its way."""
        return self.stage is Stage.IDLE and not self.unpublished

    def rename(self) -> None:
        """Write nothing more under this identity; `start` tells the new one."""
        self.stage, self.packed = Stage.RENAMING, None

    def slot_is_taken(self) -> None:
        """The PUT met an object: ours from before, or another writer's?"""
        assert self.stage is Stage.PUTTING
        self.stage = Stage.TAKEN

    def slot_was_read(self, event: SlotRead) -> list[Instruction] | None:
        """What stands in the slot decides; None if another writer holds this identity."""
        assert self.stage is Stage.READING
        self.backoff.succeeded()
        if not event.digest:
            self.stage = Stage.READY if self.packed is not None else Stage.IDLE
            return []
        if event.through is None:
            self.stage = Stage.IDLE
            return None
        return self._grow(event.digest, event.through)

    def _grow(self, digest: str, through: int) -> list[Instruction]:
        position = self.next_position
        self.backoff.succeeded()
        self.sequence, self.digest = position.sequence, digest
        self.stage, self.packed = Stage.IDLE, None
        self.unpublished, self.urgent = 0, False
        self._unmarked = MarkPublished(position, digest, through)
        return self._mark()

    def _mark(self) -> list[Instruction]:
        assert self._unmarked is not None
        self.stage = Stage.IDLE
        return [self._unmarked]
