"""How much a node holds, counted once for each change."""

from __future__ import annotations

import pytest
from tests.web.cloud_nodes import Book, CloudNode

from skygarth.repository import Repository
from skygarth.web.content_figures import FiguresReader


def test_figures_follow_the_content(pair: tuple[CloudNode, CloudNode]) -> None:
    """Objects made here, brought by others, and taken away again are counted at once."""
    a, b = pair
    reader = FiguresReader(a.node)
    before = reader.read().objects
    book = a.repository.create(Book(name="here", title="Here"))
    one = reader.read().objects
    b.repository.create(Book(name="there", title="There"))
    a.waits_for(lambda: reader.read().objects["book"] == 2)
    book.delete()

    assert before == {"book": 0, "shelf": 0}
    assert one == {"book": 1, "shelf": 0}
    assert reader.read().objects == {"book": 1, "shelf": 0}


def test_what_a_merge_sets_aside_is_counted(pair: tuple[CloudNode, CloudNode]) -> None:
    """A conflict is known as soon as it is there, on both nodes, and gone once settled."""
    a, b = pair
    readers = [FiguresReader(node.node) for node in pair]
    book = a.repository.create(Book(name="torn", title="Before"))
    b.waits_for(lambda: b.repository.find(book.guid))
    for node in pair:
        node.node.pause()
        node.waits_for(lambda node=node: node.node.sync_status().paused)  # type: ignore[misc]
    for node in pair:
        node.repository.update(node.repository.get(Book, book.guid), title=node.node.name)
        assert [reader.read().conflicts for reader in readers] == [[], []]
    for node in pair:
        node.node.resume()
    a.waits_for(lambda: all(reader.read().conflicts for reader in readers))
    a.repository.resolve(readers[0].read().conflicts[0].id, "shown")

    assert readers[0].read().conflicts == []
    b.waits_for(lambda: not readers[1].read().conflicts)


def test_nothing_is_counted_twice(node: CloudNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing changes, asking costs nothing."""
    reader = FiguresReader(node.node)
    node.waits_for(lambda: node.node.sync_status().unpublished == 0)
    first = reader.read()
    monkeypatch.setattr(Repository, "conflicts", lambda _: pytest.fail("counted again"))

    assert reader.read() is first
