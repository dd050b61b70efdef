"""The web site of a node: components at their places, behind one ASGI edge.

The edge is the only asynchronous part. It finds the page and the route, reads
the body, makes an `Intent`, and lets a thread answer it (`Site.answer`): plain
functions on a local database. On the way out it tags pages, answers 304, and
adds the headers that protect readers. ::

    site = Site({"/": SampleSite()}, repository=repository, now=clock.now)
    app = Starlette(routes=[Mount("/api/v1", api), *site.routes])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, quote

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.types import Receive, Scope, Send

from skygarth.model.errors import Invalid, NotFound, SkygarthError, Unavailable
from skygarth.repository import Repository
from skygarth.routing.route_map import HERE, PublishedPage, PublishedRoute
from skygarth.web.arrival import Arrival, arrival_of
from skygarth.web.component import Component, Surroundings
from skygarth.web.conditional import settle
from skygarth.web.framework_pages import PREFIX, FrameworkPages
from skygarth.web.intent import VISITOR, Identity, Intent, Page, Pairs
from skygarth.web.negotiation import prefers_json
from skygarth.web.parts import SiteParts
from skygarth.web.problem import Problem, problem_of
from skygarth.web.request import Parts, Request
from skygarth.web.routes import RouteMatch, RouteSpec
from skygarth.web.safety import add_safety_headers, refuse_foreign_form

BODY_BYTES_MAX = 1 << 20
TIMEOUT = timedelta(seconds=30)
_SHORTEST = timedelta(seconds=1)

_STATIC = "/static/"
_FORM = "application/x-www-form-urlencoded"
_log = structlog.get_logger("skygarth.web")


class TooLarge(Invalid):
    """The body is longer than the site takes."""

    default_code = "SG-WEB-004"


@dataclass(frozen=True, slots=True)
class _Mounted:
    """A component at its place."""

    page: Page
    component: Component
    surroundings: Surroundings


def _anybody(_headers: Headers) -> Identity:
    return VISITOR


class Site:
    """Components at their places, as an ASGI application.

    Args:
        components: what answers where: ``{"/": Front(), "/blog": Blog()}``; the
            longest place that leads to an address decides. ``blog`` means ``/blog``.
        repository: the content they show.
        now: tells the time, UTC.
        templates: the application's folder of templates, which covers the components' own.
        identify: says from the headers who asks.
        timeout: how long an answer is wanted.
        reload: look at templates and static files anew for each request.

    Attributes:
        parts: answers parts of pages; everything here, unless somebody sets another.

    Raises:
        Invalid: two components at one place, or two of one name.
    """

    def __init__(
        self,
        components: Mapping[str, Component],
        *,
        repository: Repository,
        now: Callable[[], datetime],
        templates: Path | None = None,
        identify: Callable[[Headers], Identity] = _anybody,
        timeout: timedelta = TIMEOUT,
        reload: bool = False,
    ) -> None:
        self._repository = repository
        self._now = now
        self._identify = identify
        self._timeout = timeout
        self._framework = _mounted("/", FrameworkPages(), templates, reload=reload)
        mounted = [
            _mounted(place, component, templates, reload=reload)
            for place, component in components.items()
        ]
        _check_distinct([self._framework, *mounted])
        self._mounted = sorted(mounted, key=lambda entry: len(entry.page.path), reverse=True)
        self._by_name = {entry.component.name: entry for entry in [self._framework, *mounted]}
        self.parts: Parts = SiteParts(self)

    @property
    def routes(self) -> list[BaseRoute]:
        """What a Starlette application mounts last: the site takes every address left."""
        return [Mount("/", app=self)]

    @property
    def asgi(self) -> Starlette:
        """The site alone, as an application."""
        return Starlette(routes=self.routes)

    @property
    def pages(self) -> tuple[PublishedPage, ...]:
        """The components at their places with their routes, in the order of trying."""
        return tuple(
            PublishedPage(
                path=entry.page.path,
                component=entry.component.name,
                routes=tuple(map(_published, entry.component.routes)),
            )
            for entry in self._mounted
        )

    def lead(self, path: str, method: str) -> tuple[Page, RouteMatch]:
        """The page and the route of an address.

        Raises:
            NotFound, MethodRefused: there is none.
        """
        mounted, below = self._find(path)
        return mounted.page, mounted.component.routes.find(below, method)

    def route_of(self, intent: Intent) -> RouteSpec | None:
        """The route that an intent names; None where this site has none such."""
        mounted = self._by_name.get(intent.page.component)
        return None if mounted is None else mounted.component.routes.named(intent.route)

    def identify(self, http: HttpRequest) -> Identity:
        """Who asks: as the node knew him that forwarded, else as the headers say."""
        known = arrival_of(http.scope).identity
        return known if known.is_known else self._identify(http.headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            assert scope["type"] == "websocket"
            await send({"type": "websocket.close", "code": 1000})
            return
        http = HttpRequest(scope, receive)
        try:
            response = await self._respond(http)
        except ClientDisconnect:
            return
        response = settle(response, http.method, http.headers)
        add_safety_headers(response)
        if http.method == "HEAD":
            response.body = b""
        await response(scope, receive, send)

    def answer(self, intent: Intent) -> Response:
        """Run the handler that an intent names, in the calling thread.

        Raises:
            Unavailable: its deadline has passed.
            SkygarthError: what the handler raised.
        """
        mounted = self._by_name.get(intent.page.component)
        if mounted is None:
            raise NotFound(
                f"this node has no such component. component={intent.page.component!r}",
                code="SG-WEB-005",
                hint="it may run another version of the application",
            )
        if self._now() > intent.deadline:
            raise Unavailable(
                "the request waited too long for a thread", code="SG-WEB-006", hint="try again"
            )
        return self._bound(mounted, intent).answer()

    async def _respond(self, http: HttpRequest) -> Response:
        """An answer, whatever happens."""
        mounted, path = self._framework, _path_in(http.scope)
        try:
            if path.startswith(_STATIC):
                return self._static(path, http)
            mounted, path = self._find(path)
            return await self._respond_with(mounted, path, http)
        except SkygarthError as error:
            return await run_in_threadpool(self._explain, mounted, error, http)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - the reader is owed an answer, the log the cause
            _log.exception("a handler failed", path=path, component=mounted.component.name)
            return await run_in_threadpool(self._explain, mounted, error, http)

    async def _respond_with(self, mounted: _Mounted, path: str, http: HttpRequest) -> Response:
        """Make the intent and have it answered."""
        if path != "/" and path.endswith("/"):
            return _without_last_slash(http)
        refuse_foreign_form(http.method, http.headers)
        if http.method == "OPTIONS":
            return _allowed(mounted.component, path)
        match = mounted.component.routes.find(path, http.method)
        form, body = await _read_body(http)
        arrived, arrival = self._now(), arrival_of(http.scope)
        fallback = match.route.fallback if arrival.pool_is_dead else None
        intent = Intent(
            page=mounted.page,
            route=match.route.name if fallback in {None, HERE} else str(fallback),
            arguments=match.arguments,
            method="GET" if http.method == "HEAD" else http.method,
            query=tuple(http.query_params.multi_items()),
            form=form,
            body=body,
            base=_base_of(http),
            identity=self.identify(http),
            hops=arrival.hops,
            arrived=arrived,
            deadline=self._deadline(arrived, arrival),
        )
        return await run_in_threadpool(self.answer, intent)

    def _deadline(self, arrived: datetime, arrival: Arrival) -> datetime:
        """Not later than whoever handed it on will wait, as far as clocks agree."""
        latest = arrived + self._timeout
        if not arrival.deadline_ms:
            return latest
        told = datetime.fromtimestamp(arrival.deadline_ms / 1000, UTC)
        return min(latest, max(told, arrived + _SHORTEST))

    def _find(self, path: str) -> tuple[_Mounted, str]:
        """The component that an address belongs to, and the path below it."""
        if path.startswith(PREFIX):
            return self._framework, path
        for entry in self._mounted:
            below = entry.page.below(path)
            if below is not None:
                return entry, below
        raise NotFound(f"there is no such page. path={path!r}", code="SG-ROUTE-006")

    def _static(self, path: str, http: HttpRequest) -> Response:
        """A static file of a component."""
        component, _, name = path.removeprefix(_STATIC).partition("/")
        mounted = self._by_name.get(component)
        if mounted is None:
            raise NotFound(f"there is no such file. path={path!r}")
        return mounted.surroundings.assets.response(name, http.query_params.get("v", ""))

    def explain(self, error: SkygarthError, http: HttpRequest, status: int | None) -> Response:
        """An error that somebody before the site met, as the site would show its own."""
        return self._explain(self._framework, error, http, status)

    def _explain(
        self, mounted: _Mounted, error: Exception, http: HttpRequest, status: int | None = None
    ) -> Response:
        """An error, for a program or for a person."""
        who = self.identify(http)
        problem = problem_of(error, instance=http.url.path, is_known=who.is_known, status=status)
        if isinstance(error, TooLarge):
            problem = problem_of(error, instance=http.url.path, status=413)
        if prefers_json(http.headers.get("accept", "")):
            response = problem.response()
        else:
            response = self._error_page(mounted, problem, http)
        response.headers.update({"vary": "accept", **problem.headers})
        return response

    def _error_page(self, mounted: _Mounted, problem: Problem, http: HttpRequest) -> Response:
        """The component's error page, or the framework's where even that one fails."""
        arrived = self._now()
        intent = Intent(
            page=mounted.page,
            route="error",
            method="GET",
            base=_base_of(http),
            arrived=arrived,
            deadline=arrived + self._timeout,
        )
        try:
            return self._bound(mounted, intent).error(problem)
        except Exception:  # noqa: BLE001 - it must not hide the first error behind its own
            _log.exception("an error page failed", component=mounted.component.name)
            return self._bound(self._framework, intent).error(problem)

    def _bound(self, mounted: _Mounted, intent: Intent) -> Component:
        request = Request(intent, self._repository, mounted.component.routes, self.parts)
        return mounted.component.bound(request, mounted.surroundings)


def _published(spec: RouteSpec) -> PublishedRoute:
    return PublishedRoute(
        name=spec.name,
        pattern=spec.pattern.text,
        methods=spec.methods,
        pool=spec.pool,
        fallback=spec.fallback,
        max_lag=spec.lag_seconds_max,
    )


def _mounted(place: str, component: Component, templates: Path | None, *, reload: bool) -> _Mounted:
    """A component at the place that a person wrote."""
    page = Page(f"/{place.strip('/')}", component.name)
    return _Mounted(page, component, component.surroundings(templates, reload=reload))


def _check_distinct(mounted: list[_Mounted]) -> None:
    """Refuse what could not be told apart later."""
    paths = [entry.page.path for entry in mounted[1:]]
    names = [entry.component.name for entry in mounted]
    for what, seen in (("place", paths), ("name", names)):
        if len(set(seen)) < len(seen):
            raise Invalid(
                f"two components have one {what}. {what}s={sorted(seen)!r}",
                code="SG-WEB-007",
                hint="mount them at different places, and give each class its own name",
            )


def _path_in(scope: Scope) -> str:
    """The decoded path below the place where the site itself is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path.removeprefix(root) or "/"


def _base_of(http: HttpRequest) -> str:
    """Scheme, host and prefix under which the reader reached the site."""
    prefix = str(http.scope.get("root_path", "")).rstrip("/")
    return f"{http.base_url.scheme}://{http.base_url.netloc}{prefix}"


def _without_last_slash(http: HttpRequest) -> Response:
    """One page has one address: lead there."""
    query = f"?{http.url.query}" if http.url.query else ""
    path = "/" + str(http.scope["path"]).strip("/")
    return RedirectResponse(quote(path) + query, 308)


def _allowed(component: Component, path: str) -> Response:
    """What OPTIONS asks for."""
    allow = {
        method
        for spec in component.routes
        if spec.pattern.match(path) is not None
        for method in spec.answers
    }
    if not allow:
        raise NotFound(f"there is no such page. path={path!r}", code="SG-ROUTE-006")
    return Response(status_code=204, headers={"allow": ", ".join(sorted(allow))})


async def _read_body(http: HttpRequest) -> tuple[Pairs, bytes]:
    """The form, or whatever else came along.

    Raises:
        TooLarge: it is longer than `BODY_BYTES_MAX`.
        Invalid: it is a form that cannot be read.
    """
    body = bytearray()
    async for chunk in http.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise TooLarge(
                f"the body is too long. bytes_max={BODY_BYTES_MAX}",
                hint="send less, or use the API for attachments",
            )
    if http.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return (), bytes(body)
    return _read_form(bytes(body)), b""


def _read_form(body: bytes) -> Pairs:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=1000)
    except ValueError as cause:
        raise Invalid("the form cannot be read", code="SG-WEB-008") from cause
    return tuple(pairs)
