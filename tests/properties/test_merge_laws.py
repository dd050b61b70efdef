"""The laws of merging, and that SQL obeys them on random histories of clouds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.properties.clouds_by_the_law import (
    LawfulNode,
    content_by_the_law,
    content_of_the_database,
    digest_of,
)

from skygarth.merging.law import LIFE

_TEXTS = st.sampled_from(["", "a", "b", "c"])
_STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(
            ["create", "edit", "edit", "edit2", "delete", "settle", "count", "purge", "publish"]
            + ["receive"] * 4
        ),
        st.integers(0, 3),
        _TEXTS,
    ),
    max_size=40,
)


def _step(nodes: list[LawfulNode], step: tuple[int, str, int, str]) -> None:
    index, deed, which, text = step
    node = nodes[index]
    match deed:
        case "create":
            made = sum(len(other.law.objects) + len(other.law.tombstones) for other in nodes)
            node.create(bytes([index, made % 256, len(node.log), node.time % 256]) * 4, text, which)
        case "publish":
            node.publish()
        case "receive":
            _receive_one(node, nodes[(index + 1 + which % 2) % 3])
        case _ if node.guids:
            _change(node, node.guids[which % len(node.guids)], deed, text, which)


def _change(node: LawfulNode, guid: bytes, deed: str, text: str, which: int) -> None:
    shown = node.law.objects[guid].shown
    match deed:
        case "edit":
            node.edit(guid, {"title": text})
        case "edit2":
            node.edit(guid, {"title": text, "body": text})
        case "delete":
            node.edit(guid, {LIFE: 1 - int(bool(shown[LIFE]))})
        case "settle":
            node.settle(guid, ("title", "body", LIFE)[which % 3], (text, text, 0)[which % 3])
        case "count":
            node.count(guid, which - 1)
        case "purge":
            node.purge(guid)


def _receive_one(node: LawfulNode, peer: LawfulNode) -> None:
    applied = node.database.replica().vector().get(peer.incarnation, 0)
    if applied < len(peer.log):
        node.receive(peer.log[applied])


def _settle_cloud(nodes: list[LawfulNode]) -> None:
    for node in nodes:
        node.publish()
    for _ in range(sum(len(node.log) for node in nodes) + 1):
        for node in nodes:
            for peer in nodes:
                if peer is not node:
                    _receive_one(node, peer)


@given(_STEPS)
def test_sql_equals_the_law_on_random_histories(steps: list[tuple[int, str, int, str]]) -> None:
    """
    Whatever is edited, published and received in whatever order, the database
    holds what the law says, on every node, and all nodes agree at the end (I3, I5).
    """
    nodes = [LawfulNode(letter) for letter in "abc"]
    for step in steps:
        _step(nodes, step)
        node = nodes[step[0]]
        assert content_by_the_law(node) == content_of_the_database(node)
    _settle_cloud(nodes)

    for node in nodes:
        assert content_by_the_law(node) == content_of_the_database(node)
    assert content_by_the_law(nodes[0]) == content_by_the_law(nodes[1])
    assert content_by_the_law(nodes[1]) == content_by_the_law(nodes[2])
    assert len({digest_of(node) for node in nodes}) == 1
