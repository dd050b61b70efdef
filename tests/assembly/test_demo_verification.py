"""``skygarth demo --once`` tells what does not hold; test_demo shows that it can all hold."""

from __future__ import annotations

import io
from dataclasses import dataclass

import httpx2
from rich.console import Console
from tests.servers.scripted import Answer, scripted

from skygarth.assembly.demo_verification import WAIT_SECONDS, CloudCheck
from skygarth.clock.manual_clock import ManualClock


class HastyClock(ManualClock):
    """A clock on which every wait takes seconds."""

    def sleep(self, seconds: float) -> None:
        """Let much time pass at once."""
        super().sleep(100 * seconds)


@dataclass(frozen=True)
class AwayNode:
    """A node that cannot be lost, for it was never there."""

    name: str
    address: str

    def lose(self) -> None:
        """Nothing to lose."""

    def start(self) -> None:
        """Nothing to start."""


def test_a_node_that_does_not_answer_fails_the_check() -> None:
    """With the name of what was tried, and the exit code for unhealthy."""
    said = io.StringIO()
    node = AwayNode("a", "http://127.0.0.1:9")
    with httpx2.Client() as http:
        check = CloudCheck([node], "http://127.0.0.1:9", "token", ManualClock(), http)
        assert check.run(Console(file=said, width=200)) == 9
    assert "failed" in said.getvalue()
    assert "the site is on every node" in said.getvalue()


def test_waiting_ends() -> None:
    """A page that never comes is a failure after a while, not a hang."""
    said, clock = io.StringIO(), HastyClock()
    with scripted(Answer(404)) as server, httpx2.Client() as http:
        node = AwayNode("a", server.endpoint)
        check = CloudCheck([node], server.endpoint, "token", clock, http)
        assert check.run(Console(file=said, width=200)) == 9

    assert "waited 20 s in vain for the page on every node" in said.getvalue()
    assert clock.monotonic() >= WAIT_SECONDS
