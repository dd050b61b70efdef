"""How much a node listens to what it cannot check: as long as it mostly proves true.

Anybody who reaches the broker can say anything. Each notice that is passed on
costs a look into the bucket, so looks are kept like a purse: a notice takes one
out, and puts it back when the segment it spoke of was really there. Honest
nodes can talk all day; a liar empties the purse once, and from then on costs a
look a second, whatever the flood (NOT-7).

What a look looks for is the next segment of a log, however far a notice says
that the log reaches. So one look answers all notices of that log, and a log of
which too much was said is looked into later, once, rather than not at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from skygarth.model.position import Incarnation, Position

LOOKS_MAX = 64
"""Looks that may be under way, or were in vain, before notices have to wait."""
LOOKS_PER_SECOND = 1.0
DOUBT_SECONDS = 10.0
"""After this long a segment that did not come counts as a lie."""


class RumourBudget:
    """Decides which notices are worth a look. Threads may share one.

    Args:
        known_through: how far a log is known to reach; 0 for an unknown one.
        monotonic: seconds that never go back.

    Attributes:
        turned_away: notices that were not worth one, or not yet.
    """

    def __init__(
        self, known_through: Callable[[Incarnation], int], monotonic: Callable[[], float]
    ) -> None:
        self.turned_away = 0
        self._known_through = known_through
        self._monotonic = monotonic
        self._looks = float(LOOKS_MAX)
        self._filled_at = monotonic()
        self._told: dict[Position, float] = {}
        self._postponed: dict[Incarnation, Position] = {}
        self._lock = threading.Lock()

    def admits(self, position: Position) -> bool:
        """Whether to pass this one on: it is news, and the purse is not empty."""
        known = self._known_through(position.incarnation)
        if position.sequence <= known:
            return False
        with self._lock:
            if position in self._told:
                return False
            if not self._take(position):
                self.turned_away += 1
                if known:  # a log of somebody: one look later answers all that was said of it
                    self._postponed[position.incarnation] = position
                return False
            return True

    def postponed(self) -> Position | None:
        """A log that had to wait and is worth a look by now; None if there is none."""
        with self._lock:
            for incarnation, position in list(self._postponed.items()):
                if self._known_through(incarnation) >= position.sequence:
                    del self._postponed[incarnation]
                elif self._take(position):
                    del self._postponed[incarnation]
                    return position
            return None

    def _take(self, position: Position) -> bool:
        """Take a look out of the purse, if one is left."""
        now = self._monotonic()
        self._settle(now)
        if self._looks < 1:
            return False
        self._looks -= 1
        self._told[position] = now
        assert len(self._told) <= 2 * LOOKS_MAX
        return True

    def _settle(self, now: float) -> None:
        """Put back what proved true, give up on what did not, add what time gives."""
        for position, at in list(self._told.items()):
            if self._known_through(position.incarnation) >= position.sequence:
                self._looks += 1
                del self._told[position]
            elif now - at > DOUBT_SECONDS:
                del self._told[position]
        self._looks = min(self._looks + (now - self._filled_at) * LOOKS_PER_SECOND, LOOKS_MAX)
        self._filled_at = now
