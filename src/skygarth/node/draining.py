"""Out of traffic, and back: what happens between "take no more" and "nothing is left here".

::

    serving ──begin──► draining ──all is answered, all is in the bucket──► drained
       ▲                   │                                                 │
       └──────return───────┴─────────────────────────────────────────────────┤
                                               leave: once caches are over ──► end

Readiness is refused the moment it begins. What stands where visitors look (DNS,
front-ends) is withdrawn before `begin` returns. The rest takes its time in a
thread: visitors are answered, what was written is published (MBR-7).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from skygarth.model.errors import SkygarthError
from skygarth.node.traffic import Traffic

_log = structlog.get_logger("skygarth.node")

FINISH_SECONDS = 30.0
QUIET_SECONDS = 1.0
"""No visitor for so long means that front-ends have noticed."""
STEP_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What draining needs of its node.

    Attributes:
        traffic: who waits for an answer.
        withdraw: be gone from where visitors look; returns when that is done.
        rejoin: a later `withdraw` counts anew.
        publish: put all that was written into the bucket, within so many seconds; whether
            all of it is there.
        tell: say to the others what has changed.
        linger_seconds: how long caches may lead visitors here after a withdrawal.
    """

    traffic: Traffic
    withdraw: Callable[[], None]
    rejoin: Callable[[], None]
    publish: Callable[[float], bool]
    tell: Callable[[], None]
    linger_seconds: Callable[[], float]


class Draining:
    """Whether a node takes traffic, and how far it is with leaving it.

    Args:
        monotonic: seconds that never go back.
        quiet_seconds: how long no visitor must have come before all count as answered.
    """

    def __init__(
        self,
        around: Surroundings,
        monotonic: Callable[[], float],
        *,
        quiet_seconds: float = QUIET_SECONDS,
    ) -> None:
        self._around = around
        self._monotonic = monotonic
        self._quiet_seconds = quiet_seconds
        self._moves = threading.Lock()
        self._changed = threading.Condition()
        self._phase = ""
        self._stopped = threading.Event()
        self._end: Callable[[], None] | None = None

    @property
    def phase(self) -> str:
        """Empty while the node takes traffic, then ``draining``, then ``drained``."""
        return self._phase

    @property
    def is_leaving(self) -> bool:
        """Whether the process ends when the node is drained."""
        return self._end is not None

    def begin(self, finish_seconds: float = FINISH_SECONDS) -> None:
        """Take no new traffic; returns when nobody is led here any more.

        Args:
            finish_seconds: how long those who are here already may take.
        """
        with self._moves:
            self._begin(finish_seconds)

    def leave(self, end: Callable[[], None], finish_seconds: float = FINISH_SECONDS) -> None:
        """Drain, and let the process end when all is done and caches are over (MBR-8).

        Args:
            end: called once, in another thread.
        """
        with self._moves:
            self._end = end
            self._begin(finish_seconds)

    def come_back(self) -> None:
        """Take traffic again, however far draining was; nothing if the node does."""
        with self._moves:
            if not self._phase:
                return
            with self._changed:
                self._end = None
                self._phase = ""
                self._stopped.set()
                self._changed.notify_all()
            self._around.rejoin()
            self._tell()

    def wait_drained(self, seconds: float) -> bool:
        """Wait until it is drained; False if the time ran out, or the node came back."""
        with self._changed:
            self._changed.wait_for(lambda: self._phase != "draining", timeout=seconds)
            return self._phase == "drained"

    def stop(self) -> None:
        """The node ends by itself: do nothing more."""
        self._stopped.set()

    def _begin(self, finish_seconds: float) -> None:
        if self._phase:
            return
        self._phase = "draining"
        stopped = self._stopped = threading.Event()
        self._tell()
        self._around.withdraw()
        threading.Thread(
            target=self._run, args=(stopped, finish_seconds), name="skygarth-draining", daemon=True
        ).start()

    def _run(self, stopped: threading.Event, finish_seconds: float) -> None:
        withdrawn_at = self._monotonic()
        if not self._empty_out(stopped, finish_seconds) or not self._arrive(stopped):
            return
        self._tell()
        while self._end is None or self._lingers(withdrawn_at):
            if stopped.wait(STEP_SECONDS):
                return
        end = self._end
        if self._empty_out(stopped, finish_seconds) and end is not None:
            end()

    def _empty_out(self, stopped: threading.Event, finish_seconds: float) -> bool:
        """Let visitors be answered, and publish what was written; False if it was called off."""
        deadline = self._monotonic() + finish_seconds
        while not stopped.is_set() and self._monotonic() < deadline:
            if self._around.traffic.wait_quiet(self._quiet_seconds, STEP_SECONDS):
                break
        # A node with something unpublished is not drained, however long the bucket is away.
        while not stopped.is_set() and not self._around.publish(STEP_SECONDS):
            stopped.wait(STEP_SECONDS)
        return not stopped.is_set()

    def _arrive(self, stopped: threading.Event) -> bool:
        with self._changed:
            if stopped.is_set():
                return False
            self._phase = "drained"
            self._changed.notify_all()
            return True

    def _lingers(self, withdrawn_at: float) -> bool:
        return self._monotonic() < withdrawn_at + self._around.linger_seconds()

    def _tell(self) -> None:
        try:
            self._around.tell()
        except SkygarthError as fault:
            _log.info("others hear of it later", phase=self._phase, reason=str(fault))
