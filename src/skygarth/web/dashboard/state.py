"""What the dashboard shows, as one value: pages, their JSON twin and their script read it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass

from skygarth.model.guid import Guid
from skygarth.model.position import Vector
from skygarth.node.running import RunningNode
from skygarth.node.status import SyncStatus
from skygarth.repository import Event
from skygarth.repository.tokens import AccessToken

RECENT = 12
FRESH_US = 500_000


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that needs a person: one sentence, and the command that helps."""

    sentence: str
    command: str


def alarms_of(node: RunningNode, status: SyncStatus, conflicts: int) -> list[Alarm]:
    """What needs a person, worst first."""
    found: list[Alarm] = []
    if status.state == "halted":
        found.append(Alarm(status.last_error, "skygarth sync status"))
    elif not status.bucket_reachable:
        found.append(
            Alarm(f"The bucket does not answer: {status.last_error}", "skygarth doctor bucket")
        )
    if not status.clock_trusted:
        seconds = status.clock_offset_ms / 1000
        found.append(
            Alarm(f"The clock is {seconds:.0f} s off; nothing is published", "skygarth sync status")
        )
    found += [
        Alarm(
            f"The log of {peer.name} is refused from segment {peer.quarantined[0]} on:"
            f" {peer.quarantined[2]}",
            "skygarth sync quarantine",
        )
        for peer in status.peers
        if peer.quarantined
    ]
    if status.paused:
        found.append(Alarm(f"Node {node.name} is cut off on purpose", "skygarth sync resume"))
    if conflicts:
        found.append(Alarm(f"{conflicts} conflicts wait for a decision", "skygarth conflict list"))
    return found


class StateReader:
    """Reads the state at most once in half a second, however many people look.

    Args:
        now_us: microseconds since 1970 UTC.
    """

    def __init__(self, node: RunningNode, now_us: Callable[[], int]) -> None:
        self._node = node
        self._now_us = now_us
        self._lock = threading.Lock()
        self._read_us = 0
        self._state: dict[str, object] = {}

    def read(self) -> dict[str, object]:
        """The state as of now, or of half a second ago."""
        with self._lock:
            age_us = self._now_us() - self._read_us
            if not self._state or not 0 <= age_us < FRESH_US:
                self._state = dashboard_state(self._node)
                self._read_us = self._now_us()
            return self._state

    def forget(self) -> None:
        """Read anew next time."""
        with self._lock:
            self._state = {}


def dashboard_state(node: RunningNode) -> dict[str, object]:
    """Everything that the dashboard shows."""
    repository = node.repository
    status, cost = node.sync_status(), node.cost()
    conflicts = repository.conflicts()
    shown = {n: cls for n, cls in repository.types.items() if cls is not AccessToken}
    own = {"name": node.name, "incarnation": node.incarnation, "state": node.state}
    return {
        "node": own | {"bucket": status.bucket, "sync": status.state},
        "alarms": [asdict(alarm) for alarm in alarms_of(node, status, len(conflicts))],
        "nodes": _nodes(node),
        "logs": _logs(node, status),
        "objects": {name: repository.query(cls).count() for name, cls in sorted(shown.items())},
        "conflicts": [
            {
                "id": conflict.id,
                "type": conflict.type_name,
                "path": _path(node, conflict.guid),
                "field": conflict.field,
                "shown": str(conflict.shown.value),
                "set_aside": str(conflict.set_aside.value),
            }
            for conflict in conflicts[:50]
        ],
        "unpublished": status.unpublished,
        "requests": cost.requests,
        "dollars_month": round(cost.dollars_month, 4),
        "recent": _recent(node),
    }


def _nodes(node: RunningNode) -> list[dict[str, object]]:
    return [
        {
            "name": member.card.name,
            "state": member.state,
            "address": member.card.address,
            "pools": ", ".join(member.card.pools),
            "lag_seconds": round(member.card.lag_seconds, 1),
            "age_seconds": round(member.age_seconds),
            "behind": _behind(node, member.card.vector),
            "is_here": member.card.incarnation == node.incarnation,
        }
        for member in node.members()
        if member.state != "left"
    ]


def _behind(node: RunningNode, vector: Vector) -> int:
    """How many segments that this node has applied another had not when it wrote its card."""
    return sum(max(0, through - vector.get(name, 0)) for name, through in node.vector.items())


def _logs(node: RunningNode, status: SyncStatus) -> list[dict[str, object]]:
    """Who wrote what: one line for each log."""
    own: dict[str, object] = {
        "name": node.name,
        "incarnation": node.incarnation[:8],
        "segments": status.sequence,
        "behind": 0,
        "parked": 0,
        "refused": "",
    }
    return [
        own,
        *(
            {
                "name": peer.name,
                "incarnation": peer.incarnation[:8],
                "segments": peer.known_through,
                "behind": peer.known_through - peer.applied_through,
                "parked": peer.parked,
                "refused": peer.quarantined[1] if peer.quarantined else "",
            }
            for peer in status.peers
        ),
    ]


def _recent(node: RunningNode) -> list[dict[str, object]]:
    head = node.repository.change_head()
    events = node.repository.changes(max(0, head - 3 * RECENT), 3 * RECENT)
    shown = [event for event in reversed(events) if event.type_name != AccessToken.type_name]
    return [_entry(event) for event in shown[:RECENT]]


def _entry(event: Event) -> dict[str, object]:
    """One change, for people."""
    return {
        "sequence": event.sequence,
        "action": event.action,
        "type": event.type_name,
        "guid": str(event.guid),
        "origin": "imported" if event.imported else "local",
        "at": event.at.strftime("%H:%M:%S"),
    }


def _path(node: RunningNode, guid: Guid) -> str:
    obj = node.repository.find(guid, deleted=True)
    return (node.repository.path_of(obj) or str(guid)) if obj is not None else str(guid)
