"""A node's side of the protocol: it is told what happened, and says what to do.

A replicator holds no bytes, reads no clock and opens no connection. Whoever
runs it (`skygarth.node.conductor`, or a simulated cloud) carries its
instructions out, in order, and tells it what came of each. The same events at
the same times give the same instructions.

How a node starts (REP-20)::

    Started ─▶ find repository ─▶ list tail ─▶ [own slot ahead? read it] ─▶
      [moved, or rolled back: take a new incarnation] ─▶
      [empty: find and load a snapshot] ─▶ read what others wrote ─▶ caught up

(`course` decides there.) From then on it reads (`reader`), applies and publishes
(`publishing`) as news and local changes come, and looks around (`lookout`).
What is wrong with one author's log stops that log alone (REP-40).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from skygarth.model.errors import SkygarthError
from skygarth.model.position import Incarnation
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.asking import Asking
from skygarth.replication.course import Course
from skygarth.replication.lookout import Lookout
from skygarth.replication.peers import Peers
from skygarth.replication.phases import ASKING, Phase
from skygarth.replication.publishing import Publisher
from skygarth.replication.reader import Reader
from skygarth.replication.timing import Backoff, Timing
from skygarth.replication.trouble import Trouble

_ANSWERS: dict[type, type] = {
    ev.RepositoryFound: do.FindRepository,
    ev.TailListed: do.ListTail,
    ev.HintSeen: do.ReadHint,
    ev.SnapshotFound: do.FindSnapshot,
    ev.SnapshotLoaded: do.LoadSnapshot,
    ev.LogProven: do.ProveLog,
    ev.BucketRefilled: do.RefillBucket,
}
"""Which question an event answers; what the bucket has answered shows that it is there."""

_OF_THE_NODE = (
    ev.LocalChanged,
    ev.NoticeHeard,
    ev.Paused,
    ev.Resumed,
    ev.ClockMeasured,
    ev.ClockJumped,
    ev.Released,
    ev.RefillOrdered,
    ev.DatabaseLost,
    ev.IncarnationTaken,
)


class Replicator:
    """The state machine.

    Args:
        timing: when to send, poll and retry.
        jitter: a number in [0, 1) for spreading retries; chance is handed in.
    """

    def __init__(self, timing: Timing, jitter: Callable[[], float]) -> None:
        self.timing = timing
        self.publisher = Publisher(timing, Backoff(timing, jitter))
        self.reader = Reader(timing, jitter, self.publisher)
        self.backoff = Backoff(timing, jitter)
        self._asking = Asking()
        self._lookout = Lookout(timing, self._asking)
        self.course = Course(self.publisher, self.reader, self._lookout, self._asking)
        self.last_fault: SkygarthError | None = None
        self.is_paused = False
        self.clock_is_trusted = False  # until it was measured (CLK-6)
        self.was_caught_up = False
        self._measure_at = float("-inf")
        self._deferred: do.TakeIncarnation | None = None

    # -- what others may know --------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """How far it has come with its bucket."""
        return self.course.phase

    @property
    def repository(self) -> str:
        """Id of the repository that the bucket was seen to hold; "" before the first contact."""
        return self.course.repository

    @property
    def is_at_home(self) -> bool:
        """Whether the bucket was last seen to hold this database's repository."""
        return bool(self.course.repository) and not self.course.looks_again

    @property
    def halted(self) -> do.Halt | None:
        """Why nothing is replicated; None while something is."""
        return self.course.halted

    @property
    def trouble(self) -> Trouble | None:
        """What does not mend itself while replication goes on; None if nothing is wrong."""
        return self.reader.trouble or self.course.trouble

    @property
    def peers(self) -> Peers:
        """How far every other log is known and applied."""
        return self.reader.peers

    @property
    def is_ready(self) -> bool:
        """Whether the node has once been caught up since it started."""
        return self.was_caught_up and self.phase is not Phase.HALTED

    @property
    def vector(self) -> dict[Incarnation, int]:
        """Applied through, by log, the own one included."""
        return self.course.vector

    def wake_at(self, now: float) -> float:
        """When to tick at the latest, if nothing happens before."""
        is_halted = self.phase is Phase.HALTED and not self.course.looks_again
        if self.phase is Phase.CLOSED or is_halted or self.is_paused:
            return float("inf")
        if self._deferred is not None:
            return max(now, self.backoff.until)
        times = self._times_of_requests(now)
        if self.phase is Phase.RUNNING:
            times.append(self.reader.peers.looks_again_at(now))
            times += [until for until in [self.reader.backoff.until] if until > now]
        due = self.publisher.due_at(now)
        if due is not None and self.phase is Phase.IDENTIFYING:
            times.append(max(due, self.backoff.until))
        elif due is not None and self._publishes:
            times.append(due)
        return min(times, default=float("inf"))

    @property
    def _publishes(self) -> bool:
        return self.phase in {Phase.RUNNING, Phase.REFILLING} and self.clock_is_trusted

    def _times_of_requests(self, now: float) -> list[float]:
        """When each request wants to be made; one under way answers, or fails, by itself."""
        wanted: dict[type, float] = {}
        if self.phase in ASKING:
            wanted[ASKING[self.phase]] = now
        elif self.phase is Phase.RUNNING:
            wanted = {**self._lookout.due_times(), do.MeasureClock: self._measure_at}
        elif self.phase is Phase.REFILLING:
            wanted = {do.MeasureClock: self._measure_at}
            if self.clock_is_trusted:
                wanted |= dict.fromkeys(self.course.wanted_for_refill, now)
        elif self.course.looks_again:
            wanted[do.FindRepository] = self._lookout.list_at
        return [
            max(due, self.backoff.until) for kind, due in wanted.items() if kind not in self._asking
        ]

    # -- the machine --------------------------------------------------------------------

    def step(self, event: ev.Event, now: float) -> list[do.Instruction]:
        """Take in an event at a time (milliseconds, never going back); what to do now."""
        answered = _ANSWERS.get(type(event))
        if answered is not None:
            self._asking.answered(answered)
            self.backoff.succeeded()
        instructions = list(self._take(event, now))
        instructions += self._go_on(now)
        return instructions

    def _take(self, event: ev.Event, now: float) -> Iterator[do.Instruction]:
        match event:
            case ev.Started():
                self.is_paused = event.paused
                self.course.start(event)
            case ev.RequestFailed():
                self._fail(event, now)
            case ev.HintWritten():
                self._asking.answered(do.WriteHint)
            case ev.Tick():
                pass
            case _ if type(event) in _ANSWERS:
                yield from self._take_answer(event, now)
            case _ if isinstance(event, _OF_THE_NODE):
                yield from self._take_of_node(event, now)
            case _:
                yield from self._take_of_segment(event, now)

    def _take_answer(self, event: ev.Event, now: float) -> Iterator[do.Instruction]:
        """What the bucket has answered to a question."""
        match event:
            case ev.RepositoryFound():
                yield from self.course.met(event, now)
            case ev.TailListed():
                yield from self._listed(event, now)
            case ev.HintSeen():
                self._hinted(event, now)
            case ev.SnapshotFound(vector):
                yield from self.course.found_snapshot(vector)
            case ev.LogProven():
                self.course.proven(event)
            case ev.BucketRefilled(vector):
                self.course.refill_ended(vector, now)
            case _:
                assert isinstance(event, ev.SnapshotLoaded)
                yield from self.course.populated(event.vector, now)

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
                self._lookout.expect(now)
            case ev.ClockMeasured():
                self._clock_measured(event, now)
            case ev.ClockJumped():
                self._clock_jumped(now)
            case ev.Released(incarnation):
                self.peers.log(incarnation).refused_from = None
                yield do.ReleaseLog(incarnation)
            case ev.RefillOrdered():
                yield from self.course.begin_refill()
            case ev.DatabaseLost():
                yield from self.course.lose_database(event)
            case _:
                assert isinstance(event, ev.IncarnationTaken)
                self.course.renamed(event, now)

    def _take_of_segment(self, event: ev.Event, now: float) -> Iterator[do.Instruction]:
        match event:
            case ev.SegmentPacked():
                self.publisher.was_packed(event)
            case ev.SegmentStored():
                yield from self.publisher.was_stored()
                self._lookout.own_log_grew(now)
            case ev.SlotTaken():
                self.publisher.slot_is_taken()
            case ev.SlotRead():
                yield from self.course.read_slot(event, now)
            case ev.SegmentFetched(position, needs):
                self.backoff.succeeded()
                yield from self.reader.fetched(position, needs)
            case ev.SegmentAbsent(position):
                if self.reader.was_absent(position, now):
                    yield from self._asking.ask(do.FindSnapshot())
                if self.peers.has_false_hint:
                    self._lookout.saw_false_hint(now)
            case ev.SegmentRefused():
                yield from self.reader.refused(event)
            case ev.SegmentApplied(position):
                self.reader.applied(position)
                self._lookout.expect(now)
            case _:
                raise AssertionError(f"an event that nobody takes: {event!r}")

    def _go_on(self, now: float) -> Iterator[do.Instruction]:
        """Whatever can be done next, given what is known."""
        if self.is_paused or self.phase is Phase.CLOSED:
            return
        if self.phase is Phase.HALTED:
            if self.course.looks_again and now >= max(self._lookout.list_at, self.backoff.until):
                yield from self._asking.ask(do.FindRepository(create=False))
            return
        if self._deferred is not None:
            # The database did not take it (a full disk?): nothing else is done before it has.
            if now >= self.backoff.until:
                deferred, self._deferred = self._deferred, None
                yield deferred
            return
        if self.phase is Phase.RUNNING:
            yield from self._run(now)
        elif now >= self.backoff.until:
            if self.phase is Phase.REFILLING:
                yield from self._measure(now)
            if self.phase is not Phase.REFILLING or self.clock_is_trusted:
                yield from self.course.ask(now)

    def _run(self, now: float) -> Iterator[do.Instruction]:
        """Read, look around and publish."""
        yield from self.reader.apply_next(now)
        if now >= self.backoff.until:
            yield from self._measure(now)
            yield from self.reader.fetch_next(now)
            yield from self._lookout.look(now, self._heads())
        if self.clock_is_trusted:
            if self.course.leaving:
                self.publisher.look_at_slot()
            yield from self.publisher.advance(now)
        if self.peers.are_caught_up:
            self.was_caught_up = True

    # -- looking around ------------------------------------------------------------------

    def _listed(self, event: ev.TailListed, now: float) -> Iterator[do.Instruction]:
        self._lookout.list_next(now)
        is_starting = self.phase is Phase.LISTING
        news = self.peers.listed(event.heads, self.publisher.incarnation)
        yield from self.course.listed(event)
        if not is_starting:
            self.publisher.suspect(event.heads.get(self.publisher.incarnation, 0))
            if news:
                self._lookout.expect(now)

    def _heads(self) -> dict[Incarnation, int]:
        own = {self.publisher.incarnation: self.publisher.sequence}
        return {name: head for name, head in (self.peers.heads | own).items() if head}

    def _hinted(self, event: ev.HintSeen, now: float) -> None:
        news = False
        if event.heads is not None:
            news = self.peers.hinted(event.heads, self.publisher.incarnation)
            own = event.heads.get(self.publisher.incarnation, 0)
            self.publisher.suspect(own)
            self._lookout.saw_own_head(own, self.publisher.sequence)
            if self.peers.has_false_hint:
                self._lookout.saw_false_hint(now)
        self._lookout.saw_hint(now, news=news)

    # -- time ------------------------------------------------------------------------------

    def _measure(self, now: float) -> Iterator[do.Instruction]:
        if now >= self._measure_at:
            yield from self._asking.ask(do.MeasureClock())

    def _clock_measured(self, event: ev.ClockMeasured, now: float) -> None:
        """Under a wrong clock nothing is published; when it is mended, stamps are given anew.

        They are given under a new identity, and not before the segment on its way has
        met its slot: what that holds must not be said again (CLK-7).
        """
        self._asking.answered(do.MeasureClock)
        self._measure_at = now + self.timing.clock_ms
        self.clock_is_trusted = event.trusted
        if event.mended:
            self.course.leaving = "the clock was mended"

    def _clock_jumped(self, now: float) -> None:
        """Nothing was packed; the next measurement decides (CLK-6)."""
        self.publisher.failed(now, lasting=False)
        self.clock_is_trusted, self._measure_at = False, now

    # -- failures ----------------------------------------------------------------------------

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
                self.reader.not_fetched(position)
            case do.ApplySegment(position):
                self.reader.not_applied(position, now, lasting=event.lasting)
                return
            case do.RefillBucket() if event.lasting:
                self._asking.answered(do.RefillBucket)
                self.course.refill_ended(None, now)
                return
            case _:
                self._asking.answered(type(instruction))
        if not isinstance(instruction, do.WriteHint):
            self.backoff.failed(now, lasting=event.lasting)
