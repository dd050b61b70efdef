"""Whose connections a node keeps open, and whose no more."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from tests.web.cloud_nodes import CloudNode

from skygarth.web.parting import PartWithClients


async def _answer(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("here", headers={"Connection": "keep-alive", "X-Kept": "1"})


@pytest.mark.parametrize(("is_leaving", "told"), [(True, "close"), (False, "keep-alive")])
def test_a_connection_ends_with_the_answer_of_a_leaving_node(is_leaving: bool, told: str) -> None:
    """And with no other; what else the answer says stays (MBR-8)."""
    parting = Middleware(PartWithClients, is_leaving=lambda: is_leaving)
    app = Starlette(routes=[Route("/", _answer)], middleware=[parting])
    answer = TestClient(app).get("/")

    assert (answer.headers["connection"], answer.headers["x-kept"]) == (told, "1")


def test_a_draining_node_parts_with_whoever_asks(node: CloudNode) -> None:
    """Until it takes traffic again."""
    before = node.visitor().get("node").headers
    node.node.drain(0)
    draining = node.visitor().get("node").headers
    node.node.return_to_traffic()
    after = node.visitor().get("node").headers

    assert [each.get("connection") for each in (before, draining, after)] == [None, "close", None]
