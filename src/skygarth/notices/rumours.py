"""How much a node listens to what it cannot check: as long as it mostly proves true.

Anybody who reaches the broker can say anything. Each notice that is passed on
costs a look into the bucket, so looks are kept like a purse: a notice takes one
out, and puts it back when the segment it spoke of was really there. Honest
nodes can talk all day; a liar empties the purse once, and from then on costs a
look a second, whatever the flood (NOT-7). What is not listened to meanwhile is
found by polling.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from skygarth.model.position import Incarnation, Position

LOOKS_MAX = 64
"""Looks that may be under way, or were in vain, before refusing."""
LOOKS_PER_SECOND = 1.0
DOUBT_SECONDS = 10.0
"""After this long a segment that did not come counts as a lie."""


@dataclass(slots=True)
class _Told:
    """Of one log: how far rumour goes, and how many looks that took."""

    sequence: int
    looks: int
    at: float


class RumourBudget:
    """Decides which notices are worth a look. Threads may share one.

    Args:
        known_through: how far a log is known to reach; 0 for an unknown one.
        monotonic: seconds that never go back.
    """

    def __init__(
        self, known_through: Callable[[Incarnation], int], monotonic: Callable[[], float]
    ) -> None:
        self.turned_away = 0
        self._known_through = known_through
        self._monotonic = monotonic
        self._looks = float(LOOKS_MAX)
        self._filled_at = monotonic()
        self._told: dict[Incarnation, _Told] = {}
        self._lock = threading.Lock()

    def admits(self, position: Position) -> bool:
        """Whether to pass this one on: it is news, and the purse is not empty."""
        if position.sequence <= self._known_through(position.incarnation):
            return False
        with self._lock:
            told = self._told.get(position.incarnation)
            if told is not None and position.sequence <= told.sequence:
                return False
            self._settle()
            if self._looks < 1:
                self.turned_away += 1
                return False
            self._looks -= 1
            self._remember(position)
            return True

    def _remember(self, position: Position) -> None:
        now = self._monotonic()
        told = self._told.get(position.incarnation)
        looks = 1 if told is None else told.looks + 1
        self._told[position.incarnation] = _Told(position.sequence, looks, now)
        assert len(self._told) <= 2 * LOOKS_MAX

    def _settle(self) -> None:
        """Put back what proved true, give up on what did not, add what time gives."""
        now = self._monotonic()
        for incarnation, told in list(self._told.items()):
            if self._known_through(incarnation) >= told.sequence:
                self._looks += told.looks
                del self._told[incarnation]
            elif now - told.at > DOUBT_SECONDS:
                del self._told[incarnation]
        self._looks += (now - self._filled_at) * LOOKS_PER_SECOND
        self._looks = min(self._looks, LOOKS_MAX)
        self._filled_at = now
