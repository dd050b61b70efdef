"""How a transport is doing adds up."""

from __future__ import annotations

from skygarth.clock.manual_clock import ManualClock
from skygarth.notices.link import away
from skygarth.notices.standing import Standing


def test_a_transport_is_away_until_it_has_met_its_broker() -> None:
    """And since when shows."""
    clock = ManualClock()
    standing = Standing(clock)
    clock.sleep(5)
    before = standing.health("nats", "bus", 0)
    standing.connected()
    after = standing.health("nats", "bus", 0)

    assert (before.connected, before.away_seconds) == (False, 5)
    assert (after.connected, after.away_seconds) == (True, 0)


def test_only_the_first_fault_of_an_outage_is_news() -> None:
    """A log that repeats it every few seconds says nothing."""
    standing = Standing(ManualClock())
    standing.connected()
    fault = away("nats", "bus", "gone")

    assert [standing.disconnected(fault) for _ in range(3)] == [True, False, False]


def test_what_was_heard_ages() -> None:
    """An hour without a word tells an operator something."""
    clock = ManualClock()
    standing = Standing(clock)
    never = standing.health("nats", "bus", 0).heard_seconds_ago
    standing.was_heard()
    clock.sleep(3)

    assert never is None
    assert standing.health("nats", "bus", 0).heard_seconds_ago == 3


def test_only_the_first_strange_message_is_news() -> None:
    """The others are counted."""
    standing = Standing(ManualClock())

    assert [standing.was_refused() for _ in range(3)] == [True, False, False]
    assert standing.health("nats", "bus", 0).refused == 3
