"""Counts those who wait for an answer of the site or the API, so that a node can drain.

Whoever looks after the node does not count: probes come every second and would
keep it from ever being idle, and so would the dashboard's streams.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skygarth.node.traffic import Traffic

CARE = (
    "/livez",
    "/readyz",
    "/healthz",
    "/version",
    "/metrics",
    "/admin",
    "/api/v1/node",
    "/api/v1/nodes",
    "/api/v1/sync",
)
"""Where a node is looked after, with all that stands below."""


class CountVisitors:
    """ASGI middleware that tells a node's `Traffic` of each visitor's request.

    Args:
        app: answers.
    """

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self._app = app
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request be answered, and count it until it is."""
        if scope["type"] != "http" or _is_care(str(scope["path"])):
            await self._app(scope, receive, send)
            return
        visit = _Visit(self._traffic)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_stream(message):
                visit.end()  # it may last for hours, and is cut when the node stops
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            visit.end()


class _Visit:
    """One request, which ends once."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._is_over = False
        traffic.begin()

    def end(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._traffic.end()


def _is_care(path: str) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in CARE)


def _is_stream(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in message.get("headers", ())
    )
