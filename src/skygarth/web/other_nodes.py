"""Asks other nodes for parts of pages, from the threads in which handlers run."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime

from starlette.responses import Response

from skygarth.model.errors import Unavailable, Unsupported
from skygarth.routing.asking import Answer, collect
from skygarth.routing.choice import Wanted
from skygarth.routing.codes import NO_ANSWER, NO_KEY
from skygarth.routing.exchange import Outgoing
from skygarth.routing.passport import TooFar
from skygarth.routing.router import Router
from skygarth.routing.upstream import NodeConnections
from skygarth.routing.watch import Watch
from skygarth.web.forwarding import HOPS_MAX, INTENTS
from skygarth.web.intent import Intent
from skygarth.web.intent_wire import decode_outcome, encode_intent
from skygarth.web.routes import RouteSpec


class OtherNodes:
    """The way to the nodes of other pools.

    Args:
        router: knows them.
        watch: brings the router up to date when it is used.

    Attributes:
        loop: in which connections live; None until the node serves.
    """

    def __init__(self, router: Router, watch: Watch) -> None:
        self._router = router
        self._watch = watch
        self.loop: asyncio.AbstractEventLoop | None = None

    def answer(self, intent: Intent, route: RouteSpec) -> Response:
        """What a node of the route's pool answers; called in a handler's thread.

        Raises:
            NoNode: the pool has no node now.
            Unsupported: this cloud has no key (SG-ROUTE-112).
            TooFar: it was handed on as often as it may.
            Unavailable: the node did not answer, or not in time.
            SkygarthError: what the handler raised there.
        """
        assert self.loop is not None, "nobody is asked before the node serves"
        if self._router.signer is None:
            raise Unsupported(
                f"parts of pages are asked of other nodes only under a key. pool={route.pool!r}",
                code=NO_KEY,
                hint="give every node the same [cluster] key; `skygarth keys create` makes one",
            )
        if intent.hops >= HOPS_MAX:
            raise TooFar(intent.hops)
        asked = asyncio.run_coroutine_threadsafe(self._ask(intent, route), self.loop)
        answer = asked.result()
        if answer.head.status != 200:
            raise Unavailable(
                f"a node would not make a part of a page. node={answer.node.name!r} "
                f"status={answer.head.status}",
                code=NO_ANSWER,
                hint="its log says more; it may run another version",
            )
        return decode_outcome(answer.body)

    async def _ask(self, intent: Intent, route: RouteSpec) -> Answer:
        await self._watch.be_fresh()
        body = encode_intent(intent)
        digest = hashlib.sha256(body).hexdigest()
        method = b"REPORT" if intent.method == "GET" else b"POST"  # a safe one may be repeated

        def head(home: NodeConnections) -> bytes:
            passport = self._router.passport(
                method,
                INTENTS,
                home.authority,
                deadline_ms=int(intent.deadline.timestamp() * 1000),
                identity=intent.identity,
                hops=intent.hops + 1,
                digest=digest,
            )
            start = b"%b %b HTTP/1.1\r\nHost: %b\r\n" % (method, INTENTS, home.authority)
            return b"%bContent-Type: application/json\r\nContent-Length: %d\r\n%b\r\n" % (
                start,
                len(body),
                passport,
            )

        wanted = Wanted(route.pool, {}, route.lag_seconds_max)
        now = datetime.fromtimestamp(self._router.means.now_ms() / 1000, UTC)
        left = (intent.deadline - now).total_seconds()
        self._router.figures.forwarded(route.pool)
        return await collect(self._router, Outgoing(method, len(body), wanted, head), body, left)
