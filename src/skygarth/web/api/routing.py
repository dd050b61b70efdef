"""The API's addresses, and the asynchronous edge in front of its handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from skygarth.model.errors import Denied, Invalid, NotFound, SkygarthError
from skygarth.node.running import RunningNode
from skygarth.web.api import changes, cloud, conflicts, history, jobs, lists, nodes, objects
from skygarth.web.api.calls import PREFIX, Call, Handler, answer
from skygarth.web.api.openapi import openapi_document
from skygarth.web.content_figures import FiguresReader
from skygarth.web.problem import problem_of
from skygarth.web.request_metrics import name_route
from skygarth.web.safety import add_safety_headers
from skygarth.web.sessions import STRANGER_CODES, Sessions
from skygarth.web.site import TooLarge
from skygarth.web.stopping import StopSignal
from skygarth.web.watching.reading import CloudReader

BODY_BYTES_MAX = 16 << 20
_STATUS: dict[type[Exception], int] = {
    objects.StaleTag: 412,
    objects.MissingTag: 428,
    changes.Gone: 410,
    TooLarge: 413,
}
_log = structlog.get_logger("skygarth.api")

ADDRESSES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/types", cloud.list_types),
    ("GET", "/types/{type}", cloud.read_type),
    ("GET", "/node", nodes.read_node),
    ("POST", "/node/drain", nodes.drain_node),
    ("POST", "/node/resume", nodes.resume_node),
    ("POST", "/node/leave", nodes.leave_node),
    ("GET", "/nodes", nodes.list_nodes),
    ("GET", "/cloud", nodes.read_cloud),
    ("POST", "/nodes/{name}/forget", nodes.forget_node),
    ("GET", "/cost", cloud.read_cost),
    ("GET", "/sync", cloud.read_sync),
    ("POST", "/sync/pause", cloud.pause_sync),
    ("POST", "/sync/resume", cloud.resume_sync),
    ("POST", "/sync/snapshot", cloud.snapshot_sync),
    ("POST", "/sync/refill", cloud.refill_sync),
    ("POST", "/sync/quarantine/{incarnation}/release", cloud.release_log),
    ("GET", "/conflicts", conflicts.list_conflicts),
    ("GET", "/conflicts/{id}", conflicts.read_conflict),
    ("POST", "/conflicts/{id}", conflicts.settle_conflict),
    ("GET", "/jobs", jobs.list_all_jobs),
    ("POST", "/jobs/{guid}/retry", jobs.retry_one_job),
    ("DELETE", "/jobs/{guid}", jobs.drop_one_job),
    ("POST", "/query", lists.query_objects),
    ("GET", "/tree", objects.read_children),
    ("GET", "/tree/{path:path}", objects.read_path),
    ("GET", "/objects/{guid}", objects.read_object),
    ("PATCH", "/objects/{guid}", objects.change_object),
    ("PUT", "/objects/{guid}", objects.put_object),
    ("DELETE", "/objects/{guid}", objects.delete_object),
    ("POST", "/objects/{guid}/undelete", objects.undelete_object),
    ("GET", "/objects/{guid}/history", history.read_history),
    ("POST", "/objects/{guid}/revert", history.revert_object),
    ("GET", "/objects/{guid}/children", objects.read_children),
    ("GET", "/{type}", lists.list_objects),
    ("POST", "/{type}", objects.create_object),
)
"""Method, address and handler; fixed addresses before those that begin with a type."""

LATER: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/objects/{guid}/parameters", objects.come_later),
    ("GET", "/objects/{guid}/attachments/{name}", objects.come_later),
)
"""Addresses that are taken, and answer 501 until their time has come."""

DESCRIBED = (("GET", "/changes", changes.list_changes), *ADDRESSES)
"""What the API's own description tells of."""


def api_application(
    node: RunningNode,
    figures: FiguresReader,
    cloud: CloudReader,
    sessions: Sessions,
    stopping: StopSignal,
    now_us: Callable[[], int],
) -> Starlette:
    """The API of one node, to be mounted at ``/api/v1``."""
    edge = _Edge(node, figures, cloud, sessions, stopping, now_us)
    by_address: dict[str, dict[str, Handler]] = {
        "/changes": {"GET": edge.changes},
        "/openapi.json": {"GET": edge.openapi},
    }
    for method, address, handler in (*ADDRESSES, *LATER):
        by_address.setdefault(address, {})[method] = handler
    routes = [
        Route(address, edge.endpoint(address, handlers), methods=[*handlers])
        for address, handlers in by_address.items()
    ]
    return Starlette(routes=routes, exception_handlers={404: _no_address, 405: _no_method})


class _Edge:
    """Reads requests, finds out who asks, and lets threads answer."""

    def __init__(
        self,
        node: RunningNode,
        figures: FiguresReader,
        cloud: CloudReader,
        sessions: Sessions,
        stopping: StopSignal,
        now_us: Callable[[], int],
    ) -> None:
        self._node = node
        self._figures = figures
        self._cloud = cloud
        self._sessions = sessions
        self._stopping = stopping
        self._now_us = now_us

    def endpoint(
        self, address: str, handlers: Mapping[str, Handler]
    ) -> Callable[[HttpRequest], Awaitable[Response]]:
        """An endpoint that hands each method to its handler; HEAD goes where GET goes."""

        async def endpoint(request: HttpRequest) -> Response:
            name_route(request.scope, PREFIX + address)
            method = "GET" if request.method == "HEAD" else request.method
            return await self._respond(request, handlers[method])

        return endpoint

    def changes(self, call: Call) -> Response:
        """``GET changes?since=…``: the change feed, as JSON or as a stream of events."""
        if "text/event-stream" in call.headers.get("accept", ""):
            return changes.stream_changes(call, self._stopping)
        return changes.list_changes(call)

    @staticmethod
    def openapi(call: Call) -> Response:
        """``GET openapi.json``: this description."""
        return answer(openapi_document(call.repository.types, DESCRIBED))

    async def _respond(self, request: HttpRequest, handler: Handler) -> Response:
        try:
            body = await _body_of(request)
            response = await run_in_threadpool(self._answer, request, body, handler)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - every error has its answer, and bugs are logged
            response = _refusal(request, error)
        return _safe(response)

    def _answer(self, request: HttpRequest, body: bytes, handler: Handler) -> Response:
        call = Call(
            node=self._node,
            figures=self._figures,
            cloud=self._cloud,
            method=request.method,
            path=request.path_params,
            query=request.query_params,
            headers=request.headers,
            body=body,
            holder=self._sessions.holder(request),
            now_us=self._now_us(),
        )
        call.wait_for_version()
        return handler(call)


def _safe(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    add_safety_headers(response)
    return response


def _refusal(request: HttpRequest, error: Exception) -> Response:
    if not isinstance(error, SkygarthError):
        _log.error("a call failed on a bug", path=request.url.path, exc_info=error)
    is_known = not isinstance(error, Denied) or error.code not in STRANGER_CODES
    status = _STATUS.get(type(error))
    response = problem_of(
        error, instance=request.url.path, is_known=is_known, status=status
    ).response()
    if isinstance(error, objects.StaleTag) and error.etag:
        response.headers["ETag"] = error.etag
    return response


async def _body_of(request: HttpRequest) -> bytes:
    """The body, if it is not too long.

    Raises:
        TooLarge: it is longer than `BODY_BYTES_MAX`.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES_MAX:
            raise TooLarge(
                f"the body is too long. bytes_max={BODY_BYTES_MAX}",
                code="SG-API-413",
                hint="send less at once",
            )
    return bytes(body)


async def _no_address(request: HttpRequest, _error: Exception) -> Response:
    absent = NotFound(
        f"there is no such address. path={request.url.path!r}",
        code="SG-API-404",
        hint=f"see {PREFIX}/openapi.json",
    )
    return _safe(problem_of(absent, instance=request.url.path).response())


async def _no_method(request: HttpRequest, error: Exception) -> Response:
    wrong = Invalid(
        f"this address does not take {request.method}",
        code="SG-API-405",
        hint=f"see {PREFIX}/openapi.json",
    )
    response = problem_of(wrong, instance=request.url.path, status=405).response()
    response.headers.update(getattr(error, "headers", None) or {})
    return _safe(response)
