"""A clock that somebody moves."""

from __future__ import annotations

from skygarth.clock.manual_clock import ManualClock
from skygarth.clock.port import Clock


def test_it_stands_still() -> None:
    """No time passes by itself."""
    clock: Clock = ManualClock(5_000)

    assert (clock.now_us(), clock.now_ms(), clock.monotonic()) == (5_000, 5, 0.0)
    assert (clock.now_us(), clock.now_ms(), clock.monotonic()) == (5_000, 5, 0.0)


def test_advancing_moves_both_kinds_of_time() -> None:
    """The calendar and the monotonic clock advance together."""
    clock = ManualClock(0)
    clock.advance_us(2_500_000)

    assert (clock.now_us(), clock.now_ms(), clock.monotonic()) == (2_500_000, 2_500, 2.5)


def test_sleeping_passes_time_without_blocking() -> None:
    """A sleep is over at once, and the time has passed."""
    clock = ManualClock(0)
    clock.sleep(3600)
    clock.sleep(-1)

    assert clock.monotonic() == 3600.0


def test_a_jump_of_the_calendar_is_no_passing_of_time() -> None:
    """Who waits does not wait longer because somebody set the date."""
    clock = ManualClock(10_000)
    clock.jump_us(-4_000)

    assert (clock.now_us(), clock.monotonic()) == (6_000, 0.0)
