"""One node as one ASGI application: health, API, dashboard, and the site everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from skygarth.node.running import RunningNode
from skygarth.web.api.calls import PREFIX
from skygarth.web.api.routing import api_application
from skygarth.web.content_figures import FiguresReader
from skygarth.web.cut_requests import CutRequests
from skygarth.web.dashboard.application import dashboard_application
from skygarth.web.dashboard.state import StateReader
from skygarth.web.health import dependencies, health_routes
from skygarth.web.metrics import NodeCollector
from skygarth.web.parting import PartWithClients
from skygarth.web.request_metrics import RequestMetrics
from skygarth.web.sessions import Sessions
from skygarth.web.site import Site
from skygarth.web.stopping import StopSignal
from skygarth.web.visitors import CountVisitors
from skygarth.web.watching.facts import CUT_OFF
from skygarth.web.watching.reading import CloudReader

__all__ = ["StopSignal", "build_node_app"]


def build_node_app(
    node: RunningNode,
    site: Site | None,
    *,
    open_admin: bool,
    secret: bytes,
    stopping: StopSignal,
    now_us: Callable[[], int],
    registry: CollectorRegistry | None = None,
    inside: Sequence[Middleware] = (),
) -> Starlette:
    """Put the faces of a node together.

    Args:
        site: answers every address that is nobody else's; None for a node without pages.
        open_admin: the dashboard asks for no login; only for nodes on a loopback address.
        secret: signs the dashboard's sessions.
        stopping: ends event streams.
        now_us: microseconds since 1970 UTC.
        registry: where the node's figures stand; by default one of its own.
        inside: what stands between the node's own middleware and its faces.
    """
    registry = registry or CollectorRegistry()
    figures = FiguresReader(node)
    registry.register(NodeCollector(node, figures))
    sessions = Sessions(node.repository, secret, now_us)
    cloud = CloudReader(node, figures, now_us, site.pages if site is not None else ())
    dashboard = dashboard_application(
        node,
        StateReader(node, figures, cloud),
        sessions,
        stopping=stopping,
        open_admin=open_admin,
    )
    routes: list[BaseRoute] = [
        *health_routes(node, registry),
        Mount(PREFIX, api_application(node, figures, cloud, sessions, stopping, now_us)),
        Route("/admin", _to_dashboard),
        Mount("/admin", dashboard),
    ]
    if site is not None:
        routes += site.routes
    counting = Middleware(RequestMetrics, registry=registry, monotonic=node.clock.monotonic)
    cut = Middleware(CutRequests, stopping=stopping)
    visitors = Middleware(CountVisitors, traffic=node.traffic)
    parting = Middleware(
        PartWithClients, is_leaving=lambda: stopping.is_set or bool(node.draining.phase)
    )
    node.card.unwell = lambda: unwell_with(node)
    return Starlette(routes=routes, middleware=[visitors, parting, counting, cut, *inside])


def unwell_with(node: RunningNode) -> list[str]:
    """What a node's card tells others that it is not well with."""
    unwell = [each.name for each in dependencies(node) if not each.well]
    return [*unwell, CUT_OFF] if node.sync_status().paused else unwell


async def _to_dashboard(_request: HttpRequest) -> Response:
    return RedirectResponse("/admin/", 308)
