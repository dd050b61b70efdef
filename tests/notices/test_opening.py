"""Names in the settings become transports."""

from __future__ import annotations

from skygarth.clock.wall_clock import WallClock
from skygarth.notices.choosing import Brokers
from skygarth.notices.opening import open_transports


def test_several_transports_at_once() -> None:
    """A node may use as many as it likes, each once; opening asks the network for nothing."""
    made = open_transports(
        ["memory", "redis", "nats"],
        Brokers(),
        "repo",
        identity=lambda: "a",
        clock=WallClock(),
        jitter=lambda: 0.5,
    )

    assert [transport.name for transport in made] == ["memory", "redis", "nats"]
    assert [transport.health().connected for transport in made] == [False] * 3
