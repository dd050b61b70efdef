"""The dashboard's pages: one page that follows the cloud, a login, and settling conflicts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from skygarth.model.errors import Denied, SkygarthError
from skygarth.node.running import RunningNode
from skygarth.repository.tokens import HIDDEN_TYPES, Role
from skygarth.web.dashboard.rendering import Pages
from skygarth.web.dashboard.state import StateReader
from skygarth.web.negotiation import prefers_json
from skygarth.web.problem import Problem, problem_of
from skygarth.web.request_metrics import name_route
from skygarth.web.safety import add_safety_headers
from skygarth.web.sessions import Sessions
from skygarth.web.stopping import StopSignal

_HERE = Path(__file__).parent
EVENT_SECONDS = 1.0
PING_SECONDS = 15.0
FORM_BYTES_MAX = 64 << 10
_SEE_OTHER = 303

Endpoint = Callable[[HttpRequest], Awaitable[Response]]


def dashboard_application(
    node: RunningNode,
    state: StateReader,
    sessions: Sessions,
    *,
    stopping: StopSignal,
    open_admin: bool,
) -> Starlette:
    """The dashboard of one node, to be mounted at ``/admin``."""
    pages = _Dashboard(node, state, sessions, stopping, open_admin=open_admin)
    routes: list[Route | Mount] = [
        Route(path, _guarded(pages, f"/admin{path}", endpoint), methods=methods)
        for path, endpoint, methods in (
            ("/", pages.overview, ["GET"]),
            ("/state.json", pages.state, ["GET"]),
            ("/events", pages.events, ["GET"]),
            ("/login", pages.login, ["GET", "POST"]),
            ("/logout", pages.logout, ["POST"]),
            ("/conflicts/{id}", pages.settle, ["POST"]),
        )
    ]
    return Starlette(routes=[*routes, Mount("/static", StaticFiles(directory=_HERE / "static"))])


def _guarded(pages: _Dashboard, route: str, endpoint: Endpoint) -> Endpoint:
    """The endpoint with its name in the metrics, safe headers, and an answer to every error."""

    async def guarded(request: HttpRequest) -> Response:
        name_route(request.scope, route)
        try:
            response = await endpoint(request)
        except SkygarthError as error:
            problem = problem_of(error, instance=request.url.path)
            response = pages.refuse(request, problem)
        response.headers.setdefault("Cache-Control", "no-store")
        add_safety_headers(response)
        return response

    return guarded


class _Dashboard:
    """Handlers that share a node and its sessions."""

    def __init__(
        self,
        node: RunningNode,
        state: StateReader,
        sessions: Sessions,
        stopping: StopSignal,
        *,
        open_admin: bool,
    ) -> None:
        self._node = node
        self._sessions = sessions
        self._stopping = stopping
        self._state = state
        self._open_admin = open_admin
        self._pages = Pages()

    async def _who(self, request: HttpRequest) -> str | None:
        """The name of whoever may use the dashboard; None if it must be told first.

        Raises:
            Denied: an open dashboard was reached by a name that somebody else gave it.
        """
        if self._open_admin:
            _refuse_foreign_name(request.url.hostname or "")
            return ""
        holder = await run_in_threadpool(self._sessions.holder, request)
        return holder.name if holder is not None and holder.may(Role.ADMIN) else None

    async def _admin(self, request: HttpRequest) -> str:
        """The name of the administrator who asks.

        Raises:
            Denied: it is nobody we know.
        """
        who = await self._who(request)
        if who is None:
            raise Denied("log in first", code="SG-ADMIN-001", hint="open /admin/login")
        return who

    def _login_page(self, request: HttpRequest, status: int, *, wrong: bool) -> Response:
        values = {"node": self._node.name, "wrong": wrong}
        return _html(self._pages.page("login.html", _root(request), values), status)

    def refuse(self, request: HttpRequest, problem: Problem) -> Response:
        """An error, for a program or for a person."""
        if prefers_json(request.headers.get("accept", "")):
            return problem.response()
        page = self._pages.page("refused.html", _root(request), {"problem": problem})
        return _html(page, problem.status)

    async def overview(self, request: HttpRequest) -> Response:
        """The whole cloud on one page."""
        if await self._who(request) is None:
            return RedirectResponse("login", _SEE_OTHER)
        state = await run_in_threadpool(self._state.read)
        values = {"form": self._sessions.form_token(request), "open_admin": self._open_admin}
        page = await run_in_threadpool(self._pages.overview, state, _root(request), values)
        return _html(page)

    async def state(self, request: HttpRequest) -> Response:
        """The page's JSON twin."""
        await self._admin(request)
        state = await run_in_threadpool(self._state.read)
        return Response(msgspec.json.encode(state), media_type="application/json")

    async def events(self, request: HttpRequest) -> Response:
        """The parts of the page, again whenever they have changed, as server-sent events."""
        await self._admin(request)
        return StreamingResponse(
            self._stream(request),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _stream(self, request: HttpRequest) -> AsyncIterator[bytes]:
        form = self._sessions.form_token(request)
        sent: dict[str, str] = {}
        quiet = 0.0
        while await self._who(request) is not None:
            state = await run_in_threadpool(self._state.read)
            parts = await run_in_threadpool(self._pages.parts, state, form)
            changed = {name: text for name, text in parts.items() if sent.get(name) != text}
            if changed:
                yield b"data: " + msgspec.json.encode(changed) + b"\n\n"
                sent, quiet = parts, 0.0
            elif quiet >= PING_SECONDS:
                yield b": ping\n\n"
                quiet = 0.0
            quiet += EVENT_SECONDS
            if await self._stopping.wait(EVENT_SECONDS):
                yield b"event: stopping\ndata: {}\n\n"
                return

    async def login(self, request: HttpRequest) -> Response:
        """A form that takes an administrator's token."""
        if request.method != "POST":
            return self._login_page(request, 200, wrong=False)
        token = (await _form(request)).get("token", "")
        holder = await run_in_threadpool(self._sessions.holder_of_token, token)
        if holder is None or not holder.may(Role.ADMIN):
            return self._login_page(request, 403, wrong=True)
        response = RedirectResponse("./", _SEE_OTHER)
        self._sessions.begin(holder, request, response)
        return response

    async def logout(self, request: HttpRequest) -> Response:
        """End the session."""
        await self._own_form(request)
        response = RedirectResponse("login", _SEE_OTHER)
        self._sessions.end(response)
        return response

    async def settle(self, request: HttpRequest) -> Response:
        """Keep one of a conflict's values."""
        who = await self._admin(request)
        form = await self._own_form(request)
        await run_in_threadpool(self._resolve, who, request.path_params["id"], form)
        self._state.forget()
        return RedirectResponse("../#conflicts", _SEE_OTHER)

    def _resolve(self, who: str, conflict: str, form: dict[str, str]) -> None:
        repository = self._node.repository
        if repository.conflict(conflict).type_name in HIDDEN_TYPES:
            raise Denied("tokens are settled by revoking them", hint="skygarth token revoke")
        take = form.get("take", "")
        with repository.transaction("settled on the dashboard", author=who or "dashboard"):
            repository.resolve(
                conflict, {"value": form.get("value", "")} if take == "value" else take
            )

    async def _own_form(self, request: HttpRequest) -> dict[str, str]:
        form = await _form(request)
        if not self._sessions.is_own_form(request, form.get("form", "")):
            raise Denied(
                "this form is not from a page that you were shown just now",
                code="SG-ADMIN-002",
                hint="go back, load the page again, and repeat",
            )
        return form


def _html(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="text/html")


def _root(request: HttpRequest) -> str:
    """The way back to the dashboard's first page, from wherever a page is shown."""
    depth = request.url.path.partition("/admin/")[2].count("/")
    return "../" * depth or "./"


def _refuse_foreign_name(host: str) -> None:
    """Refuse a host name that is not ours: another site may point its own at this machine.

    Raises:
        Denied: it is neither localhost nor an address.
    """
    try:
        if host != "localhost" and not host.endswith(".localhost"):
            ip_address(host)
    except ValueError as cause:
        raise Denied(
            f"the open dashboard answers by address only. host={host!r}",
            code="SG-ADMIN-003",
            hint="open it at http://127.0.0.1:PORT/admin/, or run without --open-admin",
        ) from cause


async def _form(request: HttpRequest) -> dict[str, str]:
    """A small form's fields.

    Raises:
        Denied: it is not small.
    """
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > FORM_BYTES_MAX:
                raise Denied("the form is too long", code="SG-ADMIN-004")
    except ClientDisconnect:
        return {}
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
