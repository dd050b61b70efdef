"""Requests are counted by route, and strangers cannot invent routes."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.web.cloud_nodes import CloudNode

from skygarth.web.request_metrics import RequestMetrics, name_route


async def _named(request: HttpRequest) -> Response:
    name_route(request.scope, "/named/{what}")
    return PlainTextResponse("named", 201)


def test_requests_are_counted_by_route_method_and_status() -> None:
    """Addresses of one route share a figure; what names no route belongs to the site."""
    registry = CollectorRegistry()
    ticks = iter(range(100))
    counting = Middleware(RequestMetrics, registry=registry, monotonic=lambda: float(next(ticks)))
    app = TestClient(Starlette(routes=[Route("/named/{what}", _named)], middleware=[counting]))
    for address in ("/named/a", "/named/b", "/strange/1", "/strange/2"):
        app.get(address)
    app.request("WEIRD", "/strange/3")
    text = generate_latest(registry).decode()

    assert (
        'skygarth_http_requests_total{method="GET",route="/named/{what}",status="201"} 2.0' in text
    )
    assert 'skygarth_http_requests_total{method="GET",route="site",status="404"} 2.0' in text
    assert 'method="other",route="site"' in text
    assert 'skygarth_http_request_seconds_sum{route="/named/{what}"} 2.0' in text
    assert "strange" not in text


def test_a_node_counts_what_it_answers(node: CloudNode) -> None:
    """The API counts by its own addresses, health and dashboard by theirs."""
    node.client("reader").get("objects/none")
    node.app.get("/livez")
    node.app.get("/admin/login")
    text = node.app.get("/metrics").text

    assert 'route="/api/v1/objects/{guid}"' in text
    assert 'route="/livez"' in text
    assert 'route="/admin/login"' in text
