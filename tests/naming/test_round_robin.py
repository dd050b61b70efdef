"""Looking, deciding and replacing goes on until nobody was quicker, or for so long."""

from __future__ import annotations

import pytest
from tests.naming.memory_zone import MemoryZone

from skygarth.model.errors import Unavailable
from skygarth.naming.deciding import Holder
from skygarth.naming.round_robin import TRIES_MAX, RoundRobinName

A = Holder("r", "a" * 32, "a")


def test_the_slower_one_decides_anew() -> None:
    """On what stands then; it waits longer each time."""
    waits: list[float] = []
    zone = MemoryZone(quicker=3)
    name = RoundRobinName(zone, "www.example.org", ttl=1, wait=waits.append)
    change = name.enter(A, ["192.0.2.1"], now_ms=0, until_ms=60)

    assert zone.standing.addresses == {"192.0.2.1", "192.0.2.2"}
    assert change.added == ("192.0.2.1",)
    assert waits == [0.01, 0.02, 0.04]


def test_it_does_not_try_for_ever() -> None:
    """The error says what may be behind it."""
    name = RoundRobinName(MemoryZone(10**6), "www.example.org", ttl=1, wait=lambda _: None)
    with pytest.raises(Unavailable) as caught:
        name.enter(A, ["192.0.2.1"], now_ms=0, until_ms=60)

    assert caught.value.code == "SG-DNS-013"
    assert str(TRIES_MAX) in caught.value.message


def test_nothing_is_sent_where_nothing_changes() -> None:
    """Neither for who is not there, nor in a dry run."""
    zone = MemoryZone()
    name = RoundRobinName(zone, "www.example.org", ttl=1, wait=lambda _: None)
    dry = name.enter(A, ["192.0.2.1"], now_ms=0, until_ms=60, dry_run=True)

    assert name.withdraw(A).is_nothing
    assert dry.added == ("192.0.2.1",)
    assert zone.changes == 0
