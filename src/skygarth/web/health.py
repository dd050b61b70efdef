"""Whether a node lives, takes traffic, and how each thing it depends on is; and its metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.metadata import version

import apsw
import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from skygarth.model.errors import SkygarthError
from skygarth.node.dns_presence import DnsPresence
from skygarth.node.dns_presence import describe as describe_name
from skygarth.node.news import News, describe
from skygarth.node.running import RunningNode
from skygarth.node.status import Health
from skygarth.web.disk_room import bucket_fault, disk_room
from skygarth.web.request_metrics import name_route
from skygarth.web.safety import add_safety_headers

NOT_NEEDED = frozenset({"notices", "dns"})
"""Checks that tell people something and say nothing about the node's health: it is only slower."""
Endpoint = Callable[[HttpRequest], Awaitable[Response]]
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def health_routes(node: RunningNode, registry: CollectorRegistry) -> list[Route]:
    """``/livez``, ``/readyz``, ``/healthz``, ``/version`` and ``/metrics``."""

    async def livez(_request: HttpRequest) -> Response:
        return _json({"live": True})

    async def readyz(_request: HttpRequest) -> Response:
        state, ready, why = await run_in_threadpool(
            lambda: (node.state, node.takes_traffic, node.why)
        )
        headers = {} if ready else {"Retry-After": "1"}
        told: dict[str, object] = {"ready": ready, "state": state}
        if why:
            told["why"] = why
        return _json(told, 200 if ready else 503, headers)

    async def healthz(_request: HttpRequest) -> Response:
        checks = await run_in_threadpool(dependencies, node)
        well = all(check.well for check in checks if check.name not in NOT_NEEDED)
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


Check = Callable[[RunningNode], tuple[bool, str]]


def dependencies(node: RunningNode) -> list[Health]:
    """How each thing is that the node depends on; a check that fails is an answer too."""
    checks: dict[str, Check] = {
        "database": _database,
        "bucket": _bucket,
        "clock": _clock,
        "replication": _replication,
        "disk": _disk,
    }
    if node.membership.key_differs:
        checks["cluster_key"] = _cluster_key
    if node.companions.find(News) is not None:
        checks["notices"] = _notices
    if node.companions.find(DnsPresence) is not None:
        checks["dns"] = _dns
    return [_checked(name, check, node) for name, check in checks.items()]


def _checked(name: str, check: Check, node: RunningNode) -> Health:
    try:
        well, detail = check(node)
    except SkygarthError as fault:
        return Health(name, well=False, detail=f"{fault.code}: {fault}")
    return Health(name, well, detail)


def _database(node: RunningNode) -> tuple[bool, str]:
    return True, f"{node.repository.change_head()} changes"


def _bucket(node: RunningNode) -> tuple[bool, str]:
    status = node.sync_status()
    fault = bucket_fault(status)
    return not fault, fault or status.bucket


def _cluster_key(_node: RunningNode) -> tuple[bool, str]:
    return False, "no card of another node is signed with this node's cluster key"


def _clock(node: RunningNode) -> tuple[bool, str]:
    status = node.sync_status()
    return status.clock_trusted, f"{status.clock_offset_ms} ms off the bucket's"


def _replication(node: RunningNode) -> tuple[bool, str]:
    status = node.sync_status()
    refused = ", ".join(peer.name for peer in status.peers if peer.quarantined)
    if refused:
        return False, f"logs in quarantine: {refused}"
    well = status.state != "halted" and not status.in_trouble
    return well, status.last_error or status.state


def _disk(node: RunningNode) -> tuple[bool, str]:
    room = disk_room(node, node.sync_status())
    return not room.fault, room.detail


def _notices(node: RunningNode) -> tuple[bool, str]:
    news = node.companions.find(News)
    assert news is not None, "asked only where there are notices"
    if not news.is_open:
        return False, news.fault or "the repository is not known yet"
    health = news.health
    return all(each.connected for each in health), "; ".join(map(describe, health))


def _dns(node: RunningNode) -> tuple[bool, str]:
    presence = node.companions.find(DnsPresence)
    assert presence is not None, "asked only where the node has names"
    health = presence.health
    return all(not each.fault for each in health), "; ".join(map(describe_name, health))


def _json(document: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(document),
        status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type="application/json",
    )
