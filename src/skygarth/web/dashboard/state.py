"""What the dashboard shows, as one value: pages, their JSON twin and their stream read it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from skygarth.model.conflict import ConflictRecord
from skygarth.model.guid import Guid
from skygarth.model.position import Incarnation, Vector
from skygarth.node.membership import Member
from skygarth.node.running import RunningNode
from skygarth.node.status import SyncStatus
from skygarth.repository import Event
from skygarth.repository.tokens import HIDDEN_TYPES
from skygarth.web.api.conflicts import tell_conflict
from skygarth.web.content_figures import ContentFigures, FiguresReader
from skygarth.web.dashboard.alarms import Alarm, alarms_of
from skygarth.web.dashboard.differences import Piece, as_text, compare

RECENT = 14
CONFLICTS_MAX = 50
FRESH_US = 500_000
BUSY_US = 3_000_000
"""For how long after its last segment a log is shown as busy."""


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node of the cloud as the asked node sees it.

    Attributes:
        behind: segments that it had not applied when it last told.
        told_seconds: how long ago that was.
        applied: through which segment of each log, in the order of `DashboardState.logs`.
        busy: whether its log has just grown.
    """

    name: str
    incarnation: str
    state: str
    is_here: bool
    address: str
    pools: str
    version: str
    written: int
    behind: int
    lag_seconds: float
    told_seconds: int
    applied: list[int]
    busy: bool


@dataclass(frozen=True, slots=True)
class LogView:
    """What one incarnation wrote, and how far the asked node has come with it."""

    name: str
    incarnation: Incarnation
    segments: int
    applied: int
    parked: int
    is_current: bool
    refused: tuple[int, str, str] | None


@dataclass(frozen=True, slots=True)
class ConflictSide:
    """One of a conflict's two values, in pieces that differ or not."""

    text: list[Piece]
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class ConflictView:
    """A conflict with both its sides."""

    id: str
    kind: str
    type: str
    guid: str
    path: str
    field: str
    shown: ConflictSide
    set_aside: ConflictSide


@dataclass(frozen=True, slots=True)
class ChangeView:
    """An entry of the change feed, with what the object is called now."""

    sequence: int
    at: str
    action: str
    type: str
    guid: str
    path: str
    title: str
    origin: str


@dataclass(frozen=True, slots=True)
class CostView:
    """Requests since the start, and what a month at this rate costs."""

    requests: dict[str, int]
    bytes_sent: int
    bytes_received: int
    dollars_month: float
    seconds: int
    is_free: bool


@dataclass(frozen=True, slots=True)
class DashboardState:
    """Everything that the dashboard shows."""

    name: str
    state: str
    sync: str
    bucket: str
    address: str
    unpublished: int
    lag_seconds: float
    populating: tuple[int, int]
    alarms: list[Alarm]
    nodes: list[NodeView]
    logs: list[LogView]
    objects: dict[str, int]
    conflicts: list[ConflictView]
    conflicts_count: int
    cost: CostView
    recent: list[ChangeView]


class StateReader:
    """Reads the state at most once in half a second, however many people look.

    Args:
        now_us: microseconds since 1970 UTC.
    """

    def __init__(
        self, node: RunningNode, figures: FiguresReader, now_us: Callable[[], int]
    ) -> None:
        self._node = node
        self._figures = figures
        self._now_us = now_us
        self._lock = threading.Lock()
        self._read_us = 0
        self._state: DashboardState | None = None
        self._grown_us: dict[Incarnation, tuple[int, int]] = {}

    def read(self) -> DashboardState:
        """The state as of now, or of half a second ago."""
        with self._lock:
            now_us = self._now_us()
            if self._state is None or not 0 <= now_us - self._read_us < FRESH_US:
                members = current_members(self._node.members())  # first: cards give logs names
                status = self._node.sync_status()
                known = _known_through(self._node, status)
                busy = self._watch(known, now_us)
                figures = self._figures.read()
                self._state = read_state(self._node, figures, members, status, known, busy)
                self._read_us = now_us
            return self._state

    def forget(self) -> None:
        """Read anew next time."""
        with self._lock:
            self._state = None

    def _watch(self, known: Vector, now_us: int) -> frozenset[Incarnation]:
        """The logs that have just grown."""
        before = self._grown_us
        self._grown_us = {
            log: before[log] if log in before and before[log][0] == through else (through, now_us)
            for log, through in known.items()
        }
        return frozenset(
            log
            for log, (_, grown_us) in self._grown_us.items()
            if log in before and now_us - grown_us < BUSY_US
        )


def _known_through(node: RunningNode, status: SyncStatus) -> dict[Incarnation, int]:
    """How far each log reaches, its own included."""
    known = {peer.incarnation: peer.known_through for peer in status.peers}
    return {**known, node.incarnation: status.sequence}


def current_members(members: list[Member]) -> list[Member]:
    """Without those whose place another took: a node that lost its disk comes back as new."""
    newest: dict[tuple[str, str], Member] = {}
    for member in members:
        place = (member.card.name, member.card.address)
        if place not in newest or newest[place].card.started_ms <= member.card.started_ms:
            newest[place] = member
    return [member for member in members if member in newest.values()]


def read_state(
    node: RunningNode,
    figures: ContentFigures,
    members: list[Member],
    status: SyncStatus,
    known: Vector,
    busy: frozenset[Incarnation],
) -> DashboardState:
    """Everything that the dashboard shows, as of now.

    Args:
        known: how far each log reaches.
        busy: the logs that have just grown.
    """
    logs = _logs(node, status, {member.card.incarnation for member in members})
    conflicts = figures.conflicts
    return DashboardState(
        name=node.name,
        state=node.state,
        sync=status.state,
        bucket=status.bucket,
        address=node.traits.address,
        unpublished=status.unpublished,
        lag_seconds=round(node.lag_seconds(), 1),
        populating=node.populating,
        alarms=alarms_of(node, status, members, len(conflicts)),
        nodes=[_node(node, status, member, known, logs, busy) for member in members],
        logs=logs,
        objects=figures.objects,
        conflicts=[_conflict(node, conflict) for conflict in conflicts[:CONFLICTS_MAX]],
        conflicts_count=len(conflicts),
        cost=_cost(node),
        recent=_recent(node),
    )


def _logs(node: RunningNode, status: SyncStatus, current: set[Incarnation]) -> list[LogView]:
    own = LogView(node.name, node.incarnation, status.sequence, status.sequence, 0, True, None)
    others = [
        LogView(
            peer.name,
            peer.incarnation,
            peer.known_through,
            peer.applied_through,
            peer.parked,
            peer.incarnation in current,
            peer.quarantined,
        )
        for peer in status.peers
        if peer.known_through
    ]
    return sorted([own, *others], key=lambda log: (not log.is_current, log.name, log.incarnation))


def _node(
    node: RunningNode,
    status: SyncStatus,
    member: Member,
    known: Vector,
    logs: list[LogView],
    busy: frozenset[Incarnation],
) -> NodeView:
    card = member.card
    is_here = card.incarnation == node.incarnation
    vector = dict(card.vector)
    if card.incarnation in known:  # what it wrote it has, however old its card
        vector[card.incarnation] = known[card.incarnation]
    applied = [vector.get(log.incarnation, 0) for log in logs]
    return NodeView(
        name=card.name,
        incarnation=card.incarnation,
        state="cut off" if is_here and status.paused else member.state,
        is_here=is_here,
        address=card.address,
        pools=", ".join(card.pools),
        version=card.versions.get("skygarth", ""),
        written=known.get(card.incarnation, 0),
        behind=sum(
            max(0, log.segments - through) for log, through in zip(logs, applied, strict=True)
        ),
        lag_seconds=round(card.lag_seconds, 1),
        told_seconds=0 if is_here else round(member.age_seconds),
        applied=applied,
        busy=card.incarnation in busy,
    )


def _conflict(node: RunningNode, conflict: ConflictRecord) -> ConflictView:
    told = tell_conflict(node, conflict)
    shown, set_aside = told.shown, told.set_aside
    left, right = compare(as_text(shown.value), as_text(set_aside.value))
    return ConflictView(
        id=told.id,
        kind=told.kind,
        type=told.type,
        guid=told.guid,
        path=told.path or told.guid,
        field=told.field,
        shown=ConflictSide(left, shown.by or "", _moment(shown.at)),
        set_aside=ConflictSide(right, set_aside.by or "", _moment(set_aside.at)),
    )


def _moment(at: str | None) -> str:
    """A moment of the API, to the second."""
    return "" if at is None else f"{at[:10]} {at[11:19]}"


def _cost(node: RunningNode) -> CostView:
    cost = node.cost()
    return CostView(
        requests=cost.requests,
        bytes_sent=cost.bytes_sent,
        bytes_received=cost.bytes_received,
        dollars_month=round(cost.dollars_month, 4),
        seconds=round(cost.seconds),
        is_free=not node.bucket.url.startswith(("s3:", "gs:", "az:")),
    )


def _recent(node: RunningNode) -> list[ChangeView]:
    head = node.repository.change_head()
    events = node.repository.changes(max(0, head - 3 * RECENT), 3 * RECENT)
    shown = [event for event in reversed(events) if event.type_name not in HIDDEN_TYPES]
    return [_change(node, event) for event in shown[:RECENT]]


def _change(node: RunningNode, event: Event) -> ChangeView:
    path, title = _names(node, event.guid)
    return ChangeView(
        sequence=event.sequence,
        at=event.at.strftime("%H:%M:%S"),
        action=event.action,
        type=event.type_name,
        guid=str(event.guid),
        path=path,
        title=title,
        origin="another node" if event.imported else "here",
    )


def _names(node: RunningNode, guid: Guid) -> tuple[str, str]:
    """Where an object stands and what it is called; nothing of what is purged."""
    obj = node.repository.find(guid, deleted=True)
    if obj is None:
        return "", ""
    title = getattr(obj, "title", None) or getattr(obj, "name", None)
    return node.repository.path_of(obj) or "", title if isinstance(title, str) else ""
