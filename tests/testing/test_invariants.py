"""A check that never finds anything is worth nothing: each is shown what it must find."""

from __future__ import annotations

from collections.abc import Callable

import apsw
import pytest

from skygarth.testing.edit_ledger import EditLedger, Standing
from skygarth.testing.invariants import against_the_law, resurrected, tree_of, unfaithful
from skygarth.testing.simulated_cloud import SimulatedCloud
from skygarth.testing.simulated_node import SimulatedNode

X, Y = bytes([1]) * 16, bytes([2]) * 16


@pytest.fixture
def cloud() -> SimulatedCloud:
    """Two nodes: x has a conflict, y is purged."""
    made = SimulatedCloud("invariants")
    nodes = [made.add_node(name) for name in "ab"]
    for node in nodes:
        made.start(node)
    _write(
        nodes[0],
        lambda w: [w.create("note", g, ["draft", "-", 1], published_us=None) for g in (X, Y)],
    )
    made.settle()
    nodes[0].is_cut = True
    for node in nodes:
        _write(node, lambda w, node=node: w.edit("note", X, {"title": node.name}))
    nodes[0].is_cut = False
    _write(nodes[1], lambda w: w.purge("note", Y))
    made.settle()
    return made


def _write(node: SimulatedNode, deed: Callable[..., object]) -> None:
    with node.database.writing(node.name) as writing:
        deed(writing)
    node.changed([])


def _spoil(cloud: SimulatedCloud, statement: str) -> SimulatedNode:
    """Change a node's tables behind the protocol's back."""
    node = cloud.nodes["a"]
    connection = apsw.Connection(":memory:")
    connection.deserialize("main", node.database.image())
    connection.execute(statement)
    backup = node.back_up()
    spoilt = type(backup)(connection.serialize("main"), backup.journal)
    node.stop("its disk is spoilt")
    node.restore(spoilt)
    return node


def test_a_lawful_cloud_has_no_faults(cloud: SimulatedCloud) -> None:
    """Nothing is found where nothing is wrong."""
    for node in cloud.nodes.values():
        assert list(against_the_law(node.database, cloud.bucket.segments)) == []
        cloud.look_at(node, by_the_law=True)
    assert cloud.violations == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM aside",
        "UPDATE t_note SET title = 'other'",
        "UPDATE t_note SET views = views + 1",
        "UPDATE t_note SET _revision = 9",
        "UPDATE t_note SET _revisor = 'nobody'",
        "DELETE FROM aside; DELETE FROM t_note",
        "DELETE FROM tombstone",
    ],
)
def test_what_differs_from_the_law_is_found(cloud: SimulatedCloud, statement: str) -> None:
    """A lost conflict, a wrong value, count, revision, a lost object, a forgotten purge."""
    node = _spoil(cloud, statement)

    assert list(against_the_law(node.database, cloud.bucket.segments)) != []


def test_different_content_at_equal_vectors_is_found(cloud: SimulatedCloud) -> None:
    """Whoever is looked at second is held against the first."""
    cloud.look_at(cloud.nodes["b"])
    cloud.look_at(_spoil(cloud, "UPDATE t_note SET body = 'other'"))

    assert [fault[:2] for fault in cloud.violations][:1] == ["I3"]


def test_what_is_back_is_found(cloud: SimulatedCloud) -> None:
    """An object that was purged must be nowhere."""
    reading = cloud.nodes["a"].database.reading()

    assert list(resurrected(reading, [Y])) == []
    assert len(list(resurrected(reading, [X]))) == 2


def test_lost_and_invented_values_are_found(cloud: SimulatedCloud) -> None:
    """A value that must stand and does not; one that stands and was replaced."""
    reading = cloud.nodes["a"].database.reading()
    counts = {X: (1, 1)}
    right = Standing({(X, "title"): {"a", "b"}, (X, "body"): {"-"}}, {Y}, counts)
    lost = Standing({(X, "title"): {"a", "b", "c"}}, {Y}, counts)
    invented = Standing({(X, "title"): {"a"}}, {Y}, counts)
    miscounted = Standing({}, {Y}, {X: (2, 2)})

    assert list(unfaithful(reading, right, is_exact=True)) == []
    assert "has lost ['c']" in next(unfaithful(reading, lost, is_exact=True))
    assert "has ['b']" in next(unfaithful(reading, invented, is_exact=True))
    assert "counts 1" in next(unfaithful(reading, miscounted, is_exact=True))


def test_a_page_that_no_path_reaches_is_seen() -> None:
    """The walk from the root tells of pages that it did not meet."""
    cloud = SimulatedCloud("tree")
    node = cloud.add_node("a")
    cloud.start(node)
    _write(node, lambda w: w.create("page", X, ["x", None, ""], published_us=None))

    assert tree_of(node.database.reading()) == ((None, "x", X), "unreached")


def test_the_ledger_starts_empty() -> None:
    """No edits, nothing expected."""
    assert EditLedger().standing([], []) == Standing()
