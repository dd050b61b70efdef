"""From the first greeting to running, and back: where this database stands towards its bucket.

A start asks, one after the other: which repository is this, how far do logs
reach, is the own identity still its own, and is there a snapshot to begin with
(REP-20). A bucket may also be exchanged, emptied and refilled under a running
node, so part of these questions are asked again and again (REP-24, REP-26).
"""

from __future__ import annotations

from collections.abc import Iterator

from skygarth.model.position import Incarnation, Position, Vector
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.asking import Asking
from skygarth.replication.lookout import Lookout
from skygarth.replication.phases import Phase
from skygarth.replication.publishing import Publisher, Stage
from skygarth.replication.reader import Reader
from skygarth.replication.trouble import (
    Trouble,
    another_repository,
    held_here_alone,
    holds_more,
    no_repository,
)

FRESH_LOG = "its log is gone from the bucket"


class Course:
    """The phase, the repository, and whether the identity is kept.

    Attributes:
        leaving: why the own identity will be left, once its next slot was read (REP-25).
        refill_ends: how many refills have ended, well or not.
        refilled: the vector of the snapshot that the last one wrote; None if it failed.
    """

    def __init__(
        self, publisher: Publisher, reader: Reader, lookout: Lookout, asking: Asking
    ) -> None:
        self.phase = Phase.CLOSED
        self.repository = ""
        self.halted: do.Halt | None = None
        self.leaving = ""
        self.refill_ends = 0
        self.refilled: Vector | None = None
        self._publisher = publisher
        self._reader = reader
        self._lookout = lookout
        self._asking = asking
        self._mine = ""
        self._begins_empty = False
        self._has_run = False
        self._looks_again = False
        self._may_refill = False
        self._is_lost = False
        self._own_head = 0
        self._doubted: Position | None = None
        self._lost: dict[Incarnation, int] = {}

    @property
    def looks_again(self) -> bool:
        """Whether a halted node asks now and then if the right bucket is back."""
        return self.phase is Phase.HALTED and self._looks_again

    @property
    def vector(self) -> dict[Incarnation, int]:
        """Applied through, by log, the own one included."""
        own = {self._publisher.incarnation: self._publisher.sequence}
        return {name: n for name, n in (self._reader.peers.vector | own).items() if n}

    @property
    def trouble(self) -> Trouble | None:
        """What the bucket has lost, and this node holds."""
        for incarnation, through in list(self._lost.items()):
            return held_here_alone(Position(incarnation, through))
        return None

    # -- starting -----------------------------------------------------------------------

    def start(self, event: ev.Started) -> None:
        """The database is open."""
        assert self.phase is Phase.CLOSED
        self.phase = Phase.GREETING
        self._mine = event.repository
        self._begins_empty = not event.vector or event.populating
        if event.moved:
            self.leaving = "the database was moved or copied"
        self._publisher.start(event.incarnation, event.sequence, event.digest)
        for incarnation, through in event.vector.items():
            if incarnation != event.incarnation:
                log = self._reader.peers.log(incarnation)
                log.applied_through = log.known_through = through
        for incarnation, sequence in event.quarantined.items():
            self._reader.peers.log(incarnation).refused_from = sequence

    def ask(self, now: float) -> Iterator[do.Instruction]:
        """The question of this phase."""
        match self.phase:
            case Phase.GREETING:
                yield from self._asking.ask(do.FindRepository(create=not self._mine))
            case Phase.LISTING:
                yield from self._asking.ask(do.ListTail())
            case Phase.PROVING:
                assert self._doubted is not None
                yield from self._asking.ask(do.ProveLog(self._doubted))
            case Phase.IDENTIFYING:
                yield from self._publisher.advance(now)
            case Phase.COMPARING | Phase.CHOOSING:
                yield from self._asking.ask(do.FindSnapshot())
            case Phase.POPULATING:
                yield from self._asking.ask(do.LoadSnapshot())
            case Phase.REFILLING:
                yield from self._refill(now)
            case _:
                pass

    def met(self, event: ev.RepositoryFound, now: float) -> Iterator[do.Instruction]:
        """The bucket holds a repository: ours, a first one, or somebody else's (REP-24)."""
        if self.phase is Phase.REFILLING and event.repository in {"", self._mine}:
            self._may_refill = True
            return
        if self._mine and event.repository != self._mine:
            yield from self._turn_away(event.repository, now)
            return
        assert event.repository
        self.repository = event.repository
        if not self._mine:
            self._mine = event.repository
            yield do.AdoptRepository(event.repository)
        if self.phase is Phase.GREETING or self.looks_again:
            self.phase, self.halted = Phase.LISTING, None

    def _turn_away(self, found: str, now: float) -> Iterator[do.Instruction]:
        """Not our bucket: look again now and then, it may be a mount that failed."""
        self._lookout.list_at = now + self._lookout.timing.list_ms
        self.refill_ended(None, now)
        halt = another_repository(self._mine, found) if found else no_repository(self._mine)
        if self.halted != halt:
            yield from self._halt(halt, looks_again=True)

    def lose_database(self, event: ev.DatabaseLost) -> Iterator[do.Instruction]:
        """The file is gone: nothing of what this process still sees is published (REP-28)."""
        self._is_lost = True
        yield from self._halt(do.Halt(event.code, event.reason, event.hint), looks_again=False)

    def _halt(self, halt: do.Halt, *, looks_again: bool) -> Iterator[do.Instruction]:
        self.phase, self.halted, self._looks_again = Phase.HALTED, halt, looks_again
        yield halt

    def listed(self, event: ev.TailListed) -> Iterator[do.Instruction]:
        """How far logs reach; what was here once and does not show is doubtful (REP-26)."""
        self._own_head = event.heads.get(self._publisher.incarnation, 0)
        doubted = self._doubtful(event.heads)
        if self.phase is Phase.LISTING:
            self._doubted = doubted
            if doubted is None:
                self._identify()
            else:
                self.phase = Phase.PROVING
        elif self.phase is Phase.RUNNING:
            # A bucket that was wiped or exchanged under us tells it here (REP-24).
            yield from self._asking.ask(do.FindRepository(create=False))
            if self._lost:
                yield from self._asking.ask(do.FindSnapshot())
            if doubted is not None and do.ProveLog not in self._asking:
                self._doubted = doubted
                yield from self._asking.ask(do.ProveLog(doubted))

    def _doubtful(self, heads: Vector) -> Position | None:
        """A position that this database holds, and neither the listing nor a snapshot shows."""
        own = self._publisher.incarnation
        seen = self._reader.in_snapshot
        for incarnation, through in sorted(self.vector.items(), key=lambda log: log[0] != own):
            shown = max(heads.get(incarnation, 0), seen.get(incarnation, 0))
            if max(shown, self._lost.get(incarnation, 0)) < through:
                return Position(incarnation, through)
        return None

    def proven(self, event: ev.LogProven) -> None:
        """Whether a doubtful position still stands; a listing may have been old."""
        if event.position != self._doubted or self.phase not in {Phase.PROVING, Phase.RUNNING}:
            return
        if not event.stands:
            self.phase = Phase.COMPARING
        elif self.phase is Phase.PROVING:
            self._identify()

    def found_snapshot(self, vector: Vector | None) -> Iterator[do.Instruction]:
        """The newest snapshot is known: to begin with, or to compare with."""
        self._reader.in_snapshot = vector or {}
        self._reader.peers.were_read(self._reader.in_snapshot, self._publisher.incarnation)
        if self.phase is Phase.CHOOSING:
            self._run() if vector is None else self._populate()
        elif self.phase is Phase.COMPARING:
            yield from self._compare()
        self._lost = {
            incarnation: through
            for incarnation, through in self._lost.items()
            if self._reader.in_snapshot.get(incarnation, 0) < through
        }

    def _compare(self) -> Iterator[do.Instruction]:
        """A segment that stood there is gone. What a snapshot covers, nobody has lost (REP-26)."""
        position, own = self._doubted, self._publisher.incarnation
        assert position is not None
        covered = self._reader.in_snapshot
        self._reader.peers.learn(covered, own)
        is_covered = covered.get(position.incarnation, 0) >= position.sequence
        if position.incarnation == own and not is_covered:
            yield from self._halt(holds_more(position), looks_again=False)
            return
        if position.incarnation == own or covered.get(own, 0) > self._publisher.sequence:
            self.leaving = FRESH_LOG
        if not is_covered:
            self._lost[position.incarnation] = position.sequence
        self._identify()

    # -- identity --------------------------------------------------------------------------

    def _identify(self) -> None:
        """Is this identity still ours alone? (REP-22)"""
        if self._has_run:
            self._run()
            self._publisher.suspect(self._own_head)
        elif self.leaving or self._own_head > self._publisher.sequence:
            self.phase = Phase.IDENTIFYING
            self._publisher.look_at_slot()
        else:
            self._identified()

    def _identified(self) -> None:
        if self._begins_empty:
            self.phase = Phase.CHOOSING
        else:
            self._run()

    def _run(self) -> None:
        self.phase, self._has_run = Phase.RUNNING, True

    def take_new_identity(self, reason: str, own_head: int) -> Iterator[do.Instruction]:
        """The old log goes on as a peer's: whatever stands in it was written by somebody."""
        old = self._reader.peers.log(self._publisher.incarnation)
        old.applied_through = self._publisher.sequence
        old.known_through = max(old.applied_through, own_head)
        self._publisher.rename()
        yield do.TakeIncarnation(reason)

    def read_slot(self, event: ev.SlotRead, now: float) -> Iterator[do.Instruction]:
        """What stands in the next own slot decides whose identity this is (REP-22, REP-25)."""
        publisher = self._publisher
        grown = publisher.slot_was_read(event)
        if grown is None:
            reason = self.leaving or "another holder of this identity wrote to its log"
            yield from self.take_new_identity(reason, event.position.sequence)
        elif grown:
            yield from grown
            if self.phase is Phase.IDENTIFYING:
                # An answer was lost before the stop; the listing may show still more.
                self.phase = Phase.LISTING
            else:
                self._lookout.own_log_grew(now)
        elif publisher.was_cut:
            yield from self.take_new_identity(self.leaving or FRESH_LOG, publisher.read_through)
        elif self.leaving and publisher.stage is Stage.IDLE:
            yield from self.take_new_identity(self.leaving, publisher.sequence)
        elif self.phase is Phase.IDENTIFYING:
            self._identified()

    def renamed(self, event: ev.IncarnationTaken, now: float) -> None:
        """The database goes on under a new identity."""
        self._publisher.start(event.incarnation, 0, "")
        self._publisher.unpublished = event.objects
        self.leaving = ""
        if self.phase is Phase.IDENTIFYING:
            self._identified()
        self._lookout.expect(now)
        self._lookout.list_at = now

    # -- populating and refilling -------------------------------------------------------------

    def _populate(self) -> None:
        self.phase = Phase.POPULATING

    def populated(self, vector: Vector, now: float) -> Iterator[do.Instruction]:
        """The database stands at the snapshot's vector."""
        own = self._publisher.incarnation
        yield from map(do.DiscardSegment, self._reader.peers.stand_at(vector, own))
        self._run()
        self._lookout.list_at = now

    def begin_refill(self) -> Iterator[do.Instruction]:
        """An operator lets this node fill the bucket anew (REP-27).

        First all that waits goes out under a new name; the snapshot that follows holds it too.
        """
        if self.phase not in {Phase.RUNNING, Phase.HALTED} or not self._has_content:
            self.refill_ends += 1
            self.refilled = None
            return
        self.phase, self.halted, self._may_refill = Phase.REFILLING, None, False
        self.leaving = "the bucket is refilled from this node"
        self._has_run, self._begins_empty = True, False
        yield from self._reader.forget_unread()

    @property
    def _has_content(self) -> bool:
        return (not self._begins_empty or self._has_run) and not self._is_lost

    def _refill(self, now: float) -> Iterator[do.Instruction]:
        """Publish what waits, under the new name; then write the snapshot and the record."""
        if self._may_refill:
            if self.leaving:
                self._publisher.look_at_slot()
            yield from self._publisher.advance(now)
        wanted = self.wanted_for_refill
        if do.FindRepository in wanted:
            yield from self._asking.ask(do.FindRepository(create=False))
        elif do.RefillBucket in wanted:
            yield from self._asking.ask(do.RefillBucket())

    @property
    def wanted_for_refill(self) -> tuple[type, ...]:
        """The request that a refill needs next: is the bucket ours, or else all is ready."""
        if not self._may_refill:
            return (do.FindRepository,)
        is_ready = not self.leaving and self._publisher.is_at_rest
        return (do.RefillBucket,) if is_ready else ()

    def refill_ended(self, vector: Vector | None, now: float) -> None:
        """Begin anew with what stands there now; the hint tells others how far logs reached."""
        if self.phase is Phase.REFILLING:
            self.phase, self.refilled = Phase.GREETING, vector
            self.refill_ends += 1
            self._lookout.own_log_grew(now)
