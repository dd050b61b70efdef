"""The nodes of a cloud as a front-end needs them."""

from __future__ import annotations

import pytest

from skygarth.front_ends.targets import Target, pools_of


def target(**facts: object) -> Target:
    """A node with some things told of it."""
    known = {"name": "a", "incarnation": "a" * 32, "state": "ready", "address": "http://h:1"}
    return Target(**(known | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("http://10.0.0.7:8000", "10.0.0.7:8000"),
        ("web-1.example:80", "web-1.example:80"),
        ("http://web-1.example", "web-1.example:80"),
        ("http://[2001:db8::1]:8000", "[2001:db8::1]:8000"),
        ("http://0.0.0.0:8000", None),
        ("", None),
        ("http://h:port", None),
    ],
)
def test_an_address_becomes_an_endpoint(address: str, endpoint: str | None) -> None:
    """What only the node itself can reach is none."""
    assert target(address=address).endpoint == endpoint


@pytest.mark.parametrize("state", ["left", "silent", "drained", "evicted"])
def test_whoever_is_gone_is_no_server(state: str) -> None:
    """A card may outlive its node."""
    assert not target(state=state).is_here


def test_the_busy_get_less_and_nobody_nothing() -> None:
    """An idle node has the whole weight, a busy one a share that never ends."""
    weights = [target(load=load).weight for load in (0, 1, 4, 16, 1e9)]

    assert weights == sorted(weights, reverse=True)
    assert (weights[0], weights[-1]) == (100, 10)


def test_there_is_always_a_pool_for_the_web() -> None:
    """Even before the first node came."""
    assert pools_of([]) == ["web"]
    assert pools_of([target(pools=("search", "web"))]) == ["search", "web"]
