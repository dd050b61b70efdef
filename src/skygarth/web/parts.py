"""A part of a page, or data for it, made where its route says.

An intent is a value, so it can be answered by the site that is at hand or by another
node's; which of them it was does not show in the result. A handler asks by
`Request.load` and `Request.call`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Protocol
from urllib.parse import parse_qsl, unquote

from starlette.responses import Response

from skygarth.routing.faults import NoNode
from skygarth.routing.route_map import HERE
from skygarth.web.intent import Intent, Page
from skygarth.web.routes import RouteMatch, RouteSpec


class Answering(Protocol):
    """A site, as far as parts need it."""

    def answer(self, intent: Intent) -> Response:
        """Run the handler that an intent names."""
        ...

    def lead(self, path: str, method: str) -> tuple[Page, RouteMatch]:
        """The page and the route of an address."""
        ...

    def route_of(self, intent: Intent) -> RouteSpec | None:
        """The route that an intent names; None where this node has none such."""
        ...


class Elsewhere(Protocol):
    """The other nodes, asked from a handler's thread."""

    def answer(self, intent: Intent, route: RouteSpec) -> Response:
        """What a node of the route's pool answers.

        Raises:
            NoNode: it has none now.
            SkygarthError: what the handler raised there.
        """
        ...


class SiteParts:
    """Answers the parts of one site's pages.

    Args:
        site: answers what is done here.
        pools: what this node is for.
        elsewhere: the other nodes; None for a node alone, which does everything itself.
    """

    def __init__(
        self, site: Answering, pools: Collection[str] = (), elsewhere: Elsewhere | None = None
    ) -> None:
        self._site = site
        self._pools = frozenset(pools)
        self._elsewhere = elsewhere

    def answer_part(self, target: str | Intent, asker: Intent) -> Response:
        """The answer to an address or an intent, for whoever asked for the page.

        Raises:
            NotFound: there is no such address.
            NoNode: its pool has no node, and it names no fallback.
            SkygarthError: what the handler raised.
        """
        intent = target if isinstance(target, Intent) else self._intent_to(target, asker)
        route = self._site.route_of(intent)
        if self._elsewhere is None or route is None or self._is_for_us(route):
            return self._site.answer(intent)
        try:
            return self._elsewhere.answer(intent, route)
        except NoNode:
            if route.fallback is None:
                raise
            name = route.name if route.fallback == HERE else route.fallback
            return self._site.answer(replace(intent, route=name))

    def _is_for_us(self, route: RouteSpec) -> bool:
        return route.pool is None or route.pool in self._pools

    def _intent_to(self, address: str, asker: Intent) -> Intent:
        """A GET of an address of the site, by the same reader at the same moment."""
        path, _, query = address.partition("?")
        page, match = self._site.lead(unquote(path), "GET")
        return replace(
            asker,
            page=page,
            route=match.route.name,
            arguments=match.arguments,
            method="GET",
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            form=(),
            body=b"",
        )
