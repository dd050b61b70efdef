"""How much a node holds, and what is not settled: counted once for each change.

Counting reads every object, and many ask: the dashboard each second, metrics,
the API. The answer can only change with the feed, or with what a merge sets
aside, and that moves the vector.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from skygarth.model.conflict import ConflictRecord
from skygarth.node.running import RunningNode
from skygarth.repository.tokens import HIDDEN_TYPES


@dataclass(frozen=True, slots=True)
class ContentFigures:
    """What a node holds, hidden types left out.

    Attributes:
        objects: how many live ones of each type.
        conflicts: those that nobody has settled, by id.
    """

    objects: dict[str, int]
    conflicts: list[ConflictRecord]


class FiguresReader:
    """Counts what a node holds when it has changed since the last time."""

    def __init__(self, node: RunningNode) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._mark: object = None
        self._figures = ContentFigures({}, [])

    def read(self) -> ContentFigures:
        """The figures as of now."""
        with self._lock:
            # Looked at before counting: what changes meanwhile is counted next time.
            mark = (self._node.repository.change_head(), self._node.vector)
            if mark != self._mark:
                self._figures, self._mark = _count(self._node), mark
            return self._figures


def _count(node: RunningNode) -> ContentFigures:
    repository = node.repository
    shown = {name: cls for name, cls in repository.types.items() if name not in HIDDEN_TYPES}
    conflicts = [c for c in repository.conflicts() if c.type_name not in HIDDEN_TYPES]
    return ContentFigures(
        {name: repository.query(cls).count() for name, cls in shown.items()},
        sorted(conflicts, key=lambda conflict: conflict.id),
    )
