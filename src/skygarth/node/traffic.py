"""How busy a node is with its visitors: for routing, and for draining.

Only visitors count as load, and work that a node does by itself (jobs) keeps it from
being quiet. Whoever looks after the node (health, metrics, dashboard,
its commands) would else keep it from ever being idle, and an event stream, which
lasts for hours, counts only until it has begun.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a node was for a while.

    Attributes:
        at_once: how many requests were being answered at once, on average.
        requests_per_second: how many came.
    """

    at_once: float = 0.0
    requests_per_second: float = 0.0


IDLE = Load()


class Traffic:
    """Counts requests from their beginning to their end. Threads may share one.

    Args:
        monotonic: seconds that never go back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._in_flight = 0
        self._working = 0
        self._begun = 0
        self._busy_seconds = 0.0
        self._counted_at = self._measured_at = monotonic()
        self._moved_at = float("-inf")

    @property
    def in_flight(self) -> int:
        """How many requests are being answered."""
        return self._in_flight

    def begin(self) -> None:
        """A request has come; `end` is called once for each."""
        with self._changed:
            self._count()
            self._in_flight += 1
            self._begun += 1
            self._moved_at = self._counted_at

    def end(self) -> None:
        """A request has been answered, or given up."""
        with self._changed:
            assert self._in_flight > 0, "every end has its begin"
            self._count()
            self._in_flight -= 1
            self._moved_at = self._counted_at
            if self._in_flight == 0:
                self._changed.notify_all()

    @contextmanager
    def working(self) -> Iterator[None]:
        """A block of work that nobody waits for, and that a draining node still ends."""
        with self._changed:
            self._working += 1
        try:
            yield
        finally:
            with self._changed:
                self._working -= 1
                self._changed.notify_all()

    def wait_quiet(self, quiet_seconds: float, seconds: float) -> bool:
        """Wait until nobody has waited for an answer for a while, and no work is at hand.

        False if the time ran out.
        """
        deadline = self._monotonic() + seconds
        with self._changed:
            while True:
                now = self._monotonic()
                is_idle = self._in_flight == 0 and self._working == 0
                quiet_at = self._moved_at + quiet_seconds if is_idle else float("inf")
                if now >= quiet_at:
                    return True
                if now >= deadline:
                    return False
                self._changed.wait(timeout=min(quiet_at, deadline) - now)

    def measure(self) -> Load:
        """How busy it was since the last time somebody measured."""
        with self._changed:
            self._count()
            seconds = self._counted_at - self._measured_at
            if seconds <= 0:
                return Load(float(self._in_flight))
            load = Load(
                at_once=round(self._busy_seconds / seconds, 3),
                requests_per_second=round(self._begun / seconds, 3),
            )
            self._begun, self._busy_seconds = 0, 0.0
            self._measured_at = self._counted_at
            return load

    def _count(self) -> None:
        """Add up the time since something changed."""
        now = self._monotonic()
        self._busy_seconds += self._in_flight * (now - self._counted_at)
        self._counted_at = now
