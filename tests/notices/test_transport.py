"""A transport outlives whatever its link does."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest
from tests.waiting import wait_until

from skygarth.clock.wall_clock import WallClock
from skygarth.model.errors import SkygarthError
from skygarth.model.position import Incarnation
from skygarth.notices.link import Received, away
from skygarth.notices.notice import Notice, decode_notice
from skygarth.notices.transport import LinkTransport


class ScriptedLink:
    """A link that does what a test tells it.

    Attributes:
        failures: what the next calls raise, by the call's name.
        sent: what went out.
    """

    name = "scripted"
    broker = "nowhere"

    def __init__(self) -> None:
        self.failures: dict[str, list[Exception]] = {"open": [], "send": [], "leave": []}
        self.sent: list[bytes] = []
        self.opened = 0
        self.left = 0
        self._ends: queue.SimpleQueue[SkygarthError | None] = queue.SimpleQueue()

    def open(self, received: Received) -> None:
        """Open, or fail."""
        self._fail("open")
        self.opened += 1
        self._ends = queue.SimpleQueue()

    def hold(self) -> None:
        """Wait until somebody ends it."""
        fault = self._ends.get()
        if fault is not None:
            raise fault

    def send(self, message: bytes) -> None:
        """Send, or fail."""
        self._fail("send")
        self.sent.append(message)

    def close(self) -> None:
        """End."""
        self._ends.put(None)

    def leave(self) -> None:
        """Leave, or fail."""
        self._fail("leave")
        self.left += 1

    def breaks(self) -> None:
        """The connection ends by itself."""
        self._ends.put(away(self.name, self.broker, "a cable was pulled"))

    def _fail(self, call: str) -> None:
        if self.failures[call]:
            raise self.failures[call].pop(0)


@pytest.fixture
def link() -> ScriptedLink:
    """A link."""
    return ScriptedLink()


@pytest.fixture
def transport(link: ScriptedLink) -> Iterator[LinkTransport]:
    """A transport over it that waits next to nothing between tries."""
    made = LinkTransport(link, WallClock(), lambda: 0.0)
    yield made
    made.stop()


def notice(sequence: int) -> Notice:
    """A notice."""
    return Notice("repo", Incarnation("a" * 32), sequence, 1, "d" * 64)


def nothing(_notice: Notice) -> None:
    """Whoever listens."""


def test_a_link_that_breaks_is_opened_again(transport: LinkTransport, link: ScriptedLink) -> None:
    """However often (NOT-6)."""
    transport.start(nothing)
    for _ in range(3):
        before = link.opened
        link.breaks()
        wait_until(lambda: link.opened > before, "the link to be opened")  # noqa: B023
    wait_until(lambda: transport.health().connected, "the link to be back")

    assert transport.health().away_seconds == 0


def test_what_could_not_be_sent_is_sent_later(transport: LinkTransport, link: ScriptedLink) -> None:
    """The link is opened anew, and the notice goes first (NOT-5)."""
    link.failures["send"].append(away("scripted", "nowhere", "full"))
    transport.start(nothing)
    transport.say(notice(7))
    wait_until(lambda: link.sent, "the notice to be sent")

    assert [decode_notice(message) for message in link.sent] == [notice(7)]
    assert link.opened == 2


@pytest.mark.parametrize("call", ["open", "send"])
def test_a_library_that_fails_in_an_unforeseen_way_ends_nothing(
    transport: LinkTransport, link: ScriptedLink, call: str
) -> None:
    """It is logged, and the link is opened again."""
    link.failures[call].append(ZeroDivisionError("a bug of somebody"))
    transport.start(nothing)
    transport.say(notice(1))
    wait_until(lambda: link.sent, "the notice to be sent")

    assert transport.health().said == 1


def test_health_tells_why_and_since_when(transport: LinkTransport, link: ScriptedLink) -> None:
    """With the code, the reason and what can be done (NOT-6)."""
    link.failures["open"] = [away("scripted", "nowhere", "nobody home") for _ in range(50)]
    transport.start(nothing)
    wait_until(lambda: transport.health().fault, "the reason")
    health = transport.health()

    assert not health.connected
    assert "nobody home" in health.fault
    assert health.hint
    assert health.away_seconds >= 0


def test_a_link_is_left_when_the_node_stops(transport: LinkTransport, link: ScriptedLink) -> None:
    """Once, and not when the connection only broke (NOT-8)."""
    transport.start(nothing)
    wait_until(lambda: link.opened == 1, "the link to be opened")
    link.breaks()
    wait_until(lambda: link.opened == 2, "the link to be opened again")
    before = link.left
    transport.stop()

    assert (before, link.left) == (0, 1)


def test_a_link_that_cannot_be_left_is_left_to_others(link: ScriptedLink) -> None:
    """Stopping does not fail because of it."""
    link.failures["leave"].append(away("scripted", "nowhere", "gone"))
    transport = LinkTransport(link, WallClock(), lambda: 0.0)
    transport.start(nothing)
    transport.stop()

    assert link.left == 0
