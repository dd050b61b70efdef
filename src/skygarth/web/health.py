"""Whether a node lives, takes traffic, and how each thing it depends on is; and its metrics."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path

import apsw
import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from skygarth.node.running import RunningNode
from skygarth.node.status import Health
from skygarth.web.request_metrics import name_route
from skygarth.web.safety import add_safety_headers

FREE_BYTES_MIN = 64 << 20
Endpoint = Callable[[HttpRequest], Awaitable[Response]]
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def health_routes(node: RunningNode, registry: CollectorRegistry) -> list[Route]:
    """``/livez``, ``/readyz``, ``/healthz``, ``/version`` and ``/metrics``."""

    async def livez(_request: HttpRequest) -> Response:
        return _json({"live": True})

    async def readyz(_request: HttpRequest) -> Response:
        state = await run_in_threadpool(lambda: node.state)
        ready = state == "ready"
        headers = {} if ready else {"Retry-After": "1"}
        return _json({"ready": ready, "state": state}, 200 if ready else 503, headers)

    async def healthz(_request: HttpRequest) -> Response:
        checks = await run_in_threadpool(dependencies, node)
        well = all(check.well for check in checks)
        document = {
            "well": well,
            "checks": {c.name: {"well": c.well, "detail": c.detail} for c in checks},
        }
        return _json(document, 200 if well else 503)

    async def versions(_request: HttpRequest) -> Response:
        return _json({"skygarth": version("skygarth"), "sqlite": apsw.sqlite_lib_version()})

    async def metrics(_request: HttpRequest) -> Response:
        body = await run_in_threadpool(generate_latest, registry)
        return Response(body, media_type=_METRICS_TYPE)

    endpoints = {
        "/livez": livez,
        "/readyz": readyz,
        "/healthz": healthz,
        "/version": versions,
        "/metrics": metrics,
    }
    return [Route(path, _named(path, endpoint)) for path, endpoint in endpoints.items()]


def _named(path: str, endpoint: Endpoint) -> Endpoint:
    """The endpoint, counted under its own path."""

    async def named(request: HttpRequest) -> Response:
        name_route(request.scope, path)
        response = await endpoint(request)
        add_safety_headers(response)
        return response

    return named


def dependencies(node: RunningNode) -> list[Health]:
    """How each thing is that the node depends on."""
    status = node.sync_status()
    refused = [peer.name for peer in status.peers if peer.quarantined]
    offset = f"{status.clock_offset_ms} ms off the bucket's"
    return [
        Health("database", well=True, detail=f"{node.database.reading().change_head()} changes"),
        Health("bucket", status.bucket_reachable, status.last_error or status.bucket),
        Health("clock", status.clock_trusted, offset),
        Health(
            "replication",
            not refused and status.state != "halted",
            f"quarantined: {', '.join(refused)}" if refused else status.last_error or status.state,
        ),
        _disk(node),
    ]


def _disk(node: RunningNode) -> Health:
    path = Path(str(node.database.path))
    if not path.exists():
        return Health("disk", well=False, detail="the data folder is gone: start the node again")
    free = shutil.disk_usage(path.parent).free
    return Health("disk", free >= FREE_BYTES_MIN, f"{free >> 20} MiB free")


def _json(document: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(document),
        status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type="application/json",
    )
