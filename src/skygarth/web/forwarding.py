"""What stands before a node's faces: requests that belong to another node go there.

A route names the pool that does its work. Whatever node a request meets, it is
answered by one of that pool: here, if this node is in it, else elsewhere, under a
passport that tells who asks, until when, and how often it has been handed on. ::

    request ──► passport? ──► whose work? ──► ours ──► has it what the reader has seen?
                   │ forged       │ another pool's              │ no, and another one has
                   ▼              ▼                             ▼
                  403         a node of it, else           that node
                              the fallback, else 503
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skygarth.model.errors import SkygarthError, Unavailable
from skygarth.model.position import Vector
from skygarth.routing.choice import Wanted
from skygarth.routing.codes import NOT_HERE
from skygarth.routing.exchange import Outgoing
from skygarth.routing.faults import NoNode, Unanswered
from skygarth.routing.headers import PASSPORT
from skygarth.routing.passport import Forged, Passport, PassportControl, bound
from skygarth.routing.relay import Relay, framing_of, travelling
from skygarth.routing.route_map import Plan, PublishedRoutes, RouteMap
from skygarth.routing.router import Router
from skygarth.routing.upstream import NodeConnections
from skygarth.routing.watch import Watch
from skygarth.web.arrival import Arrival, arrived
from skygarth.web.intent_answers import answer_intent
from skygarth.web.request_metrics import name_route
from skygarth.web.safety import add_safety_headers
from skygarth.web.seen_versions import Seen, Waiting, cookie_for, seen_by
from skygarth.web.site import Site

HOPS_MAX = 3
"""How often a request may be handed on: by a front-end, by a node that has not what its
reader has seen, and once more while a node changes its pools."""

ROUTES = b"/api/v1/routes"
INTENTS = b"/api/v1/intents"
APART = ("/api", "/admin", "/livez", "/readyz", "/healthz", "/version", "/metrics", "/static")
"""Addresses that are no pages, with all that stands below: any node answers them."""

ANSWER_SECONDS = 30.0
BRIEF_SECONDS = 0.25
"""How long this node may take to catch up before another is asked: most catch up sooner."""

CATCH_UP_SECONDS = 2.0
VIA = b"1.1 skygarth-node"
_READS = frozenset({"GET", "HEAD"})
_SAFE = _READS | {"OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What forwarding needs to know of its own node.

    Attributes:
        pools: what it is for.
        waiting: waits until it has what somebody has seen.
        written: how many changes it has made, to see whether a request made one.
        wrote: the log and the number under which others will find what was written just now.
    """

    name: str
    pools: Collection[str]
    waiting: Waiting
    written: Callable[[], int]
    wrote: Callable[[], Vector]


class Forwarding:
    """ASGI middleware that answers here what belongs here.

    Args:
        app: this node's own faces.
        site: whose routes name pools.
        control: reads passports; None where the cloud has no key: then none count.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        site: Site,
        standing: Standing,
        router: Router,
        watch: Watch,
        control: PassportControl | None,
    ) -> None:
        self._app = app
        self._site = site
        self._standing = standing
        self._router = router
        self._watch = watch
        self._control = control
        self._routes = RouteMap(PublishedRoutes(node=standing.name, apart=APART, pages=site.pages))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, wherever that is done."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            passport = self._passport(scope)
            response = await self._own(scope, passport, receive)
        except SkygarthError as error:
            await self._refuse(error, scope, receive, send)
            return
        if response is not None:
            name_route(scope, scope["path"])
            add_safety_headers(response)
            await response(scope, receive, send)
            return
        arrival = _arrival(scope, passport)
        if passport is not None and passport.client:
            scope = {**scope, "client": (passport.client, 0), "scheme": passport.scheme}
        plan = self._routes.find(scope["method"].encode("latin-1"), _path(scope))
        elsewhere = plan.pool is not None and plan.pool not in self._standing.pools
        if elsewhere and not arrival.pool_is_dead:
            await self._to_pool(scope, plan, arrival, receive, send)
        else:
            await self._here(arrived(scope, arrival), arrival, receive, send)

    # -- who asks -----------------------------------------------------------------------------

    def _passport(self, scope: Scope) -> Passport | None:
        """The passport of a request, verified; it goes no further than here.

        Raises:
            Forged: it is not right (RTE-6).
        """
        shown = [value for name, value in scope["headers"] if name == PASSPORT]
        if not shown or self._control is None:
            return None
        if len(shown) > 1:
            raise Forged("there are two")
        method = scope["method"].encode("latin-1")
        binding = bound(method, _target(scope), _host(scope))
        return self._control.read(shown[0], binding)

    async def _own(
        self, scope: Scope, passport: Passport | None, receive: Receive
    ) -> Response | None:
        """What other nodes and front-ends ask of this one; None for everything else."""
        path = _path(scope)
        if path == ROUTES and scope["method"] in _READS:
            return Response(
                msgspec.json.encode(self._routes.published), media_type="application/json"
            )
        if path == INTENTS:
            return await answer_intent(self._site, passport, receive)
        return None

    # -- here ---------------------------------------------------------------------------------

    async def _here(self, scope: Scope, arrival: Arrival, receive: Receive, send: Send) -> None:
        """Answer on this node, once it has what the reader has seen."""
        seen, method = seen_by(scope), scope["method"]
        is_behind = method in _READS and not self._standing.waiting.has(seen.vector)
        if is_behind and await self._catch_up(seen, scope, arrival, receive, send):
            return
        if method in _SAFE or _path(scope).startswith(b"/api/"):
            await self._app(scope, receive, send)  # the API tells its writers by itself
            return
        before = await run_in_threadpool(self._standing.written)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                message = await run_in_threadpool(self._with_version, message, before, seen)
            await send(message)

        await self._app(scope, receive, sent)

    async def _catch_up(
        self, seen: Seen, scope: Scope, arrival: Arrival, receive: Receive, send: Send
    ) -> bool:
        """Wait, or let a node answer that has it, or refuse; whether that was the answer."""
        waiting = self._standing.waiting
        if await waiting.until(seen.vector, BRIEF_SECONDS):
            return False
        if arrival.hops < HOPS_MAX:
            await self._watch.be_fresh()
            wanted = Wanted(None, seen.vector)
            if any(not why for _, why in self._router.reasons(wanted)):
                await self._relay(scope, wanted, arrival, receive, send)
                return True
        if await waiting.until(seen.vector, CATCH_UP_SECONDS - BRIEF_SECONDS):
            return False
        if not seen.is_asked:
            return False  # an old page is better than none, and the cookie's log may be lost
        late = Unavailable(
            "this node has not caught up with what you have seen",
            code="SG-API-503",
            hint="ask again in a moment, or another node",
        )
        await self._refuse(late, scope, receive, send)
        return True

    def _with_version(self, message: Message, before: int, seen: Seen) -> Message:
        """The head of an answer to a write, with what the writer needs to find it again."""
        headers = list(message["headers"])
        if any(name == b"skygarth-version" for name, _ in headers):
            return message
        if self._standing.written() == before:
            return message
        for log, sequence in self._standing.wrote().items():
            version = f"{log}:{sequence}".encode("ascii")
            headers.append((b"skygarth-version", version))
            headers.append((b"set-cookie", cookie_for(seen.vector, log, sequence)))
        return {**message, "headers": headers}

    # -- elsewhere ----------------------------------------------------------------------------

    async def _to_pool(
        self, scope: Scope, plan: Plan, arrival: Arrival, receive: Receive, send: Send
    ) -> None:
        """Let a node of the route's pool answer, else its fallback (RTE-15)."""
        if arrival.hops >= HOPS_MAX:
            far = Unavailable(
                f"this request belongs to another pool, and was handed on too often. "
                f"pool={plan.pool!r}",
                code=NOT_HERE,
                hint="two nodes take each other for one of the pool; look at `skygarth node list`",
            )
            await self._refuse(far, scope, receive, send, refused=True)
            return
        await self._watch.be_fresh()
        wanted = Wanted(plan.pool, seen_by(scope).vector, plan.lag_seconds_max)
        if self._router.has_any(wanted):
            await self._relay(scope, wanted, arrival, receive, send)
        elif plan.fallback is not None:
            fallen = Arrival(
                identity=arrival.identity,
                deadline_ms=arrival.deadline_ms,
                hops=arrival.hops,
                pool_is_dead=True,
            )
            await self._here(arrived(scope, fallen), fallen, receive, send)
        else:
            await self._refuse(NoNode(plan.pool), scope, receive, send)

    async def _relay(
        self, scope: Scope, wanted: Wanted, arrival: Arrival, receive: Receive, send: Send
    ) -> None:
        """Hand a whole request on, and its answer back."""
        name_route(scope, "forwarded")
        method = scope["method"].encode("latin-1")
        framing, fields = framing_of(scope), _fields(scope)
        now_ms = self._router.means.now_ms()
        deadline_ms = arrival.deadline_ms or now_ms + int(ANSWER_SECONDS * 1000)
        identity = self._site.identify(HttpRequest(arrived(scope, arrival)))
        self._router.figures.forwarded(wanted.pool)

        def head(home: NodeConnections) -> bytes:
            host = _host(scope) or home.authority
            passport = self._router.passport(
                method,
                _target(scope),
                host,
                deadline_ms=deadline_ms,
                identity=identity,
                hops=arrival.hops + 1,
                client=_client(scope),
                scheme=scope.get("scheme", "http"),
            )
            line = b"%b %b HTTP/1.1\r\nHost: %b\r\n" % (method, _target(scope), host)
            return b"%b%b%b%b\r\n" % (line, fields, framing.line, passport)

        async def refuse(error: Unanswered) -> None:
            self._router.figures.failed(error.code)
            await self._refuse(error, scope, receive, send)

        outgoing = Outgoing(method, framing.length, wanted, head)
        relay = Relay(self._router, outgoing, receive, send, refuse)
        await relay.run(min(max((deadline_ms - now_ms) / 1000, 1.0), ANSWER_SECONDS))

    async def _refuse(
        self,
        error: SkygarthError,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        refused: bool = False,
    ) -> None:
        status = error.status if isinstance(error, Unanswered) else None
        response = await run_in_threadpool(self._site.explain, error, HttpRequest(scope), status)
        if refused:
            response.headers["Skygarth-Refused"] = error.code
        add_safety_headers(response)
        await response(scope, receive, send)


def _arrival(scope: Scope, passport: Passport | None) -> Arrival:
    """How a request came: as its passport says, else from outside.

    Without a key nobody can prove how often a request was handed on, so one that any
    node has handed on goes no further (RTE-8).
    """
    if passport is not None:
        return Arrival(
            identity=passport.identity,
            deadline_ms=passport.deadline_ms,
            hops=passport.hops,
            pool_is_dead=passport.pool_is_dead,
        )
    was_handed_on = VIA.decode() in Headers(scope=scope).getlist("via")
    return Arrival(hops=HOPS_MAX if was_handed_on else 0)


def _path(scope: Scope) -> bytes:
    """The path as it was sent (RTE-4)."""
    raw = scope.get("raw_path") or scope["path"].encode()
    assert isinstance(raw, bytes)
    return raw


def _target(scope: Scope) -> bytes:
    query = scope["query_string"]
    return b"%b?%b" % (_path(scope), query) if query else _path(scope)


def _host(scope: Scope) -> bytes:
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    assert isinstance(host, bytes)
    return host


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _fields(scope: Scope) -> bytes:
    """What travels on, and who asks, as this node saw it (RTE-5)."""
    client, scheme = _client(scope).encode("ascii", "replace"), scope.get("scheme", "http").encode()
    return b"%bX-Forwarded-For: %b\r\nX-Forwarded-Proto: %b\r\nVia: %b\r\n" % (
        travelling(scope),
        client or b"unknown",
        scheme,
        VIA,
    )
