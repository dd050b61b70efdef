"""A span for each request, in the trace of whoever sent it (W3C Trace Context).

A request that is handed on carries our span as its parent: the field
``traceparent`` is replaced before anything else sees the request, and fields
that nobody knows travel on as they are. So the node that answers appears below
the node that was asked, in whatever collects both their spans.

This module needs ``skygarth[otel]``, and nothing imports it where that is absent.
"""

from __future__ import annotations

from opentelemetry import context, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skygarth.routing.headers import SERVED_BY
from skygarth.web.request_metrics import route_named

UNTRACED = frozenset({"/livez", "/readyz", "/healthz", "/metrics"})
"""What is asked every few seconds by machines would bury what people ask."""

_TRACE_FIELDS = frozenset({b"traceparent", b"tracestate"})
_PROPAGATOR = TraceContextTextMapPropagator()


class Tracing:
    """Lets an application answer within a span.

    Args:
        app: answers.
        tracer: begins spans.
        node: the name of this node.
    """

    def __init__(self, app: ASGIApp, tracer: Tracer, node: str) -> None:
        self._app = app
        self._tracer = tracer
        self._node = node

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; its span ends with the last byte of the answer."""
        if scope["type"] != "http" or scope["path"] in UNTRACED:
            await self._app(scope, receive, send)
            return
        span = self._tracer.start_span(
            scope["method"],
            context=_sent_context(scope),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": scope["method"],
                "url.path": scope["path"],
                "skygarth.node": self._node,
            },
        )

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                span.set_attribute("http.response.status_code", message["status"])
                if message["status"] >= 500:
                    span.set_status(StatusCode.ERROR)
                for name, value in message["headers"]:
                    if name.lower() == SERVED_BY:
                        span.set_attribute("skygarth.served_by", value.decode("latin-1"))
            await send(message)

        with trace.use_span(span, end_on_exit=True, record_exception=True):
            inside = {**scope, "headers": _with_own_context(scope)}
            try:
                await self._app(inside, receive, sent)
            finally:
                route = route_named(inside)
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.route", route)


def _sent_context(scope: Scope) -> context.Context:
    """The trace that the sender is in; one of our own where he names none."""
    carrier = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in _TRACE_FIELDS
    }
    return _PROPAGATOR.extract(carrier, context=context.Context())


def _with_own_context(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The request's fields with the current span as the parent of what comes after."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    own = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in carrier.items()]
    return [*((n, v) for n, v in scope["headers"] if n not in _TRACE_FIELDS), *own]


class Spans:
    """Where the spans of one node go.

    Attributes:
        middleware: to be put around everything that should be traced.
    """

    def __init__(self, provider: TracerProvider, node: str) -> None:
        self._provider = provider
        tracer = provider.get_tracer("skygarth")
        self.middleware = [Middleware(Tracing, tracer=tracer, node=node)]

    def close(self) -> None:
        """Send what was not sent yet; takes some seconds at most."""
        self._provider.shutdown()
