"""What everything above asks of a clock.

Code that takes a `Clock` runs on the machine's time in production and on
virtual time in a simulation, and cannot tell which.
"""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Two kinds of time: the calendar's, which jumps, and one that only goes on."""

    def now_us(self) -> int:
        """Microseconds since 1970 UTC by the machine's calendar; may jump either way."""
        ...

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC, rounded down; may jump either way."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back, whatever the calendar does."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let this much monotonic time pass; nothing for zero or less."""
        ...
