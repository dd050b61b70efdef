"""What would become of a request, told beforehand."""

from __future__ import annotations

import pytest

from skygarth.model.errors import Invalid
from skygarth.model.position import Incarnation, Vector
from skygarth.routing.choice import Candidate
from skygarth.routing.explaining import described, explain
from skygarth.routing.route_map import PublishedPage, PublishedRoute, PublishedRoutes, RouteMap

ROUTES = RouteMap(
    PublishedRoutes(
        apart=("/api",),
        pages=(
            PublishedPage(
                path="/",
                component="site",
                routes=(
                    PublishedRoute(name="index", pattern="/"),
                    PublishedRoute(name="search", pattern="/search", pool="search"),
                    PublishedRoute(name="media", pattern="/media", pool="media", fallback="plain"),
                ),
            ),
        ),
    )
)
LOG = Incarnation("0" * 32)


def node(name: str, *pools: str, state: str = "ready") -> Candidate:
    """A node of some pools."""
    made = Candidate(name, Incarnation(name * 32), f"http://{name}", frozenset(pools))
    made.state = state
    return made


def outcome(url: str, *nodes: Candidate, version: Vector | None = None) -> str:
    """What would happen to a GET."""
    return explain(ROUTES, nodes, "GET", url, version or {}).outcome


def test_each_outcome_is_told_in_a_sentence() -> None:
    """Who answers, which fallback, or why nobody."""
    a, b, c = node("a", "web"), node("b", "search"), node("c", "search", state="draining")

    assert outcome("http://example.org/search?q=x", a, b, c) == "b answers"
    assert outcome("/", a, b, c) == "the less loaded of two drawn from a, b answers"
    assert (
        outcome("/media", a)
        == "its pool has no node: the fallback 'plain' answers on any ready node"
    )
    assert outcome("/search", a, c) == "nobody: 503 with SG-ROUTE-105 and Retry-After"
    assert outcome("/search", b, version={LOG: 1}) == (
        "b answers, which waits until it has what the reader has seen"
    )


def test_each_node_has_its_reason() -> None:
    """RTE-10: and the route is named."""
    told = explain(ROUTES, [node("a", "web"), node("b", "search")], "GET", "/search", {})

    assert [why for _, why in told.reasons] == ["not in the pool 'search'", ""]
    assert described(told.plan) == "site.search at /"
    assert "any node" in described(explain(ROUTES, [], "GET", "/api/v1/types", {}).plan)


@pytest.mark.parametrize("url", ["ftp://x/y", "/a b", "/ü", "http://[", "search"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """With an example of one."""
    with pytest.raises(Invalid, match="no address"):
        outcome(url)
