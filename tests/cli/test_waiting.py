"""A wait ends when it has arrived, or when its time is up, and never sleeps in a test."""

from __future__ import annotations

from skygarth.cli.waiting import PAUSE_SECONDS, wait_for


def test_what_has_arrived_is_not_waited_for() -> None:
    """If the first look is enough, no time passes."""
    passed: list[float] = []

    seen = wait_for(lambda: 7, lambda n: n == 7, timeout=5, pass_time=passed.append)

    assert seen == (7, True)
    assert passed == []


def test_a_wait_looks_again_after_each_pause() -> None:
    """It looks, pauses, looks again, and returns what it saw last."""
    sights = iter([1, 2, 3])
    passed: list[float] = []

    seen = wait_for(lambda: next(sights), lambda n: n == 3, timeout=5, pass_time=passed.append)

    assert seen == (3, True)
    assert passed == [PAUSE_SECONDS, PAUSE_SECONDS]


def test_a_wait_ends_with_its_timeout() -> None:
    """What does not arrive in time is returned as it stands."""
    passed: list[float] = []

    seen = wait_for(lambda: 1, lambda _: False, timeout=1, pass_time=passed.append)

    assert seen == (1, False)
    assert sum(passed) == 1


def test_without_patience_it_looks_once() -> None:
    """A timeout of zero means one look."""
    sights = iter([1])

    assert wait_for(lambda: next(sights), lambda _: False, timeout=0) == (1, False)
