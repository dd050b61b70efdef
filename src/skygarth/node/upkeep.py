"""What a node does once in a while, besides replicating.

One thread: it publishes the card, compares clocks, and takes a snapshot when
the tail has grown long. Nothing here is needed for correctness; whatever fails
is tried again at the next round.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from skygarth.clock.port import Clock
from skygarth.model.errors import SkygarthError

_BUG = "bug"
_log = structlog.get_logger("skygarth.upkeep")


@dataclass(slots=True)
class Duty:
    """Something to do every so many seconds."""

    name: str
    deed: Callable[[], None]
    every_seconds: float
    due_at: float = field(default=float("-inf"))


class Upkeep:
    """Does duties when they are due, until it is stopped."""

    def __init__(self, clock: Clock, duties: Iterable[Duty], *, step_seconds: float = 0.5) -> None:
        self._clock = clock
        self._duties = list(duties)
        self._step_seconds = step_seconds
        self._stopping = threading.Event()
        self._waiting: dict[str, str] = {}
        self._thread = threading.Thread(target=self._run, name="skygarth-upkeep", daemon=True)

    def add(self, duty: Duty) -> None:
        """One more duty, before `start`."""
        self._duties.append(duty)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the duty at hand; a request that hangs is not waited for."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1)

    def _run(self) -> None:
        while not self._stopping.wait(self._step_seconds):
            for duty in self._duties:
                now = self._clock.monotonic()
                if now >= duty.due_at and not self._stopping.is_set():
                    duty.due_at = now + duty.every_seconds
                    self._do(duty)

    def _do(self, duty: Duty) -> None:
        """Do it; a reason that keeps it waiting is told once, until it is done or changes."""
        try:
            duty.deed()
        except SkygarthError as fault:
            if self._waiting.get(duty.name) != fault.code:
                self._waiting[duty.name] = fault.code
                _log.info(
                    "a duty has to wait", duty=duty.name, code=fault.code, reason=fault.message
                )
        except Exception:  # noqa: BLE001 - a bug in one duty must not end the others for good
            if self._waiting.get(duty.name) != _BUG:
                self._waiting[duty.name] = _BUG
                _log.exception("a duty failed on a bug", duty=duty.name)
        else:
            if self._waiting.pop(duty.name, ""):
                _log.info("a duty that had to wait is done", duty=duty.name)
