"""A node's side of the protocol: it is told what happened, and says what to do.

A replicator holds no bytes, reads no clock and opens no connection. Whoever
runs it (`skygarth.node.conductor`, or a simulated cloud) carries its
instructions out, in order, and tells it what came of each. The same events at
the same times give the same instructions.

How a node starts (REP-20)::

    Started ─▶ find repository ─▶ list tail ─▶ [own slot ahead? read it] ─▶
      [moved, or rolled back: take a new incarnation] ─▶
      [empty: find and load a snapshot] ─▶ read what others wrote ─▶ caught up

From then on it reads, applies and publishes as news and local changes come.
What is wrong with one author's log stops that log alone (REP-40).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

from skygarth.model.errors import SkygarthError
from skygarth.model.position import Incarnation, Position, Vector
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.peers import Peers
from skygarth.replication.publishing import Publisher, Stage
from skygarth.replication.timing import Backoff, PollRhythm, Timing

_OF_THE_NODE = (
    ev.LocalChanged,
    ev.NoticeHeard,
    ev.Paused,
    ev.Resumed,
    ev.ClockMeasured,
    ev.ClockJumped,
    ev.Released,
    ev.IncarnationTaken,
)


class Phase(StrEnum):
    """How far a node's start has come."""

    CLOSED = "closed"
    GREETING = "greeting"  # which repository does the bucket hold?
    LISTING = "listing"  # how far do logs reach, the own one included?
    IDENTIFYING = "identifying"  # is this identity still ours alone?
    CHOOSING = "choosing"  # is there a snapshot to begin with?
    POPULATING = "populating"
    RUNNING = "running"
    HALTED = "halted"


_ASKING: dict[Phase, type] = {
    Phase.GREETING: do.FindRepository,
    Phase.LISTING: do.ListTail,
    Phase.CHOOSING: do.FindSnapshot,
    Phase.POPULATING: do.LoadSnapshot,
}
"""What is asked in each phase of the start."""


class Replicator:
    """The state machine.

    Args:
        timing: when to send, poll and retry.
        jitter: a number in [0, 1) for spreading retries; chance is handed in.
    """

    def __init__(self, timing: Timing, jitter: Callable[[], float]) -> None:
        self.timing = timing
        self.phase = Phase.CLOSED
        self.peers = Peers()
        self.publisher = Publisher(timing, Backoff(timing, jitter))
        self.rhythm = PollRhythm(timing)
        self.backoff = Backoff(timing, jitter)
        self.apply_backoff = Backoff(timing, jitter)
        self.last_fault: SkygarthError | None = None
        self.repository = ""
        self.is_paused = False
        self.clock_is_trusted = False  # until it was measured (CLK-6)
        self.was_caught_up = False
        self.halted: do.Halt | None = None
        self._started: ev.Started | None = None
        self._asked: set[type] = set()
        self._list_at = float("-inf")
        self._measure_at = float("-inf")
        self._leaving = ""
        self._hint_is_stale = False
        self._hint_at = float("-inf")
        self._applying: Position | None = None
        self._deferred: do.TakeIncarnation | None = None

    # -- what others may know --------------------------------------------------------

    @property
    def is_ready(self) -> bool:
        """Whether the node has once been caught up since it started."""
        return self.phase is Phase.RUNNING and self.was_caught_up

    @property
    def vector(self) -> dict[Incarnation, int]:
        """Applied through, by log, the own one included."""
        own = {self.publisher.incarnation: self.publisher.sequence}
        return {name: n for name, n in (self.peers.vector | own).items() if n}

    def wake_at(self, now: float) -> float:
        """When to tick at the latest, if nothing happens before."""
        if self.phase in {Phase.CLOSED, Phase.HALTED} or self.is_paused:
            return float("inf")
        if self._deferred is not None:
            return max(now, self.backoff.until)
        times = self._times_of_requests(now)
        if self.apply_backoff.until > now:
            times.append(self.apply_backoff.until)
        due = self.publisher.due_at(now)
        if due is not None and self.phase is Phase.IDENTIFYING:
            times.append(max(due, self.backoff.until))
        elif due is not None and self.phase is Phase.RUNNING and self.clock_is_trusted:
            times.append(due)
        return min(times, default=float("inf"))

    def _times_of_requests(self, now: float) -> list[float]:
        """When each request wants to be made; one under way answers, or fails, by itself."""
        if self.phase in _ASKING:
            wanted = {_ASKING[self.phase]: now}
        elif self.phase is Phase.RUNNING:
            wanted = {
                do.ListTail: self._list_at,
                do.MeasureClock: self._measure_at,
            }
            if do.ListTail not in self._asked:
                wanted[do.ReadHint] = self.rhythm.due_at
            if self._hint_is_stale:
                wanted[do.WriteHint] = self._hint_at
        else:
            wanted = {}
        return [
            max(due, self.backoff.until) for kind, due in wanted.items() if kind not in self._asked
        ]

    # -- the machine --------------------------------------------------------------------

    def step(self, event: ev.Event, now: float) -> list[do.Instruction]:
        """Take in an event at a time (milliseconds, never going back); what to do now."""
        instructions = list(self._take(event, now))
        instructions += self._go_on(now)
        return instructions

    def _take(self, event: ev.Event, now: float) -> Iterator[do.Instruction]:
        match event:
            case ev.Started():
                self._start(event)
            case ev.RequestFailed():
                self._fail(event, now)
            case ev.RepositoryFound():
                yield from self._meet(event)
            case ev.TailListed():
                yield from self._listed(event, now)
            case ev.HintSeen():
                self._hinted(event, now)
            case ev.HintWritten():
                self._asked.discard(do.WriteHint)
            case ev.SnapshotFound() | ev.SnapshotLoaded():
                yield from self._populate(event, now)
            case ev.Tick():
                pass
            case _ if isinstance(event, _OF_THE_NODE):
                yield from self._take_of_node(event, now)
            case _:
                yield from self._take_of_segment(event, now)

    def _take_of_node(self, event: ev.Event, now: float) -> Iterator[do.Instruction]:
        """What the node, its operator, its clock or a notice says."""
        match event:
            case ev.LocalChanged():
                self.publisher.unpublished = event.objects
                self.publisher.urgent |= event.urgent
            case ev.NoticeHeard(position):
                self.peers.rumour(position, self.publisher.incarnation)
            case ev.Paused() | ev.Resumed():
                self.is_paused = isinstance(event, ev.Paused)
                self.rhythm.expect(now)
            case ev.ClockMeasured():
                self._clock_measured(event, now)
            case ev.ClockJumped():
                self._clock_jumped(now)
            case ev.Released(incarnation):
                self.peers.log(incarnation).refused_from = None
                yield do.ReleaseLog(incarnation)
            case _:
                assert isinstance(event, ev.IncarnationTaken)
                self._renamed(event, now)

    def _take_of_segment(self, event: ev.Event, now: float) -> Iterator[do.Instruction]:
        match event:
            case ev.SegmentPacked():
                self.publisher.was_packed(event)
            case ev.SegmentStored():
                yield from self.publisher.was_stored()
                self._spread(now)
            case ev.SlotTaken():
                self.publisher.slot_is_taken()
            case ev.SlotRead():
                yield from self._slot_read(event, now)
            case ev.SegmentFetched(position, needs):
                self.backoff.succeeded()
                self.peers.was_found(position)
                yield from self._fetched(position, needs)
            case ev.SegmentAbsent(position):
                if self.peers.was_absent(position):
                    self.backoff.failed(now)
            case ev.SegmentRefused():
                yield from self._refused(event)
            case ev.SegmentApplied(position):
                self._applying = None
                self.peers.applied(position)
                self.apply_backoff.succeeded()
                self.rhythm.expect(now)
            case _:
                raise AssertionError(f"an event that nobody takes: {event!r}")

    def _go_on(self, now: float) -> Iterator[do.Instruction]:
        """Whatever can be done next, given what is known."""
        if self.is_paused or self.phase in {Phase.CLOSED, Phase.HALTED}:
            return
        if self._deferred is not None:
            # The database did not take it (a full disk?): nothing else is done before it has.
            if now >= self.backoff.until:
                deferred, self._deferred = self._deferred, None
                yield deferred
            return
        if self.phase is not Phase.RUNNING:
            yield from self._go_on_starting(now)
            return
        if now >= self.apply_backoff.until:
            yield from self._apply_next()
        if now >= self.backoff.until:
            if now >= self._measure_at:
                yield from self._ask(do.MeasureClock())
            yield from map(do.FetchSegment, self.peers.next_fetches(self.timing.fetches_max))
            yield from self._look_around(now)
        if self.clock_is_trusted:
            if self._leaving:
                self.publisher.look_at_slot()
            yield from self.publisher.advance(now)
        if self.peers.are_caught_up:
            self.was_caught_up = True

    # -- starting -----------------------------------------------------------------------------

    def _start(self, event: ev.Started) -> None:
        assert self.phase is Phase.CLOSED
        self._started = event
        self.phase = Phase.GREETING
        self.publisher.start(event.incarnation, event.sequence, event.digest)
        for incarnation, through in event.vector.items():
            if incarnation != event.incarnation:
                log = self.peers.log(incarnation)
                log.applied_through = log.known_through = through
        for incarnation, sequence in event.quarantined.items():
            self.peers.log(incarnation).refused_from = sequence

    def _go_on_starting(self, now: float) -> Iterator[do.Instruction]:
        if now < self.backoff.until:
            return
        match self.phase:
            case Phase.GREETING:
                assert self._started is not None
                yield from self._ask(do.FindRepository(create=not self._started.repository))
            case Phase.LISTING:
                yield from self._ask(do.ListTail())
            case Phase.IDENTIFYING:
                yield from self.publisher.advance(now)
            case Phase.CHOOSING:
                yield from self._ask(do.FindSnapshot())
            case Phase.POPULATING:
                yield from self._ask(do.LoadSnapshot())
            case _:
                pass

    def _ask(self, instruction: do.Instruction) -> Iterator[do.Instruction]:
        """An instruction of which one may be under way at a time."""
        if type(instruction) not in self._asked:
            self._asked.add(type(instruction))
            yield instruction

    def _meet(self, event: ev.RepositoryFound) -> Iterator[do.Instruction]:
        """The bucket holds a repository: ours, a first one, or somebody else's (REP-24)."""
        self._asked.discard(do.FindRepository)
        self.backoff.succeeded()
        assert self._started is not None
        mine = self.repository or self._started.repository
        if mine and event.repository != mine:
            yield from self._halt(
                "SG-REPOSITORY-001" if event.repository else "SG-REPOSITORY-002",
                f"this database belongs to repository {mine}, and the bucket holds"
                f" {event.repository or 'none (it was wiped?)'}",
                "point the node at its own bucket; or start with an empty data folder",
            )
            return
        assert event.repository
        self.repository = event.repository
        if not mine:
            yield do.AdoptRepository(event.repository)
        if self.phase is Phase.GREETING:
            self.phase = Phase.LISTING

    def _listed(self, event: ev.TailListed, now: float) -> Iterator[do.Instruction]:
        self._asked.discard(do.ListTail)
        self.backoff.succeeded()
        quiet = self.rhythm.is_quiet
        self._list_at = now + (self.timing.list_ms_max if quiet else self.timing.list_ms)
        own = event.heads.get(self.publisher.incarnation, 0)
        news = self.peers.learn(event.heads, self.publisher.incarnation)
        if self.phase is Phase.LISTING:
            self._identify(own)
            return
        self.publisher.suspect(own)
        if news:
            self.rhythm.expect(now)
        if self.phase is Phase.RUNNING and own < self.publisher.sequence:
            # An old listing, or a bucket that was wiped or exchanged meanwhile (REP-24)?
            yield from self._ask(do.FindRepository(create=False))

    def _identify(self, own_head: int) -> None:
        """Is this identity still ours alone? (REP-22)"""
        assert self._started is not None
        if self._started.moved:
            self._leaving = "the database was moved or copied"
        if self._leaving or own_head > self.publisher.sequence:
            self.phase = Phase.IDENTIFYING
            self.publisher.look_at_slot()
        else:
            self._identified()

    def _take_new_identity(self, reason: str, own_head: int) -> Iterator[do.Instruction]:
        """The old log goes on as a peer's: whatever stands in it was written by somebody."""
        old = self.peers.log(self.publisher.incarnation)
        old.applied_through = self.publisher.sequence
        old.known_through = max(old.applied_through, own_head)
        self.publisher.rename()
        yield do.TakeIncarnation(reason)

    def _slot_read(self, event: ev.SlotRead, now: float) -> Iterator[do.Instruction]:
        grown = self.publisher.slot_was_read(event)
        if grown is None:
            reason = self._leaving or "another holder of this identity wrote to its log"
            yield from self._take_new_identity(reason, event.position.sequence)
        elif grown:
            yield from grown
            if self.phase is Phase.IDENTIFYING:
                # An answer was lost before the stop; the listing may show still more.
                self.phase = Phase.LISTING
            else:
                self._spread(now)
        elif self._leaving and self.publisher.stage is Stage.IDLE:
            yield from self._take_new_identity(self._leaving, self.publisher.sequence)
        elif self.phase is Phase.IDENTIFYING:
            self._identified()

    def _renamed(self, event: ev.IncarnationTaken, now: float) -> None:
        self.publisher.start(event.incarnation, 0, "")
        self.publisher.unpublished = event.objects
        self._leaving = ""
        if self.phase is Phase.IDENTIFYING:
            self._identified()
        self.rhythm.expect(now)
        self._list_at = now

    def _identified(self) -> None:
        assert self._started is not None
        empty = not self._started.vector or self._started.populating
        self.phase = Phase.CHOOSING if empty else Phase.RUNNING

    def _populate(
        self, event: ev.SnapshotFound | ev.SnapshotLoaded, now: float
    ) -> Iterator[do.Instruction]:
        self.backoff.succeeded()
        if isinstance(event, ev.SnapshotFound):
            self._asked.discard(do.FindSnapshot)
            self.phase = Phase.RUNNING if event.vector is None else Phase.POPULATING
            return
        self._asked.discard(do.LoadSnapshot)
        own = self.publisher.incarnation
        yield from map(do.DiscardSegment, self.peers.stand_at(event.vector, own))
        self.phase = Phase.RUNNING
        self._list_at = now

    def _clock_measured(self, event: ev.ClockMeasured, now: float) -> None:
        """Under a wrong clock nothing is published; when it is mended, stamps are given anew.

        They are given under a new identity, and not before the segment on its way has
        met its slot: what that holds must not be said again (CLK-7).
        """
        self._asked.discard(do.MeasureClock)
        self._measure_at = now + self.timing.clock_ms
        self.clock_is_trusted = event.trusted
        if event.mended:
            self._leaving = "the clock was mended"

    def _clock_jumped(self, now: float) -> None:
        """Nothing was packed; the next measurement decides (CLK-6)."""
        self.publisher.failed(now, lasting=False)
        self.clock_is_trusted, self._measure_at = False, now

    # -- reading what others write -----------------------------------------------------------

    def _look_around(self, now: float) -> Iterator[do.Instruction]:
        """Read the hint when it is due, list when that is due, write the hint when it is stale."""
        if now >= self._list_at:
            yield from self._ask(do.ListTail())
        if now >= self.rhythm.due_at and do.ListTail not in self._asked:
            yield from self._ask(do.ReadHint())
        may_hint = now >= self._hint_at and do.WriteHint not in self._asked
        if self._hint_is_stale and may_hint:
            self._hint_is_stale = False
            yield from self._ask(do.WriteHint(self._heads()))

    def _heads(self) -> dict[Incarnation, int]:
        known = {name: log.known_through for name, log in self.peers.logs.items()}
        own = {self.publisher.incarnation: self.publisher.sequence}
        return {name: head for name, head in (known | own).items() if head}

    def _hinted(self, event: ev.HintSeen, now: float) -> None:
        self._asked.discard(do.ReadHint)
        self.backoff.succeeded()
        news = False
        if event.heads is not None:
            news = self.peers.learn(event.heads, self.publisher.incarnation)
            own = event.heads.get(self.publisher.incarnation, 0)
            self.publisher.suspect(own)
            self._hint_is_stale = own < self.publisher.sequence
        self.rhythm.looked(now, news)

    def _spread(self, now: float) -> None:
        """The own log has grown: say so in the hint, when a notice has had its time."""
        if not self._hint_is_stale:
            self._hint_is_stale, self._hint_at = True, now + self.timing.hint_ms
        self.rhythm.expect(now)

    def _fetched(self, position: Position, needs: Vector) -> Iterator[do.Instruction]:
        log = self.peers.log(position.incarnation)
        if position.sequence <= log.applied_through or position.sequence > log.readable_through:
            log.fetching.discard(position.sequence)
            yield do.DiscardSegment(position)
            return
        self.peers.park(position, needs, self.publisher.incarnation)
        # A peer has read what we never wrote: we were rolled back, or have a twin.
        self.publisher.suspect(needs.get(self.publisher.incarnation, 0))

    def _apply_next(self) -> Iterator[do.Instruction]:
        if self._applying is not None:
            return
        own = {self.publisher.incarnation: self.publisher.sequence}
        position = self.peers.next_apply(own)
        if position is not None:
            self._applying = position
            yield do.ApplySegment(position)

    def _refused(self, event: ev.SegmentRefused) -> Iterator[do.Instruction]:
        """Transport may damage a segment once; a second time it is the author's (REP-40)."""
        log = self.peers.log(event.position.incarnation)
        sequence = event.position.sequence
        was_applying = self._applying == event.position
        if was_applying:
            self._applying = None
        log.fetching.discard(sequence)
        log.parked.pop(sequence, None)
        if sequence not in log.tried_again and not was_applying:
            log.tried_again.add(sequence)
            return
        yield from map(do.DiscardSegment, self.peers.refuse(event.position))
        yield do.QuarantineLog(event.position, event.code, event.reason)

    # -- trouble ---------------------------------------------------------------------------------

    def _fail(self, event: ev.RequestFailed, now: float) -> None:
        instruction = event.instruction
        self.last_fault = event.fault
        match instruction:
            case do.PutSegment() | do.ReadSlot() | do.PackSegment():
                self.publisher.failed(now, lasting=event.lasting)
                return
            case do.MarkPublished():
                self.publisher.not_marked(now, instruction)
                return
            case do.TakeIncarnation():
                self._deferred = instruction
            case do.FetchSegment(position):
                self.peers.log(position.incarnation).fetching.discard(position.sequence)
            case do.ApplySegment(position):
                assert position == self._applying
                self._applying = None
                self.apply_backoff.failed(now, lasting=event.lasting)
                return
            case _:
                self._asked.discard(type(instruction))
        if not isinstance(instruction, do.WriteHint):
            self.backoff.failed(now, lasting=event.lasting)

    def _halt(self, code: str, reason: str, hint: str) -> Iterator[do.Instruction]:
        self.phase = Phase.HALTED
        self.halted = do.Halt(code, reason, hint)
        yield self.halted
