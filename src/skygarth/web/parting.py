"""Answers of a node that drains end the connection they came over (MBR-8).

A client that keeps a connection open would send its next request just when the node
closes it, and could not tell whether that request was taken.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CLOSE = (b"connection", b"close")


class PartWithClients:
    """ASGI middleware that keeps no connection open on a node that takes no new traffic.

    Args:
        app: answers.
        is_leaving: whether the node drains, or stops.
    """

    def __init__(self, app: ASGIApp, is_leaving: Callable[[], bool]) -> None:
        self._app = app
        self._is_leaving = is_leaving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request be answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and self._is_leaving():
                kept = [each for each in message.get("headers", ()) if each[0].lower() != CLOSE[0]]
                message = {**message, "headers": [*kept, CLOSE]}
            await send(message)

        await self._app(scope, receive, sent)
