"""How busy a node is with its visitors."""

from __future__ import annotations

import threading

from skygarth.clock.manual_clock import ManualClock
from skygarth.clock.wall_clock import WallClock
from skygarth.node.traffic import Load, Traffic


def test_load_is_how_many_are_answered_at_once() -> None:
    """Two requests of half a second each within two seconds make half a request at a time."""
    clock = ManualClock()
    traffic = Traffic(clock.monotonic)

    for _ in range(2):
        traffic.begin()
        clock.advance_us(500_000)
        traffic.end()
    clock.advance_us(1_000_000)

    assert traffic.measure() == Load(0.5, 1.0)


def test_what_was_measured_is_not_measured_again() -> None:
    """Each measurement tells of the time since the one before; what lasts still counts on."""
    clock = ManualClock()
    traffic = Traffic(clock.monotonic)
    traffic.begin()
    clock.advance_us(1_000_000)
    traffic.measure()
    clock.advance_us(1_000_000)

    assert traffic.measure() == Load(1.0, 0.0)
    assert traffic.in_flight == 1


def test_two_measurements_in_one_moment_divide_by_nothing() -> None:
    """Without time in between, what is in flight is the load."""
    traffic = Traffic(ManualClock().monotonic)
    traffic.begin()

    assert traffic.measure() == Load(1.0, 0.0)


def test_whoever_drains_waits_for_the_last_answer() -> None:
    """Quiet is when nobody waits for an answer any more, and not before."""
    traffic = Traffic(WallClock().monotonic)
    traffic.begin()
    traffic.begin()
    assert not traffic.wait_quiet(0, 0)

    traffic.end()
    assert not traffic.wait_quiet(0, 0)
    ending = threading.Thread(target=traffic.end)
    ending.start()

    assert traffic.wait_quiet(0, 5)
    ending.join()


def test_work_is_no_load_and_is_waited_for() -> None:
    """A job makes no node look busy to visitors, and whoever drains lets it end (JOB-8)."""
    traffic = Traffic(ManualClock().monotonic)
    with traffic.working():
        assert not traffic.wait_quiet(0, 0)
        assert traffic.measure() == Load(0.0, 0.0)

    assert traffic.wait_quiet(0, 0)


def test_a_pause_between_two_visitors_is_not_the_end() -> None:
    """Quiet lasts: front-ends go on sending for a while after they were told not to."""
    clock = ManualClock()
    traffic = Traffic(clock.monotonic)
    traffic.begin()
    traffic.end()
    clock.advance_us(900_000)
    too_soon = traffic.wait_quiet(1.0, 0)
    traffic.begin()
    traffic.end()
    clock.advance_us(900_000)
    still = traffic.wait_quiet(1.0, 0)
    clock.advance_us(100_000)

    assert (too_soon, still, traffic.wait_quiet(1.0, 0)) == (False, False, True)


def test_nobody_ever_came_is_quiet() -> None:
    """A node without visitors drains at once."""
    assert Traffic(ManualClock().monotonic).wait_quiet(10.0, 0)
