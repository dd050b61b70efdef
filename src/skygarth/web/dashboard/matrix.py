"""Which node has how much of which log, as a table that one can still read at thirty nodes.

Thirty nodes have nine hundred cells, and nearly all of them say "all of it". So
a large cloud's table shows only the nodes that lack something and the logs that
somebody lacks.
"""

from __future__ import annotations

from dataclasses import dataclass

from skygarth.web.watching.view import CloudView, LogView, NodeView

CELLS_MAX = 80
COLUMNS_MAX = 12


@dataclass(frozen=True, slots=True)
class Row:
    """A node, and through which segment it has applied each of the matrix's logs."""

    node: NodeView
    applied: list[int]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The table.

    Attributes:
        complete: nodes that are left out, for they lack nothing.
        is_whole: whether every node and every log is in it.
    """

    logs: list[LogView]
    rows: list[Row]
    complete: int
    is_whole: bool


def matrix_of(cloud: CloudView) -> Matrix:
    """The table for a cloud, cut down to what is behind if it is large."""
    logs = list(enumerate(cloud.logs))
    nodes = cloud.nodes
    is_whole = len(logs) <= COLUMNS_MAX and len(logs) * len(nodes) <= CELLS_MAX
    if not is_whole:
        nodes = [node for node in nodes if node.behind]
        logs = [(n, log) for n, log in logs if any(_lacks(node, n, log) for node in nodes)]
        logs = sorted(logs, key=lambda each: -sum(_lacks(node, *each) for node in nodes))
        logs = logs[:COLUMNS_MAX]
    return Matrix(
        [log for _, log in logs],
        [Row(node, [node.applied[n] for n, _ in logs]) for node in nodes],
        len(cloud.nodes) - len(nodes),
        is_whole,
    )


def _lacks(node: NodeView, place: int, log: LogView) -> int:
    if log.incarnation == node.incarnation or not node.behind:
        return 0
    return max(0, log.segments - node.applied[place])
