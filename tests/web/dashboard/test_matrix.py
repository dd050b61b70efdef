"""The table of who has what stays readable."""

from __future__ import annotations

from tests.web.watching.clouds import A, another, facts, identity, peer_of

from skygarth.web.dashboard.matrix import matrix_of
from skygarth.web.watching.view import CloudView, view_cloud


def _cloud(count: int, behind: int) -> CloudView:
    """A cloud of so many nodes, each with a log of 3, of which so many lack some of a's."""
    vector = {A: 10, **{identity(100 + n): 3 for n in range(count - 1)}}
    others = [
        another(f"n{n:02}", 100 + n, vector={**vector, A: 4 if n < behind else 10})
        for n in range(count - 1)
    ]
    peers = tuple(peer_of(other, reaches=3) for other in others)
    return view_cloud(facts(*others, sync={"peers": peers}))


def test_a_small_cloud_is_shown_whole() -> None:
    """Every node and every log."""
    matrix = matrix_of(_cloud(4, 1))

    assert matrix.is_whole
    assert len(matrix.logs) == len(matrix.rows) == 4
    assert matrix.complete == 0


def test_a_large_cloud_is_cut_down_to_what_is_behind() -> None:
    """Nodes that lack something, and the logs that they lack."""
    cloud = _cloud(30, 2)
    matrix = matrix_of(cloud)
    names = [row.node.name for row in matrix.rows]

    assert not matrix.is_whole
    assert {"n00", "n01"} <= set(names)
    assert matrix.complete == 27  # and node a, whose card tells of its own log only
    assert len(matrix.logs) <= 12
    assert all(len(row.applied) == len(matrix.logs) for row in matrix.rows)
