"""One node as one application: every face at its address."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import HOST, CloudNode

from skygarth.web.node_app import StopSignal, build_node_app
from skygarth.web.site import Site


def _noon() -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def app(node: CloudNode) -> TestClient:
    """The node with a site that has no pages but the framework's own."""
    site = Site({}, repository=node.repository, now=_noon)
    inner = build_node_app(
        node.node,
        site,
        open_admin=True,
        secret=b"s" * 32,
        stopping=StopSignal(),
        now_us=node.node.clock.now_us,
    )
    return TestClient(inner, base_url=HOST, follow_redirects=False)


@pytest.mark.parametrize(
    "address",
    [
        *("/livez", "/readyz", "/healthz", "/version", "/metrics"),
        *("/api/v1/types", "/api/v1/openapi.json", "/admin/", "/admin/static/dashboard.css"),
    ],
)
def test_each_face_has_its_address(app: TestClient, address: str) -> None:
    """Health, API and dashboard stand beside the site and are not covered by it."""
    assert app.get(address).status_code == 200


def test_the_dashboard_is_found_without_its_slash(app: TestClient) -> None:
    """`/admin` leads to `/admin/`; it is no page of the site."""
    answer = app.get("/admin")

    assert (answer.status_code, answer.headers["Location"]) == (308, "/admin/")


def test_an_address_of_the_api_is_never_a_page(app: TestClient) -> None:
    """What the API does not know it answers itself."""
    answer = app.get("/api/v1/no/such/thing", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
