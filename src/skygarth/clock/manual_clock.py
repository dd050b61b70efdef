"""A clock that stands still until somebody moves it: for tests and simulations."""

from __future__ import annotations

import threading


class ManualClock:
    """A `Clock` whose time passes only by `advance_us` and `sleep`.

    Args:
        start_us: the calendar's first moment, microseconds since 1970 UTC.
    """

    __slots__ = ("_elapsed_us", "_lock", "_wall_us")

    def __init__(self, start_us: int = 1_700_000_000_000_000) -> None:
        assert start_us >= 0
        self._wall_us = start_us
        self._elapsed_us = 0
        self._lock = threading.Lock()

    def now_us(self) -> int:
        """Microseconds since 1970 UTC, as set."""
        return self._wall_us

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC, as set."""
        return self._wall_us // 1_000

    def monotonic(self) -> float:
        """Seconds that were let pass since the clock was made; jumps do not count."""
        return self._elapsed_us / 1_000_000

    def sleep(self, seconds: float) -> None:
        """Let time pass at once, without blocking."""
        if seconds > 0:
            self.advance_us(round(seconds * 1_000_000))

    def advance_us(self, microseconds: int) -> None:
        """Let time pass, on the calendar and on the monotonic clock alike."""
        assert microseconds >= 0, "time passes forward; to set the calendar back use jump_us"
        with self._lock:
            self._wall_us += microseconds
            self._elapsed_us += microseconds

    def jump_us(self, microseconds: int) -> None:
        """Set the calendar forward or back, as an operator or a bad time server does."""
        with self._lock:
            self._wall_us += microseconds
        assert self._wall_us >= 0
