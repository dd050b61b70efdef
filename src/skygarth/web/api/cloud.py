"""Replication over HTTP, its cost, and the types: what is told, and what operators may do."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from skygarth.formats.bucket_keys import segment_key
from skygarth.model.errors import NotFound
from skygarth.model.json_schema import json_schema
from skygarth.model.position import Incarnation, Position, Vector
from skygarth.model.types import Type
from skygarth.model.wording import shortened
from skygarth.node.news import transports_of
from skygarth.node.status import PeerStatus
from skygarth.notices.port import TransportHealth
from skygarth.repository.tokens import HIDDEN_TYPES, Role
from skygarth.web.api.calls import Call, answer
from skygarth.web.api.jobs import jobs_document
from skygarth.web.api.objects import known_type
from skygarth.web.disk_room import bucket_fault, disk_room


def sync_document(call: Call) -> dict[str, object]:
    """How replication is doing."""
    status = call.node.sync_status()
    room, fault = disk_room(call.node, status), bucket_fault(status)
    return {
        "state": status.state,
        "bucket": {"url": status.bucket, "reachable": not fault, "fault": fault or None},
        "disk": {"free_bytes": room.free_bytes, "fault": room.fault or None},
        "unpublished": status.unpublished,
        "own_sequence": status.sequence,
        "peers": [_peer(peer) for peer in status.peers],
        "notices": [_transport(health) for health in transports_of(call.node)],
        "clock_offset_ms": status.clock_offset_ms,
        "clock_trusted": status.clock_trusted,
        "last_error": status.last_error or None,
        "last_progress_seconds": round(status.last_progress_seconds, 3),
        "jobs": jobs_document(call.node),
    }


def _transport(health: TransportHealth) -> dict[str, object]:
    heard = health.heard_seconds_ago
    return {
        "name": health.name,
        "broker": health.broker,
        "connected": health.connected,
        "away_seconds": round(health.away_seconds, 3),
        "fault": health.fault or None,
        "hint": health.hint or None,
        "said": health.said,
        "heard": health.heard,
        "replaced": health.replaced,
        "refused": health.refused,
        "heard_seconds_ago": None if heard is None else round(heard, 3),
    }


def _peer(peer: PeerStatus) -> dict[str, object]:
    refused = peer.quarantined
    return {
        "incarnation": peer.incarnation,
        "name": peer.name,
        "known_through": peer.known_through,
        "applied_through": peer.applied_through,
        "lag_seconds": round(peer.lag_seconds, 3),
        "parked": peer.parked,
        "quarantined": None
        if refused is None
        else {
            "sequence": refused[0],
            "code": refused[1],
            "reason": refused[2],
            "key": segment_key(Position(peer.incarnation, refused[0])),
        },
    }


def read_sync(call: Call) -> Response:
    """``GET sync``."""
    call.require(Role.READER)
    return answer(sync_document(call))


def pause_sync(call: Call) -> Response:
    """``POST sync/pause``."""
    call.require(Role.ADMIN)
    call.node.pause()
    return answer(sync_document(call) | {"state": "paused"})


def resume_sync(call: Call) -> Response:
    """``POST sync/resume``."""
    call.require(Role.ADMIN)
    call.node.resume()
    return answer(sync_document(call))


def snapshot_sync(call: Call) -> Response:
    """``POST sync/snapshot``: write a snapshot now."""
    call.require(Role.ADMIN)
    taken = call.node.take_snapshot()
    return answer(
        {
            "vector": dict(taken.entry.vector),
            "vector_hash": taken.entry.vector_hash,
            "objects": taken.entry.objects,
            "chunks": taken.chunks,
            "uploaded": taken.uploaded,
        },
        201,
    )


def refill_sync(call: Call) -> Response:
    """``POST sync/refill``: fill a bucket that lost its content from this node (REP-27)."""
    call.require(Role.ADMIN)
    done = call.node.refill()
    return answer({"incarnation": done.incarnation, "vector": _vector(done.vector)}, 201)


def release_log(call: Call) -> Response:
    """``POST sync/quarantine/{incarnation}/release``: try a refused log again."""
    call.require(Role.ADMIN)
    incarnation = Incarnation(call.path["incarnation"])
    if incarnation not in call.node.database.replica().quarantined():
        raise NotFound(
            f"no such log is refused. incarnation={shortened(incarnation)}",
            code="SG-QUARANTINE-404",
            hint="`skygarth sync quarantine` lists those that are",
        )
    call.node.release(incarnation)
    return answer(sync_document(call))


def read_cost(call: Call) -> Response:
    """``GET cost``: requests and dollars."""
    call.require(Role.READER)
    cost = call.node.cost()
    since = datetime.fromtimestamp(cost.since_ms / 1000, UTC)
    return answer(
        {
            "requests": cost.requests,
            "bytes": {"sent": cost.bytes_sent, "received": cost.bytes_received},
            "dollars": cost.dollars,
            "dollars_month": cost.dollars_month,
            "seconds": round(cost.seconds, 3),
            "since": since.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        }
    )


def list_types(call: Call) -> Response:
    """``GET types``."""
    types = call.repository.types
    items = [_type(cls) for name, cls in sorted(types.items()) if name not in HIDDEN_TYPES]
    return answer({"items": items, "next": None})


def read_type(call: Call) -> Response:
    """``GET types/{type}``: its JSON Schema."""
    return answer(_type(known_type(call, call.path["type"])))


def _type(cls: type[Type]) -> dict[str, object]:
    return {"name": cls.type_name, "schema": json_schema(cls.__plan__.schema)}


def _vector(vector: Vector) -> dict[Incarnation, int]:
    """A vector as JSON tells it."""
    return {log: through for log, through in vector.items() if through}
