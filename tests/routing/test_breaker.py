"""A node that failed several times in a row is left alone for a while."""

from __future__ import annotations

from skygarth.routing.breaker import FAILURES_MAX, PAUSE_SECONDS, PAUSE_SECONDS_MAX, Breaker


def opened(now: float = 0.0) -> Breaker:
    """A breaker that has just opened."""
    breaker = Breaker()
    for _ in range(FAILURES_MAX):
        breaker.failed(now)
    return breaker


def test_one_failure_more_than_bearable_opens_it() -> None:
    """RTE-13: a single failure may be chance; several in a row are none."""
    breaker = Breaker()
    for _ in range(FAILURES_MAX - 1):
        breaker.failed(0.0)
    allowed = breaker.allows(0.0)
    breaker.failed(0.0)

    assert (allowed, breaker.allows(0.0)) == (True, False)


def test_a_success_between_failures_keeps_it_closed() -> None:
    """Only failures in a row count."""
    breaker = Breaker()
    for _ in range(FAILURES_MAX * 2):
        breaker.failed(0.0)
        breaker.succeeded()

    assert breaker.is_closed


def test_after_a_pause_one_request_tries() -> None:
    """RTE-13: half open lets one through; the others wait for what comes of it."""
    breaker = opened()
    states = [breaker.state(0.0), breaker.state(PAUSE_SECONDS)]
    breaker.begin(PAUSE_SECONDS)

    assert states == ["open", "half-open"]
    assert not breaker.allows(PAUSE_SECONDS)


def test_a_success_closes_it() -> None:
    """The trial went well: everybody may ask again."""
    breaker = opened()
    breaker.begin(PAUSE_SECONDS)
    breaker.succeeded()

    assert breaker.is_closed
    assert breaker.state(PAUSE_SECONDS) == "closed"


def test_each_failed_trial_doubles_the_pause() -> None:
    """A node that stays away is asked less and less often, up to a bound."""
    breaker, now, pauses = opened(), 0.0, []
    for _ in range(8):
        began = now
        while not breaker.allows(now):
            now += 0.5
        pauses.append(now - began)
        breaker.begin(now)
        breaker.failed(now)

    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
    assert max(pauses) == PAUSE_SECONDS_MAX


def test_a_lost_trial_is_followed_by_another() -> None:
    """A trial that never ends must not keep a node out for good."""
    breaker = opened()
    breaker.begin(PAUSE_SECONDS)

    assert breaker.allows(2 * PAUSE_SECONDS)
