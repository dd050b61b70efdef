"""Who waits for an answer, and who only looks after the node."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from skygarth.clock.manual_clock import ManualClock
from skygarth.node.traffic import Traffic
from skygarth.web.visitors import CountVisitors


class Answering:
    """An application that remembers how many were in flight, before its answer and after.

    Args:
        media_type: of the answer.
        fails: it breaks down instead.
    """

    def __init__(self, traffic: Traffic, media_type: str, *, fails: bool = False) -> None:
        self._traffic = traffic
        self._media_type = media_type.encode()
        self._fails = fails
        self.seen: list[int] = []

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer."""
        self.seen.append(self._traffic.in_flight)
        if self._fails:
            raise RuntimeError("broken down")
        headers = [(b"Content-Type", self._media_type)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        self.seen.append(self._traffic.in_flight)
        await send({"type": "http.response.body", "body": b""})


def visit(path: str, media_type: str = "text/html", *, fails: bool = False) -> list[int]:
    """How many were in flight during a request, and after it."""
    traffic = Traffic(ManualClock().monotonic)
    answering = Answering(traffic, media_type, fails=fails)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        """Nobody reads it."""

    async def request() -> None:
        scope = {"type": "http", "path": path, "method": "GET"}
        await CountVisitors(answering, traffic)(scope, receive, send)

    if fails:
        with pytest.raises(RuntimeError):
            asyncio.run(request())
    else:
        asyncio.run(request())
    return [*answering.seen, traffic.in_flight]


@pytest.mark.parametrize("path", ["/", "/news/hello", "/api/v1/article", "/administration"])
def test_a_visitor_counts_until_he_is_answered(path: str) -> None:
    """From the first byte to the last (MBR-7)."""
    assert visit(path) == [1, 1, 0]


@pytest.mark.parametrize(
    "path", ["/readyz", "/metrics", "/admin/events", "/api/v1/node", "/api/v1/node/drain"]
)
def test_whoever_looks_after_the_node_does_not_count(path: str) -> None:
    """Or a node that is watched would never be idle (MBR-7)."""
    assert visit(path) == [0, 0, 0]


def test_a_stream_counts_until_it_begins() -> None:
    """An open tab keeps no node from draining (MBR-7)."""
    assert visit("/api/v1/changes", "text/event-stream; charset=utf-8") == [1, 0, 0]


def test_a_request_that_breaks_down_is_over() -> None:
    """What is not answered is not waited for."""
    assert visit("/", fails=True) == [1, 0]
