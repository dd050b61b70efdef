"""This machine's clock beside the bucket's."""

from __future__ import annotations

from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.hybrid_clock import HybridClock
from skygarth.clock.manual_clock import ManualClock
from skygarth.node.clock_watch import ClockWatch, Measurement

DAY_MS = 86_400_000


class Rig:
    """A watch over a clock whose calendar can be set."""

    def __init__(self, shared: bytes = b"") -> None:
        self.time = ManualClock()
        self.skew_ms = 0
        self.clock = HybridClock(self.now_ms, bytes(16), offset_ms_max=30_000)
        bucket = MemoryBucket(self.time.now_ms)
        self.watch = ClockWatch(bucket, self.clock, self.now_ms, lambda: shared, self.monotonic)

    def now_ms(self) -> int:
        """What the calendar says."""
        return self.time.now_ms() + self.skew_ms

    def monotonic(self) -> float:
        """Seconds that no jump moves."""
        return self.time.now_ms() / 1_000


def test_a_clock_within_the_bound_is_trusted() -> None:
    """Nothing was wrong, nothing is mended (CLK-6)."""
    assert Rig().watch.measure() == Measurement(trusted=True, mended=False)


def test_a_clock_beyond_the_bound_is_not_trusted() -> None:
    """A day ahead is too much (CLK-6)."""
    rig = Rig()
    rig.skew_ms = DAY_MS

    assert rig.watch.measure() == Measurement(trusted=False, mended=False)


def test_a_clock_that_was_set_right_is_mended() -> None:
    """Stamps that it gave meanwhile lie ahead of all others (CLK-7)."""
    rig = Rig()
    rig.skew_ms = DAY_MS
    rig.watch.measure()
    rig.clock.stamp()
    rig.skew_ms = 0
    measured = rig.watch.measure()
    rig.watch.step_back()

    assert measured == Measurement(trusted=True, mended=True)
    assert not rig.watch.stamps_lie_ahead()


def test_a_jump_is_noticed_without_the_bucket() -> None:
    """By the clock that no jump moves (CLK-6)."""
    rig = Rig()
    rig.watch.measure()
    assert not rig.watch.has_jumped()
    rig.skew_ms = -DAY_MS

    assert rig.watch.has_jumped()
