"""``skygarth route``: which node would answer, and why not another."""

from __future__ import annotations

from cyclopts import App
from rich.console import Group, RenderableType

from skygarth.cli.answers import NodeAnswer, NodesAnswer
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal, details, table
from skygarth.model.position import Incarnation
from skygarth.routing.choice import Candidate
from skygarth.routing.explaining import Explanation, described, explain
from skygarth.routing.route_map import PublishedRoutes, RouteMap
from skygarth.routing.version_header import vector_in

app = App(name="route", help="See which node would answer a request.", help_format="plaintext")


@app.command(name="explain")
def explain_url(
    url: str,
    /,
    *,
    method: str = "GET",
    seen: str = "",
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> None:
    """Print what would become of a request, and why each node would be asked or not.

    Nothing is sent: it is told from the routes of one node and the cards of all.

    Args:
        url: A URL of the site, or a path such as /search?q=cloud.
        method: Its method.
        seen: A Skygarth-Version that its reader has seen.
    """
    with NodeClient(at) as client:
        routes = client.get("routes", PublishedRoutes).value
        nodes = client.get("nodes", NodesAnswer).value.items
    told = explain(
        RouteMap(routes),
        list(map(_candidate, nodes)),
        method.upper(),
        url,
        vector_in(seen.encode("latin-1", "replace")),
    )
    Terminal(output).facts(_facts(told), lambda: _drawn(told))


def _candidate(node: NodeAnswer) -> Candidate:
    return Candidate(
        name=node.name,
        incarnation=Incarnation(node.incarnation),
        address=node.address or "",
        pools=frozenset(node.pools),
        state=node.state,
        lag_seconds=node.lag_seconds or 0.0,
        vector={Incarnation(log): through for log, through in node.vector.items()},
        load=node.load or 0.0,
    )


def _facts(told: Explanation) -> dict[str, object]:
    plan = told.plan
    return {
        "method": told.method,
        "target": told.target,
        "component": plan.component or None,
        "page": plan.page or None,
        "route": plan.route or None,
        "pool": plan.pool,
        "fallback": plan.fallback,
        "max_lag": plan.lag_seconds_max,
        "outcome": told.outcome,
        "nodes": [
            {"name": node.name, "address": node.address, "asked": not why, "why_not": why or None}
            for node, why in told.reasons
        ],
    }


def _drawn(told: Explanation) -> RenderableType:
    plan = told.plan
    pairs: list[tuple[str, object]] = [
        ("request", f"{told.method} {told.target}"),
        ("route", described(plan)),
        ("pool", plan.pool or "any"),
        ("fallback", plan.fallback or "none"),
        ("outcome", told.outcome),
    ]
    rows = [
        (node.name, node.address, ", ".join(sorted(node.pools)), why or "may be asked")
        for node, why in told.reasons
    ]
    return Group(details(pairs), "", table(("node", "address", "pools", "asked"), rows))
