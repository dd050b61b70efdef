"""The API's addresses, and the asynchronous edge in front of its handlers."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from skygarth.model.errors import Invalid, NotFound, SkygarthError
from skygarth.node.running import RunningNode
from skygarth.repository.tokens import TokenHolder, verify_token
from skygarth.web.api import changes, cloud, conflicts, lists, objects
from skygarth.web.api.calls import PREFIX, Call, Handler, answer
from skygarth.web.api.openapi import openapi_document
from skygarth.web.problem import problem_of
from skygarth.web.safety import add_safety_headers
from skygarth.web.stopping import StopSignal

BODY_BYTES_MAX = 16 << 20
_STATUS: dict[type[Exception], int] = {
    objects.StaleTag: 412,
    objects.MissingTag: 428,
    changes.Gone: 410,
}
_log = structlog.get_logger("skygarth.api")

ADDRESSES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/types", cloud.list_types),
    ("GET", "/types/{type}", cloud.read_type),
    ("GET", "/node", cloud.read_node),
    ("GET", "/nodes", cloud.list_nodes),
    ("GET", "/cost", cloud.read_cost),
    ("GET", "/sync", cloud.read_sync),
    ("POST", "/sync/pause", cloud.pause_sync),
    ("POST", "/sync/resume", cloud.resume_sync),
    ("POST", "/sync/snapshot", cloud.snapshot_sync),
    ("POST", "/sync/quarantine/{incarnation}/release", cloud.release_log),
    ("GET", "/conflicts", conflicts.list_conflicts),
    ("GET", "/conflicts/{id}", conflicts.read_conflict),
    ("POST", "/conflicts/{id}", conflicts.settle_conflict),
    ("POST", "/query", lists.query_objects),
    ("GET", "/tree", objects.read_children),
    ("GET", "/tree/{path:path}", objects.read_path),
    ("GET", "/objects/{guid}", objects.read_object),
    ("PATCH", "/objects/{guid}", objects.change_object),
    ("PUT", "/objects/{guid}", objects.put_object),
    ("DELETE", "/objects/{guid}", objects.delete_object),
    ("POST", "/objects/{guid}/undelete", objects.undelete_object),
    ("GET", "/objects/{guid}/children", objects.read_children),
    ("GET", "/{type}", lists.list_objects),
    ("POST", "/{type}", objects.create_object),
)
"""Method, address and handler; fixed addresses before those that begin with a type."""


def api_application(
    node: RunningNode, stopping: StopSignal, now_us: Callable[[], int]
) -> Starlette:
    """The API of one node, to be mounted at ``/api/v1``."""
    edge = _Edge(node, stopping, now_us)
    routes = [Route("/changes", edge.changes), Route("/openapi.json", edge.openapi)]
    by_address: dict[str, dict[str, Handler]] = {}
    for method, address, handler in ADDRESSES:
        by_address.setdefault(address, {})[method] = handler
    for address, handlers in by_address.items():
        routes.append(Route(address, edge.endpoint(handlers), methods=[*handlers]))
    return Starlette(routes=routes, exception_handlers={404: _no_address, 405: _no_method})


class _Edge:
    """Reads requests, finds out who asks, and lets threads answer."""

    def __init__(self, node: RunningNode, stopping: StopSignal, now_us: Callable[[], int]) -> None:
        self._node = node
        self._stopping = stopping
        self._now_us = now_us

    def endpoint(self, handlers: dict[str, Handler]) -> Callable[[HttpRequest], object]:
        """An endpoint that hands each method to its handler; HEAD goes where GET goes."""

        async def endpoint(request: HttpRequest) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            return await self._respond(request, handlers[method])

        return endpoint

    async def changes(self, request: HttpRequest) -> Response:
        """The change feed, as JSON or as a stream."""
        if "text/event-stream" in request.headers.get("accept", ""):
            return await self._respond(
                request, lambda call: changes.stream_changes(call, self._stopping)
            )
        return await self._respond(request, changes.list_changes)

    async def openapi(self, request: HttpRequest) -> Response:
        """The API's description."""
        return await self._respond(
            request, lambda call: answer(openapi_document(call.repository.types, ADDRESSES))
        )

    async def _respond(self, request: HttpRequest, handler: Handler) -> Response:
        try:
            body = await _body_of(request)
            response = await run_in_threadpool(self._answer, request, body, handler)
        except Exception as error:  # noqa: BLE001 - every error has its answer, and bugs are logged
            response = self._refusal(request, error)
        add_safety_headers(response)
        return response

    def _answer(self, request: HttpRequest, body: bytes, handler: Handler) -> Response:
        call = Call(
            node=self._node,
            method=request.method,
            path=request.path_params,
            query=request.query_params,
            headers=request.headers,
            body=body,
            holder=self._holder(request),
            now_us=self._now_us(),
        )
        call.wait_for_version()
        return handler(call)

    def _holder(self, request: HttpRequest) -> TokenHolder | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        return verify_token(self._node.repository, token.strip(), self._now_us())

    @staticmethod
    def _refusal(request: HttpRequest, error: Exception) -> Response:
        if not isinstance(error, SkygarthError):
            _log.exception("a call failed on a bug", path=request.url.path)
        is_known = "authorization" in request.headers and getattr(error, "code", "") != "SG-API-401"
        problem = problem_of(
            error,
            instance=request.url.path,
            is_known=is_known,
            status=_STATUS.get(type(error)),
        )
        return problem.response()


async def _body_of(request: HttpRequest) -> bytes:
    """The body, if it is not too long.

    Raises:
        Invalid: it is longer than `BODY_BYTES_MAX`.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise Invalid(
                f"the body is too long. bytes_max={BODY_BYTES_MAX}",
                code="SG-API-413",
                hint="send less at once",
            )
        parts.append(part)
    return b"".join(parts)


async def _no_address(request: HttpRequest, _error: Exception) -> Response:
    absent = NotFound(
        f"there is no such address. path={request.url.path!r}",
        code="SG-API-404",
        hint=f"see {PREFIX}/openapi.json",
    )
    return problem_of(absent, instance=request.url.path).response()


async def _no_method(request: HttpRequest, error: Exception) -> Response:
    wrong = Invalid(
        f"this address does not take {request.method}",
        code="SG-API-405",
        hint=f"see {PREFIX}/openapi.json",
    )
    response = problem_of(wrong, instance=request.url.path, status=405).response()
    response.headers.update(getattr(error, "headers", None) or {})
    return response
