"""Which pool an address needs: the routes of a node's application, as it publishes them.

``GET /api/v1/routes`` of any node tells its pages with their routes, the most
specific first, so that a front-end finds the same route for an address as the
node itself would, without a line of the application's code. Paths are matched
as nodes match them: decoded once, not normalised (RTE-4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from skygarth.model.errors import Damaged, SkygarthError
from skygarth.routing import codes
from skygarth.routing.route_pattern import RoutePattern, compile_pattern

HERE = "here"
"""The fallback of a route that any node can answer, only not as well."""

REMEMBERED_MAX = 4096


class PublishedRoute(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A route as a node tells it; see `skygarth.web.routes.RouteSpec`."""

    name: str
    pattern: str
    methods: tuple[str, ...] = ("GET",)
    pool: str | None = None
    fallback: str | None = None
    max_lag: float | None = None


class PublishedPage(msgspec.Struct, frozen=True, kw_only=True):
    """A component at its place, with its routes in the order in which they are tried."""

    path: str
    component: str
    routes: tuple[PublishedRoute, ...] = ()


class PublishedRoutes(msgspec.Struct, frozen=True, kw_only=True):
    """What ``GET /api/v1/routes`` tells.

    Attributes:
        node: who tells it.
        apart: beginnings of addresses that are no pages: the API, the dashboard.
        pages: those of the application, the longest path first.
    """

    node: str = ""
    apart: tuple[str, ...] = ()
    pages: tuple[PublishedPage, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an address needs.

    Attributes:
        pool: the pool of nodes that should answer; None for any node.
        fallback: what answers where the pool has no node: `HERE`, a handler's name, or None.
        lag_seconds_max: how far behind a node may be.
        page: where the component stands; "" for what is no page.
    """

    pool: str | None = None
    fallback: str | None = None
    lag_seconds_max: float | None = None
    page: str = ""
    component: str = ""
    route: str = ""


ANY_NODE = Plan()


class RouteMap:
    """Finds the plan of an address.

    Args:
        published: what a node told.
    """

    def __init__(self, published: PublishedRoutes) -> None:
        self.published = published
        self._pages = [
            (page, [(compile_pattern(route.pattern), route) for route in page.routes])
            for page in published.pages
        ]
        self._remembered: dict[tuple[bytes, bytes], Plan] = {}

    def find(self, method: bytes, path: bytes) -> Plan:
        """The plan of a method and a path as it stands in the request."""
        key = (method, path)
        known = self._remembered.get(key)
        if known is not None:
            return known
        plan = self._find(method.decode("latin-1"), unquote(path.decode("latin-1")))
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()  # strangers can invent addresses without end
        self._remembered[key] = plan
        return plan

    def _find(self, method: str, path: str) -> Plan:
        if any(path == place or path.startswith(f"{place}/") for place in self.published.apart):
            return ANY_NODE
        wanted = "GET" if method == "HEAD" else method
        for page, routes in self._pages:
            below = below_page(page.path, path)
            if below is not None:
                return _plan_in(page, routes, wanted, below)
        return ANY_NODE


def _plan_in(
    page: PublishedPage,
    routes: Sequence[tuple[RoutePattern, PublishedRoute]],
    method: str,
    below: str,
) -> Plan:
    for pattern, route in routes:
        if method in route.methods and pattern.match(below) is not None:
            return Plan(
                route.pool, route.fallback, route.max_lag, page.path, page.component, route.name
            )
    return ANY_NODE


def below_page(page: str, path: str) -> str | None:
    """What is left of a path below a page, with its slash; None if it is elsewhere."""
    if page == "/":
        return path
    if path == page:
        return "/"
    return path[len(page) :] if path.startswith(f"{page}/") else None


def read_routes(body: bytes) -> RouteMap:
    """What a node published.

    Raises:
        Damaged: it cannot be read (SG-ROUTE-111).
    """
    try:
        return RouteMap(msgspec.json.decode(body, type=PublishedRoutes))
    except (msgspec.MsgspecError, SkygarthError) as cause:
        raise Damaged(
            f"what a node says of its routes cannot be read. reason={cause}",
            code=codes.ROUTES_UNKNOWN,
            hint="it may run a later version; upgrade this one",
        ) from cause
