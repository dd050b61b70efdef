"""Faults of brokers say what, where and what now, and no password."""

from __future__ import annotations

import pytest

from skygarth.notices.link import away, refused, without_credentials


def test_faults_say_what_and_where() -> None:
    """On one line, with a way out."""
    fault = away("nats", "nats://bus:4222", OSError("no\nroute"))

    assert fault.message == "nats does not answer: no route. broker='nats://bus:4222'"
    assert fault.hint
    assert refused("nats", "nats://bus:4222", ValueError()).message.startswith(
        "nats refuses this node: ValueError"
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("nats://bus:4222", "nats://bus:4222"),
        ("nats://me:secret@bus:4222", "nats://bus:4222"),
        ("nats://token@bus", "nats://bus"),
        ("redis://:p%40ss@bus:1/2?password=secret", "redis://bus:1/2"),
        ("bus:4222", "bus:4222"),
        ("me:secret@bus:4222", "bus:4222"),
    ],
)
def test_addresses_are_shown_without_credentials(url: str, shown: str) -> None:
    """Whatever stands before the host or behind the path stays secret."""
    assert without_credentials(url) == shown
