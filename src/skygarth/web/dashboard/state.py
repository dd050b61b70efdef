"""What the dashboard shows, as one value: pages, their JSON twin and their stream read it.

The cloud itself is `skygarth.web.watching.view.CloudView`; what stands here besides
is content: what waits for a decision, and what was changed lately.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from skygarth.model.conflict import ConflictRecord
from skygarth.model.guid import Guid
from skygarth.node.running import RunningNode
from skygarth.repository import Event
from skygarth.repository.tokens import HIDDEN_TYPES
from skygarth.web.api.conflicts import tell_conflict
from skygarth.web.content_figures import FiguresReader
from skygarth.web.dashboard.differences import Piece, as_text, compare
from skygarth.web.watching.reading import CloudReader
from skygarth.web.watching.view import CloudView

RECENT = 14
CONFLICTS_MAX = 50


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
class DashboardState:
    """Everything that the dashboard shows.

    Attributes:
        conflicts: the first of those that nobody has settled.
        recent: the newest entries of the change feed, newest first.
    """

    cloud: CloudView
    conflicts: list[ConflictView]
    recent: list[ChangeView]


class StateReader:
    """Reads the state at most once for each reading of the cloud, however many people look."""

    def __init__(self, node: RunningNode, figures: FiguresReader, cloud: CloudReader) -> None:
        self._node = node
        self._figures = figures
        self._cloud = cloud
        self._lock = threading.Lock()
        self._state: DashboardState | None = None

    def read(self) -> DashboardState:
        """The state as of now, or of half a second ago."""
        with self._lock:
            cloud = self._cloud.read()
            if self._state is None or self._state.cloud is not cloud:
                conflicts = self._figures.read().conflicts[:CONFLICTS_MAX]
                self._state = DashboardState(
                    cloud,
                    [_conflict(self._node, conflict) for conflict in conflicts],
                    _recent(self._node),
                )
            return self._state

    def forget(self) -> None:
        """Read anew next time."""
        self._cloud.forget()


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
