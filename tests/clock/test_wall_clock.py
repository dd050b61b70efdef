"""The machine's own time."""

from __future__ import annotations

from skygarth.clock.port import Clock
from skygarth.clock.wall_clock import WallClock


def test_milliseconds_and_microseconds_tell_the_same_time() -> None:
    """Both count from 1970, so one lies between two readings of the other (CLK-1)."""
    clock: Clock = WallClock()
    before, between, after = clock.now_us(), clock.now_ms(), clock.now_us()

    assert before // 1_000 <= between <= after // 1_000


def test_monotonic_time_does_not_go_back() -> None:
    """Readings of the monotonic clock never decrease."""
    clock = WallClock()
    readings = [clock.monotonic() for _ in range(100)]

    assert sorted(readings) == readings


def test_waiting_no_time_returns_at_once() -> None:
    """A wait that is over already, or before it began, is none."""
    clock = WallClock()
    before = clock.monotonic()
    clock.sleep(0)
    clock.sleep(-3600)

    assert clock.monotonic() - before < 60
