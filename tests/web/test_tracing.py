"""Each request is a span in the trace of whoever sent it."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from skygarth.web.request_metrics import name_route
from skygarth.web.tracing import Spans

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class _Traced:
    """An application that says what it was sent, and the spans that came of it."""

    def __init__(self) -> None:
        self._kept = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._kept))
        routes = [Route("/livez", _echo), Route("/boom", _boom), Route("/{rest:path}", _echo)]
        app = Starlette(routes=routes, middleware=Spans(provider, "web-1").middleware)
        self.client = TestClient(app, raise_server_exceptions=False)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """Those that have ended."""
        return self._kept.get_finished_spans()


async def _echo(request: Request) -> Response:
    name_route(request.scope, "/echo")
    fields = [value for name, value in request.headers.items() if name == "traceparent"]
    headers = {"Skygarth-Served-By": "search-1"} if request.url.path == "/far" else {}
    return PlainTextResponse(" ".join(fields), headers=headers)


async def _boom(_request: Request) -> Response:
    raise RuntimeError("boom")


@pytest.fixture
def traced() -> _Traced:
    """An application whose requests are traced."""
    return _Traced()


def test_a_span_joins_the_trace_of_the_sender(traced: _Traced) -> None:
    """And stands between the sender and whatever the request is handed on to."""
    sent_on = traced.client.get("/page", headers={"traceparent": PARENT}).text
    (span,) = traced.spans
    assert span.parent is not None
    assert span.context is not None

    assert f"{span.parent.span_id:016x}" == "b7ad6b7169203331"
    assert sent_on == f"00-0af7651916cd43dd8448eb211c80319c-{span.context.span_id:016x}-01"
    assert span.name == "GET /echo"


def test_a_request_without_a_trace_begins_one(traced: _Traced) -> None:
    """What no tracer wrote is no parent."""
    for headers in ({}, {"traceparent": "rubbish"}):
        assert traced.client.get("/page", headers=headers).text.startswith("00-")

    assert [span.parent for span in traced.spans] == [None, None]


def test_a_span_says_which_node_was_asked_and_which_answered(traced: _Traced) -> None:
    """With the route, the status, and the node that it was handed on to."""
    traced.client.get("/far")
    (span,) = traced.spans

    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "url.path": "/far",
        "http.response.status_code": 200,
        "http.route": "/echo",
        "skygarth.node": "web-1",
        "skygarth.served_by": "search-1",
    }


def test_an_error_is_marked(traced: _Traced) -> None:
    """So that one finds it among a thousand that went well."""
    traced.client.get("/boom")
    (span,) = traced.spans

    assert span.status.status_code is StatusCode.ERROR


def test_what_machines_ask_all_the_time_is_not_traced(traced: _Traced) -> None:
    """Health and metrics would bury the rest."""
    assert traced.client.get("/livez").text == ""
    assert traced.spans == ()
