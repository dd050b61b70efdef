"""How many requests were answered, with what, and how fast: by route, never by address.

An address is a label that strangers can invent, and each new one would stay in
memory for good. A route is one of ours: those who answer name it.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SITE = "site"
_ROUTE = "skygarth.route"
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def name_route(scope: Scope, route: str) -> None:
    """Say under which name a request is counted; without it, it counts as one of the site."""
    scope[_ROUTE] = route


def route_named(scope: Scope) -> str:
    """Under which name a request is counted."""
    return str(scope.get(_ROUTE, SITE))


class RequestMetrics:
    """Counts what passes through to an application.

    Args:
        app: answers.
        registry: where the figures stand.
        monotonic: seconds that only go on.
    """

    def __init__(
        self, app: ASGIApp, registry: CollectorRegistry, monotonic: Callable[[], float]
    ) -> None:
        self._app = app
        self._monotonic = monotonic
        labels = ["route", "method", "status"]
        self._count = Counter(
            "skygarth_http_requests", "Requests answered", labels, registry=registry
        )
        self._seconds = Histogram(
            "skygarth_http_request_seconds",
            "Until the answer began",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and count it when its answer begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = self._monotonic()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = route_named(scope)
                self._count.labels(route, _method(scope), str(message["status"])).inc()
                self._seconds.labels(route).observe(self._monotonic() - began)
            await send(message)

        await self._app(scope, receive, counted)


def _method(scope: Scope) -> str:
    """A method that everybody knows; strangers can invent others."""
    method = str(scope["method"])
    return method if method in _METHODS else "other"


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
