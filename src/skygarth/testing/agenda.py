"""Virtual time, and what is going to happen in it.

Nothing waits in here: the next thing to happen is taken from a heap and time
jumps to it. Things due at one moment happen in the order in which they were
planned, so a seed replays a whole cloud exactly.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

Deed = Callable[[], None]

EPOCH_MS = 1_700_000_000_000
"""Where the bucket's calendar stands when virtual time is 0."""


class Agenda:
    """What happens next.

    Attributes:
        now_us: microseconds of virtual time.
        count: how many things have happened.
    """

    def __init__(self) -> None:
        self.now_us = 0
        self.count = 0
        self._heap: list[tuple[int, int, Deed]] = []
        self._number = 0

    @property
    def now_ms(self) -> float:
        """Milliseconds of virtual time."""
        return self.now_us / 1_000

    @property
    def calendar_ms(self) -> int:
        """True time, as the bucket's clock shows it: milliseconds since 1970."""
        return EPOCH_MS + self.now_us // 1_000

    def plan(self, delay_ms: float, deed: Deed) -> None:
        """Let something happen so much later."""
        assert delay_ms >= 0
        self._number += 1
        heapq.heappush(self._heap, (self.now_us + round(delay_ms * 1_000), self._number, deed))

    def run_until(self, moment_us: int) -> None:
        """Let everything happen that is due by then; time stands there afterwards."""
        while self._heap and self._heap[0][0] <= moment_us:
            due_us, _, deed = heapq.heappop(self._heap)
            assert due_us >= self.now_us, "time goes forward"
            self.now_us = due_us
            self.count += 1
            deed()
        self.now_us = max(self.now_us, moment_us)

    def run_for(self, milliseconds: float) -> None:
        """Let so much time pass."""
        self.run_until(self.now_us + round(milliseconds * 1_000))


class SkewedClock:
    """A node's clock: true time and an error that may change, on virtual time.

    Attributes:
        skew_ms: how far the calendar is ahead of the bucket's; negative if it is behind.
    """

    def __init__(self, agenda: Agenda, skew_ms: int = 0) -> None:
        self.skew_ms = skew_ms
        self._agenda = agenda

    def now_us(self) -> int:
        """Microseconds since 1970 as this node believes."""
        return EPOCH_MS * 1_000 + self._agenda.now_us + self.skew_ms * 1_000

    def now_ms(self) -> int:
        """Milliseconds since 1970 as this node believes."""
        return self.now_us() // 1_000

    def monotonic(self) -> float:
        """Seconds that have passed; no error and no jump."""
        return self._agenda.now_us / 1_000_000

    def sleep(self, seconds: float) -> None:
        """Nobody sleeps in virtual time: whoever waits plans what comes after."""
        assert seconds >= 0
