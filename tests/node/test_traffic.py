"""How busy a node is with its visitors."""

from __future__ import annotations

import threading

from skygarth.clock.manual_clock import ManualClock
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
    """Idle is when nobody waits for an answer any more, and not before."""
    traffic = Traffic(ManualClock().monotonic)
    traffic.begin()
    traffic.begin()
    assert not traffic.wait_idle(0)

    traffic.end()
    assert not traffic.wait_idle(0)
    ending = threading.Thread(target=traffic.end)
    ending.start()

    assert traffic.wait_idle(5)
    ending.join()
