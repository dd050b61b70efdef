"""GUIDs in the order in which this process makes them (CLK-8).

The first GUID of a millisecond takes 74 random bits; those that follow add
one. So they sort as they were made, a B-tree appends instead of splitting, and
most GUIDs cost no system call. Two processes that draw in one millisecond stay
apart by at least 73 random bits.

HAZARD: a process that forks must make a new `GuidMaker` in the child; two
copies of one would go on with the same numbers.
"""

from __future__ import annotations

import threading

from skygarth.clock.chance import Chance
from skygarth.clock.port import Clock
from skygarth.model.guid import make_guid

# The highest of the 62 low bits starts as 0: room for 2**61 additions, so
# counting never reaches the variant bits above.
_NOISE_MASK = (1 << 74) - 1 ^ 1 << 61


class GuidMaker:
    """Call it for the 16 bytes of a new UUIDv7, greater than all it gave before.

    Where the clock goes back, GUIDs stay at the last millisecond and count on.
    Threads may share one.
    """

    __slots__ = ("_chance", "_last", "_last_ms", "_lock", "_now_ms")

    def __init__(self, clock: Clock, chance: Chance) -> None:
        self._now_ms = clock.now_ms
        self._chance = chance
        self._lock = threading.Lock()
        self._last_ms = -1
        self._last = 0

    def __call__(self) -> bytes:
        """The next GUID."""
        now_ms = self._now_ms()
        with self._lock:
            if now_ms > self._last_ms:
                self._begin(now_ms)
            else:
                self._last += 1
            return self._last.to_bytes(16, "big")

    def _begin(self, now_ms: int) -> None:
        noise = int.from_bytes(self._chance.bytes(10), "big") & _NOISE_MASK
        made = int.from_bytes(make_guid(now_ms, noise), "big")
        assert made > self._last
        self._last_ms, self._last = now_ms, made
