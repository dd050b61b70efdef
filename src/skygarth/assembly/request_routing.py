"""Lets a node forward: puts its router, its watch and its passports together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from prometheus_client import CollectorRegistry
from starlette.middleware import Middleware

from skygarth.assembly.routing_means import means_of
from skygarth.assembly.wiring import Assembled
from skygarth.model.position import Vector
from skygarth.routing.cards import seen_in
from skygarth.routing.figures import NodeFigures, RoutingFigures
from skygarth.routing.passport import PassportControl
from skygarth.routing.route_map import PublishedRoutes, RouteMap
from skygarth.routing.router import Router
from skygarth.routing.watch import Watch
from skygarth.web.api.calls import own_sequence
from skygarth.web.forwarding import HOPS_MAX, Forwarding, Standing
from skygarth.web.other_nodes import OtherNodes
from skygarth.web.parts import SiteParts
from skygarth.web.seen_versions import Waiting
from skygarth.web.site import Site


class RequestRouting:
    """How one node's requests find other nodes.

    Args:
        registry: where the figures stand.
    """

    def __init__(self, assembled: Assembled, site: Site, registry: CollectorRegistry) -> None:
        node, clock = assembled.node, assembled.clock
        signer = assembled.forward_signer
        self.router = Router(
            node.name,
            means_of(clock, assembled.chance),
            RoutingFigures(registry),
            signer=signer,
            own=lambda: node.incarnation,
        )
        registry.register(NodeFigures(lambda: self.router.nodes, clock.monotonic))
        watch = Watch(
            self.router,
            lambda: seen_in(node.members()),
            cards_seconds=node.traits.card_seconds,
            fixed_routes=RouteMap(PublishedRoutes()),  # its own it asks of its site
        )
        self._others = OtherNodes(self.router, watch)
        site.parts = SiteParts(site, node.traits.pools, self._others)

        def wrote() -> Vector:
            return {node.incarnation: own_sequence(node)}

        standing = Standing(
            name=node.name,
            pools=node.traits.pools,
            waiting=Waiting(lambda: node.vector, lambda: node.incarnation, clock.monotonic),
            written=node.repository.change_head,
            wrote=wrote,
        )
        control = PassportControl(signer, clock.now_ms, hops_max=HOPS_MAX) if signer else None
        self.middleware: Sequence[Middleware] = [
            Middleware(
                Forwarding,
                site=site,
                standing=standing,
                router=self.router,
                watch=watch,
                control=control,
            )
        ]

    def start(self) -> None:
        """Connections live in the loop that calls this."""
        self._others.loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Close every connection that waits."""
        self.router.close()
