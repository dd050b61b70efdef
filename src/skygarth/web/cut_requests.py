"""Requests that are still under way when a stopping node has waited long enough.

The server cancels them (a body that never comes in full, a download that never
ends). That is no fault of anybody here: whoever asked learns that the node stops,
and the log is spared a traceback.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skygarth.model.errors import Unavailable
from skygarth.web.problem import problem_of
from skygarth.web.safety import add_safety_headers
from skygarth.web.stopping import StopSignal


class CutRequests:
    """ASGI middleware that answers 503 to a request that is cut off by the node's end.

    Args:
        app: answers all other requests.
        stopping: whether the node is about to stop; a cancellation before that is passed on.
    """

    def __init__(self, app: ASGIApp, stopping: StopSignal) -> None:
        self._app = app
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request be answered."""
        has_begun = False

        async def sent(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except asyncio.CancelledError:
            if scope["type"] != "http" or not self._stopping.is_set:
                raise
            if not has_begun:
                await _refuse(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    cut = Unavailable(
        "the node stops, and the request was not here in full",
        code="SG-WEB-010",
        hint="send it again, to another node or in a moment",
    )
    response = problem_of(cut, instance=str(scope["path"])).response()
    response.headers["Connection"] = "close"
    add_safety_headers(response)
    await response(scope, receive, send)
