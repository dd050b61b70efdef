"""Runs a replicator: one thread decides and works in the database, others wait for the bucket.

Events come in through one queue. The deciding thread takes one, steps the
machine, carries database deeds out itself and hands requests to
`RequestThreads`, whose answers come back as events. A local commit pokes the
queue; commits by other processes on the same file are noticed by SQLite's data
version, looked at several times a second.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable

import structlog

from skygarth.clock.port import Clock
from skygarth.database.port import Database
from skygarth.node.conductor import Conductor
from skygarth.node.journal import Journal
from skygarth.node.requests import RequestThreads
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.replicator import Replicator

_log = structlog.get_logger("skygarth.replication")

NEIGHBOUR_POLL_SECONDS = 0.25
REQUESTS = (
    do.FindRepository,
    do.ListTail,
    do.ReadHint,
    do.WriteHint,
    do.FindSnapshot,
    do.FetchSegment,
    do.PutSegment,
    do.ReadSlot,
    do.ProveLog,
    do.RefillBucket,
    do.MeasureClock,
)
"""Instructions that wait for the network; the others are deeds in the database."""


class Runtime:
    """The moving parts around one replicator."""

    def __init__(
        self,
        replicator: Replicator,
        conductor: Conductor,
        database: Database,
        clock: Clock,
        threads: RequestThreads,
        journal: Journal | None = None,
    ) -> None:
        self.replicator = replicator
        self._conductor = conductor
        self._database = database
        self._clock = clock
        self._threads = threads
        self._journal = journal
        self._events: queue.SimpleQueue[ev.Event | _Poke | None] = queue.SimpleQueue()
        self._progress = threading.Condition()
        self._published_through = 0
        self._thread = threading.Thread(target=self._run, name="skygarth-replicator", daemon=True)
        self._failed = ""
        self.last_progress = clock.monotonic()

    # -- what others call ----------------------------------------------------------------

    def start(self, event: ev.Started) -> None:
        """Begin; `event` says what the database knows of itself."""
        self._published_through = self._database.replica().published_through()
        self._events.put(event)
        self._events.put(_Poke())
        self._thread.start()

    def tell(self, event: ev.Event) -> None:
        """Let the replicator know of something."""
        self._events.put(event)

    def changed(self, *, urgent: bool = False) -> None:
        """Local transactions have committed."""
        self._events.put(_Poke(urgent=urgent))

    def published(self, through: int) -> None:
        """Local changes through this feed sequence are in the bucket."""
        with self._progress:
            self._published_through = max(self._published_through, through)
            self._progress.notify_all()

    def wait_published(self, sequence: int, timeout: float) -> bool:
        """Wait until a local change is in the bucket; False if the time (seconds) ran out."""
        self.changed(urgent=True)
        with self._progress:
            return self._progress.wait_for(
                lambda: self._published_through >= sequence, timeout=timeout
            )

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until something holds that replication brings about."""
        with self._progress:
            return self._progress.wait_for(condition, timeout=timeout)

    def stop(self) -> None:
        """End the deciding thread after its current deed."""
        self._events.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    @property
    def fault(self) -> str:
        """Why the deciding thread has ended by itself; "" while it runs."""
        return self._failed

    # -- the deciding thread -----------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (event := self._next_event()) is not None:
                self._handle(event)
        except Exception as bug:  # noqa: BLE001 - the last word of this thread: status and health tell it on
            self._failed = f"{type(bug).__name__}: {bug}"
            _log.exception("replication has stopped on a bug; the node serves on")
        finally:
            with self._progress:
                self._progress.notify_all()

    def _next_event(self) -> ev.Event | _Poke | None:
        now = self._now_ms()
        wait = (self.replicator.wake_at(now) - now) / 1000
        try:
            return self._events.get(timeout=max(0.0, min(wait, NEIGHBOUR_POLL_SECONDS)))
        except queue.Empty:
            return _Poke() if self._database.changed_by_neighbours() else ev.Tick()

    def _handle(self, event: ev.Event | _Poke) -> None:
        waiting: deque[ev.Event] = deque([self._heard(event)])
        while waiting:
            for instruction in self._step(waiting.popleft()):
                if isinstance(instruction, REQUESTS):
                    self._threads.submit(self._request(instruction))
                    continue
                answer = self._conductor.carry_out(instruction)
                if answer is not None:
                    waiting.append(answer)
        self.last_progress = self._clock.monotonic()
        with self._progress:
            self._progress.notify_all()

    def _step(self, event: ev.Event) -> list[do.Instruction]:
        """Step the machine, and let the journal see before and after."""
        if self._journal is None:
            return self.replicator.step(event, self._now_ms())
        self._journal.heard(event)
        instructions = self.replicator.step(event, self._now_ms())
        for instruction in instructions:
            self._journal.told(instruction)
        self._journal.compare()
        return instructions

    def _heard(self, event: ev.Event | _Poke) -> ev.Event:
        if not isinstance(event, _Poke):
            return event
        objects, _ = self._database.replica().unpublished()
        return ev.LocalChanged(objects, urgent=event.urgent and objects > 0)

    def _request(self, instruction: do.Instruction) -> Callable[[], None]:
        def job() -> None:
            try:
                answer = self._conductor.carry_out(instruction)
            except Exception as bug:  # noqa: BLE001 - as in _run
                self._failed = f"{type(bug).__name__}: {bug}"
                _log.exception("a request failed on a bug", instruction=repr(instruction))
                return
            assert answer is not None, "a request is always answered"
            self._events.put(answer)

        return job

    def _now_ms(self) -> float:
        return self._clock.monotonic() * 1000


class _Poke:
    """That local changes may wait; how many is looked up by the deciding thread."""

    def __init__(self, *, urgent: bool = False) -> None:
        self.urgent = urgent
