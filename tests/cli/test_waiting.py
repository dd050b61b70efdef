"""A wait ends when it has arrived, or when its time is up; in a test neither takes any time."""

from __future__ import annotations

from skygarth.cli.waiting import PAUSE_SECONDS, wait_for
from skygarth.clock.manual_clock import ManualClock


def test_what_has_arrived_is_not_waited_for() -> None:
    """If the first look is enough, no time passes."""
    clock = ManualClock()
    began = clock.monotonic()

    seen = wait_for(lambda: 7, lambda n: n == 7, timeout=5, clock=clock)

    assert seen == (7, True)
    assert clock.monotonic() == began


def test_a_wait_looks_again_after_each_pause() -> None:
    """It looks, pauses, looks again, and returns what it saw last."""
    sights, clock = iter([1, 2, 3]), ManualClock()
    began = clock.monotonic()

    seen = wait_for(lambda: next(sights), lambda n: n == 3, timeout=5, clock=clock)

    assert seen == (3, True)
    assert clock.monotonic() - began == 2 * PAUSE_SECONDS


def test_a_wait_ends_with_its_timeout() -> None:
    """What does not arrive in time is returned as it stands."""
    clock = ManualClock()
    began = clock.monotonic()

    seen = wait_for(lambda: 1, lambda _: False, timeout=1, clock=clock)

    assert seen == (1, False)
    assert clock.monotonic() - began == 1


def test_slow_looks_count_as_waiting() -> None:
    """A node that takes long to answer does not make the wait longer."""
    clock, looks = ManualClock(), list[int]()

    def look() -> int:
        clock.sleep(3)
        looks.append(1)
        return 1

    wait_for(look, lambda _: False, timeout=5, clock=clock)

    assert len(looks) == 2


def test_without_patience_it_looks_once() -> None:
    """A timeout of zero means one look."""
    sights = iter([1])

    assert wait_for(lambda: next(sights), lambda _: False, timeout=0, clock=ManualClock()) == (
        1,
        False,
    )
