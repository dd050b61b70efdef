"""The dashboard's pages: one page that follows the cloud, a login, and settling conflicts."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from skygarth.model.errors import SkygarthError
from skygarth.node.running import RunningNode
from skygarth.repository.tokens import Role, verify_token
from skygarth.web.dashboard.sessions import (
    COOKIE,
    SESSION_SECONDS,
    form_token,
    make_session,
    session_name,
)
from skygarth.web.dashboard.state import dashboard_state
from skygarth.web.problem import problem_of
from skygarth.web.safety import add_safety_headers
from skygarth.web.stopping import StopSignal

_HERE = Path(__file__).parent
EVENT_SECONDS = 1.0
OPEN_SESSION = "open"


def dashboard_application(
    node: RunningNode,
    *,
    open_admin: bool,
    secret: bytes,
    stopping: StopSignal,
    now_us: Callable[[], int],
) -> Starlette:
    """The dashboard of one node, to be mounted at ``/admin``."""
    pages = _Dashboard(node, secret, stopping, now_us, open_admin=open_admin)
    return Starlette(
        routes=[
            Route("/", pages.overview),
            Route("/state.json", pages.state),
            Route("/events", pages.events),
            Route("/login", pages.login, methods=["GET", "POST"]),
            Route("/conflicts/{id}", pages.settle, methods=["POST"]),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ]
    )


class _Dashboard:
    """Handlers that share a node and a secret."""

    def __init__(
        self,
        node: RunningNode,
        secret: bytes,
        stopping: StopSignal,
        now_us: Callable[[], int],
        *,
        open_admin: bool,
    ) -> None:
        self._node = node
        self._secret = secret
        self._stopping = stopping
        self._now_us = now_us
        self._open_admin = open_admin
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape()
        )

    def _session(self, request: HttpRequest) -> str | None:
        """The session that a request belongs to; None if it must log in first."""
        if self._open_admin:
            return OPEN_SESSION
        value = request.cookies.get(COOKIE, "")
        known = session_name(self._secret, value, self._now_us()) if value else None
        return value if known is not None else None

    def _page(self, name: str, status: int = 200, **values: object) -> Response:
        text = self._templates.get_template(name).render(**values)
        response = Response(text, status, media_type="text/html")
        response.headers["Cache-Control"] = "no-store"
        add_safety_headers(response)
        return response

    async def overview(self, request: HttpRequest) -> Response:
        """The whole cloud on one page."""
        session = self._session(request)
        if session is None:
            return RedirectResponse("login", 303)
        state = await run_in_threadpool(dashboard_state, self._node)
        return self._page("overview.html", state=state, form=form_token(self._secret, session))

    async def state(self, request: HttpRequest) -> Response:
        """The page's JSON twin."""
        if self._session(request) is None:
            return Response(status_code=401)
        state = await run_in_threadpool(dashboard_state, self._node)
        return Response(msgspec.json.encode(state), media_type="application/json")

    async def events(self, request: HttpRequest) -> Response:
        """The state, again whenever it has changed, as server-sent events."""
        if self._session(request) is None:
            return Response(status_code=401)
        return StreamingResponse(
            self._stream(),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _stream(self) -> AsyncIterator[bytes]:
        sent = b""
        while not self._stopping.is_set:
            state = msgspec.json.encode(await run_in_threadpool(dashboard_state, self._node))
            yield b": ping\n\n" if state == sent else b"data: " + state + b"\n\n"
            sent = state
            if await self._stopping.wait(EVENT_SECONDS):
                return

    async def login(self, request: HttpRequest) -> Response:
        """A form that takes an administrator's token."""
        if request.method == "GET":
            return self._page("login.html", wrong=False)
        token = (await _form(request)).get("token", "").strip()
        now_us = self._now_us()
        holder = await run_in_threadpool(verify_token, self._node.repository, token, now_us)
        if holder is None or not holder.may(Role.ADMIN):
            return self._page("login.html", 403, wrong=True)
        response = RedirectResponse("./", 303)
        response.set_cookie(
            COOKIE,
            make_session(self._secret, holder.name, now_us),
            max_age=SESSION_SECONDS,
            path="/admin",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    async def settle(self, request: HttpRequest) -> Response:
        """Keep one of a conflict's values."""
        session = self._session(request)
        form = await _form(request)
        expected = form_token(self._secret, session or "")
        if session is None or not hmac.compare_digest(form.get("form", ""), expected):
            return Response("log in first\n", 403)
        try:
            await run_in_threadpool(
                self._node.repository.resolve, request.path_params["id"], form.get("take", "")
            )
        except SkygarthError as error:
            return problem_of(error, instance=request.url.path).response()
        return RedirectResponse("../", 303)


async def _form(request: HttpRequest) -> dict[str, str]:
    """A small form's fields."""
    body = (await request.body()).decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(body).items()}
