"""A request that the node's end cuts off is answered, and is no error of anybody."""

from __future__ import annotations

import asyncio
import json

import pytest
from starlette.types import Message, Receive, Scope, Send

from skygarth.web.cut_requests import CutRequests
from skygarth.web.stopping import StopSignal

SCOPE: Scope = {"type": "http", "method": "POST", "path": "/api/v1/article", "headers": []}
BEGUN: Message = {"type": "http.response.start", "status": 200, "headers": []}


async def _cut(stopping: StopSignal, *, begun: bool) -> list[Message]:
    """What is sent for a request that waits for the rest of its body until it is cancelled."""
    sent: list[Message] = []
    waits = asyncio.Event()

    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        if begun:
            await send(BEGUN)
        waits.set()
        await receive()

    async def receive() -> Message:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    async def send(message: Message) -> None:
        sent.append(message)

    task = asyncio.ensure_future(CutRequests(app, stopping)(SCOPE, receive, send))
    await waits.wait()
    task.cancel("timeout graceful shutdown exceeded")
    await task
    return sent


def _stopping() -> StopSignal:
    signal = StopSignal()
    signal.set()
    return signal


def test_a_half_sent_request_learns_that_the_node_stops() -> None:
    """It may be sent again, so the answer is 503 with a way out; the connection ends."""
    start, body = asyncio.run(_cut(_stopping(), begun=False))
    headers = dict(start["headers"])

    assert start["status"] == 503
    assert headers[b"connection"] == b"close"
    assert headers[b"retry-after"]
    assert json.loads(body["body"])["code"] == "SG-WEB-010"


def test_an_answer_that_has_begun_only_ends() -> None:
    """Nothing can be said in the middle of it."""
    assert asyncio.run(_cut(_stopping(), begun=True)) == [BEGUN]


def test_a_cancellation_for_another_reason_is_passed_on() -> None:
    """Only the end of the node is ours to explain."""
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(_cut(StopSignal(), begun=False))
