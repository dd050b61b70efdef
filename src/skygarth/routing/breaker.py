"""Leaving a node alone for a while after it has failed several times in a row.

A dead node costs whoever asks it a failed connection each time. After a few
failures its breaker opens and nobody asks; then one request tries (half open),
and its success closes the breaker, its failure opens it for twice as long. ::

    closed ──failures──► open ──pause over──► half open ──success──► closed
                           ▲                      │
                           └───────failure────────┘  (twice the pause)

Time is handed in, so a test needs no waiting.
"""

from __future__ import annotations

FAILURES_MAX = 3
PAUSE_SECONDS = 1.0
PAUSE_SECONDS_MAX = 30.0


class Breaker:
    """What is remembered of one node's failures (RTE-13)."""

    __slots__ = ("_failures", "_open_until", "_pause")

    def __init__(self) -> None:
        self._failures = 0
        self._open_until = 0.0
        self._pause = 0.0

    @property
    def is_closed(self) -> bool:
        """Whether nothing stands against asking, however late it is."""
        return not self._pause

    def allows(self, now: float) -> bool:
        """Whether a request may be sent now."""
        return not self._pause or now >= self._open_until

    def begin(self, now: float) -> None:
        """A request is sent: while half open it is the only one, until it ends or is lost."""
        if self._pause:
            assert now >= self._open_until, "an open breaker lets nothing through"
            self._open_until = now + self._pause

    def succeeded(self) -> None:
        """The node answered, whatever it said."""
        self._failures = 0
        self._pause = 0.0

    def failed(self, now: float) -> None:
        """The node could not be reached, or broke off."""
        self._failures += 1
        if self._pause:
            self._pause = min(self._pause * 2, PAUSE_SECONDS_MAX)
        elif self._failures >= FAILURES_MAX:
            self._pause = PAUSE_SECONDS
        if self._pause:
            self._open_until = now + self._pause

    def state(self, now: float) -> str:
        """closed, open or half-open, for people and figures."""
        if not self._pause:
            return "closed"
        return "half-open" if now >= self._open_until else "open"
