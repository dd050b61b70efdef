"""What would become of a request, and why: told from routes and cards alone, sending nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from skygarth.model.errors import Invalid
from skygarth.model.position import Vector
from skygarth.routing.choice import Candidate, Wanted, misfit, obstacle
from skygarth.routing.route_map import ANY_NODE, HERE, Plan, RouteMap


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known beforehand of one request.

    Attributes:
        plan: what its address needs.
        reasons: each node, and why it would not be asked; "" if it may be.
        outcome: what would happen, in one sentence.
    """

    method: str
    target: str
    plan: Plan
    reasons: tuple[tuple[Candidate, str], ...]
    outcome: str


def explain(
    routes: RouteMap, nodes: Sequence[Candidate], method: str, url: str, version: Vector
) -> Explanation:
    """What would become of a request for a URL, or for a path of the site.

    Args:
        nodes: of the cloud, as their cards tell.
        version: what its reader has seen already.

    Raises:
        Invalid: this is no address of a site (SG-ROUTE-113).
    """
    target = _target(url)
    path = target.partition("?")[0]
    plan = routes.find(method.encode("ascii"), path.encode("ascii"))
    wanted = Wanted(plan.pool, version, plan.lag_seconds_max)
    reasons = tuple((node, obstacle(node, wanted, 0.0)) for node in nodes)
    return Explanation(method, target, plan, reasons, _outcome(plan, wanted, nodes, reasons))


def _target(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as cause:
        raise _no_address(url) from cause
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fits = target.startswith("/") and target.isascii() and target.isprintable()
    if not fits or " " in target or parts.scheme not in {"", "http", "https"}:
        raise _no_address(url)
    return target


def _no_address(url: str) -> Invalid:
    return Invalid(
        f"this is no address of a site. url={url!r}",
        code="SG-ROUTE-113",
        hint="give a URL or a path as a browser sends it, percent-encoded: /search?q=cloud",
    )


def _outcome(
    plan: Plan,
    wanted: Wanted,
    nodes: Sequence[Candidate],
    reasons: Sequence[tuple[Candidate, str]],
) -> str:
    takers = [node.name for node, why in reasons if not why]
    waiters = [node.name for node in nodes if not misfit(node, wanted)]
    others = [node for node in nodes if not misfit(node, Wanted())]
    if takers:
        return _taken(takers)
    if waiters:
        return f"{_taken(waiters)}, which waits until it has what the reader has seen"
    if plan.fallback is None or not others:
        return "nobody: 503 with SG-ROUTE-105 and Retry-After"
    name = plan.route if plan.fallback == HERE else plan.fallback
    return f"its pool has no node: the fallback {name!r} answers on any ready node"


def _taken(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} answers"
    return f"the less loaded of two drawn from {', '.join(names)} answers"


def described(plan: Plan) -> str:
    """The route of a plan, as a person reads it."""
    if plan is ANY_NODE:
        return "none of the application: any node answers, if only with 404"
    return f"{plan.component}.{plan.route} at {plan.page}"
