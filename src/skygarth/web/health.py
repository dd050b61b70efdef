"""Whether a node lives, takes traffic, and how each thing it depends on is; and its metrics."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path

import apsw
import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from skygarth.node.running import RunningNode
from skygarth.node.status import Health

FREE_BYTES_MIN = 64 << 20
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def health_routes(node: RunningNode) -> list[Route]:
    """``/livez``, ``/readyz``, ``/healthz``, ``/version`` and ``/metrics``."""
    registry = CollectorRegistry()
    registry.register(_NodeCollector(node))

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
    return [Route(path, endpoint) for path, endpoint in endpoints.items()]


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


class _NodeCollector(Collector):
    """Reads a node's figures when they are asked for."""

    def __init__(self, node: RunningNode) -> None:
        self._node = node

    def collect(self) -> list[Metric]:
        """Every metric, as of now."""
        status, cost = self._node.sync_status(), self._node.cost()
        lag = GaugeMetricFamily(
            "skygarth_replication_lag_seconds", "Since when a log is known further", labels=["peer"]
        )
        for peer in status.peers:
            lag.add_metric([peer.name], peer.lag_seconds)
        requests = CounterMetricFamily(
            "skygarth_bucket_requests", "Requests to the bucket", labels=["op"]
        )
        for operation, count in cost.requests.items():
            requests.add_metric([operation], count)
        gauges = {
            "skygarth_unpublished_commits": (
                "Changes that wait to be published",
                status.unpublished,
            ),
            "skygarth_last_progress_seconds": (
                "Since the replicator last did something",
                status.last_progress_seconds,
            ),
            "skygarth_conflicts_open": ("Conflicts", len(self._node.repository.conflicts())),
            "skygarth_bucket_dollars_month": ("A month at this rate", cost.dollars_month),
            "skygarth_quarantined_logs": (
                "Logs that are refused",
                sum(peer.quarantined is not None for peer in status.peers),
            ),
            "skygarth_clock_offset_seconds": ("Off the bucket's", status.clock_offset_ms / 1000),
            "skygarth_ready": ("1 if the node takes traffic", int(self._node.state == "ready")),
        }
        return [lag, requests, *(GaugeMetricFamily(n, h, v) for n, (h, v) in gauges.items())]
