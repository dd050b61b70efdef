"""`skygarth route explain` tells which node would answer, and why not another."""

from __future__ import annotations

from tests.cli.commands.conftest import Run
from tests.cli.commands.scripted_node import NODE, ScriptedNode

SEARCH = {"name": "search", "pattern": "/search", "pool": "search", "methods": ["GET"]}
ROUTES = {"node": "a", "pages": [{"path": "/", "component": "site", "routes": [SEARCH]}]}
OTHER = {**NODE, "name": "b", "incarnation": "1b", "pools": ["search"], "address": "http://b:1"}


def test_a_request_is_explained(run: Run, node: ScriptedNode) -> None:
    """Route, pool, outcome, and a reason for each node."""
    node.answers["GET routes"] = ROUTES
    node.answers["GET nodes"] = {"items": [NODE, OTHER]}

    ended = run("route", "explain", "http://example.org/search?q=x")

    assert ended.code == 0, ended.err
    assert "site.search at /" in ended.out
    assert "b answers" in ended.out
    assert "not in the pool 'search'" in ended.out


def test_facts_are_there_for_programs(run: Run, node: ScriptedNode) -> None:
    """Under --json, a dead pool says what its reader would get."""
    node.answers["GET routes"] = ROUTES
    node.answers["GET nodes"] = {"items": [NODE]}

    facts = run("route", "explain", "/search", "--json").facts

    assert isinstance(facts, dict)
    assert (facts["pool"], facts["outcome"]) == (
        "search",
        "nobody: 503 with SG-ROUTE-105 and Retry-After",
    )
    assert facts["nodes"][0]["why_not"] == "not in the pool 'search'"
