"""One node as one ASGI application: health, API, dashboard, and the site everywhere else."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from skygarth.node.running import RunningNode
from skygarth.web.api.calls import PREFIX
from skygarth.web.api.routing import api_application
from skygarth.web.dashboard.application import dashboard_application
from skygarth.web.health import health_routes
from skygarth.web.site import Site
from skygarth.web.stopping import StopSignal

__all__ = ["StopSignal", "build_node_app"]


def build_node_app(
    node: RunningNode,
    site: Site | None,
    *,
    open_admin: bool,
    secret: bytes,
    stopping: StopSignal,
    now_us: Callable[[], int],
) -> Starlette:
    """Put the faces of a node together.

    Args:
        site: answers every address that is nobody else's; None for a node without pages.
        open_admin: the dashboard asks for no login; only for nodes on a loopback address.
        secret: signs the dashboard's sessions.
        stopping: ends event streams.
        now_us: microseconds since 1970 UTC.
    """
    dashboard = dashboard_application(
        node, open_admin=open_admin, secret=secret, stopping=stopping, now_us=now_us
    )
    routes: list[BaseRoute] = [
        *health_routes(node),
        Mount(PREFIX, api_application(node, stopping, now_us)),
        Mount("/admin", dashboard),
    ]
    if site is not None:
        routes += site.routes
    return Starlette(routes=routes)
