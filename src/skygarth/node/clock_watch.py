"""This machine's clock beside the bucket's: may what is stamped now be published? (CLK-6)

The bucket's clock is the one that all nodes share. Between two measurements a
jump of the calendar is noticed by the monotonic clock, which no jump moves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from skygarth.bucket.port import Bucket
from skygarth.clock.hybrid_clock import MEASUREMENT_MS, HybridClock
from skygarth.model.stamp import stamp_time


class Measurement(NamedTuple):
    """What a measurement says.

    Attributes:
        trusted: the clock is within the bound.
        mended: it was wrong and is right again (CLK-7).
    """

    trusted: bool
    mended: bool


class ClockWatch:
    """Measures, and notices jumps.

    Args:
        greatest_shared_stamp: of all that was published or applied.
        monotonic: seconds that no jump of the calendar moves; None if there is no such clock.
    """

    def __init__(
        self,
        bucket: Bucket,
        clock: HybridClock,
        now_ms: Callable[[], int],
        greatest_shared_stamp: Callable[[], bytes],
        monotonic: Callable[[], float] | None,
    ) -> None:
        self._bucket = bucket
        self._clock = clock
        self._now_ms = now_ms
        self._greatest_shared_stamp = greatest_shared_stamp
        self._monotonic = monotonic
        self._calendar_base_ms: float | None = None

    def measure(self) -> Measurement:
        """Compare the clocks.

        Raises:
            Unavailable: the bucket does not answer.
        """
        asked_ms = self._now_ms()
        bucket_ms = self._bucket.now_ms()
        if bucket_ms is None:
            return Measurement(trusted=True, mended=False)  # nothing to go by
        self._clock.calibrate(bucket_ms, (asked_ms + self._now_ms()) // 2)
        self._calendar_base_ms = self._calendar_ms()
        # Time is on no clock's side where stamps from ahead were shared: wait for it.
        trusted = self._clock.trusted and not self._lies_ahead(self._shared_ms())
        return Measurement(trusted, mended=trusted and self.stamps_lie_ahead())

    def _calendar_ms(self) -> float:
        """Where the calendar stood when the monotonic clock began: moves only by jumps."""
        return self._now_ms() - self._monotonic() * 1_000 if self._monotonic else 0.0

    def has_jumped(self) -> bool:
        """Whether the calendar has moved since it was measured, or had meanwhile."""
        base_ms = self._calendar_base_ms
        moved = base_ms is not None and abs(self._calendar_ms() - base_ms) > MEASUREMENT_MS
        return moved or self.stamps_lie_ahead()

    def stamps_lie_ahead(self) -> bool:
        """Whether others might refuse what is stamped now; they observe up to this bound."""
        return self._clock.ahead_ms > self._clock.offset_ms_max + MEASUREMENT_MS

    def _lies_ahead(self, milliseconds: int) -> bool:
        bucket_ms = self._now_ms() - self._clock.offset_ms
        return milliseconds - bucket_ms > self._clock.offset_ms_max + MEASUREMENT_MS

    def step_back(self) -> None:
        """Set the hybrid clock to now, or behind the greatest stamp that others know (CLK-7)."""
        self._clock.reset_to(max(self._now_ms(), self._shared_ms() + 1))

    def _shared_ms(self) -> int:
        """The time of the greatest stamp that others may have seen."""
        shared = self._greatest_shared_stamp()
        return stamp_time(shared)[0] if shared else 0
