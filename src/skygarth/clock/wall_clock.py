"""The machine's own time: the only module that reads it (CLK-1).

Everything else takes a `skygarth.clock.port.Clock`, so that a simulation can
run a week of a cloud in a second, and replay it exactly.
"""

from __future__ import annotations

import time


class WallClock:
    """A `Clock` on the machine's time. Has no state; threads may share one."""

    __slots__ = ()

    def now_us(self) -> int:
        """Microseconds since 1970 UTC."""
        return time.time_ns() // 1_000

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds since some moment of this boot."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block this thread."""
        if seconds > 0:
            time.sleep(seconds)
