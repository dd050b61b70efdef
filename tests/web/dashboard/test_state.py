"""What the dashboard shows besides the cloud."""

from __future__ import annotations

from tests.web.cloud_nodes import Book, CloudNode, watch

from skygarth.web.content_figures import FiguresReader
from skygarth.web.dashboard.state import StateReader


def _read(node: CloudNode) -> StateReader:
    return StateReader(node.node, FiguresReader(node.node), watch(node))


def test_recent_changes_say_where_they_come_from(pair: tuple[CloudNode, CloudNode]) -> None:
    """With the path and what the object is called now, newest first."""
    a, _ = pair
    for number, node in enumerate(pair):
        node.repository.create(Book(name=f"b{number}", title="Told"))
    reader = _read(a)

    def settled() -> bool:
        reader.forget()
        return len(reader.read().recent) == 2

    a.waits_for(settled)
    recent = reader.read().recent

    assert {change.origin for change in recent} == {"here", "another node"}
    assert recent[0].path.startswith("/b")
    assert {change.title for change in recent} == {"Told"}


def test_many_readers_ask_the_node_once(node: CloudNode) -> None:
    """As long as the cloud was not read anew, everybody is shown the same state."""
    now_us = [1_000_000]
    cloud = watch(node, lambda: now_us[0])
    reader = StateReader(node.node, FiguresReader(node.node), cloud)
    first = reader.read()
    again = reader.read()
    now_us[0] += 600_000
    later = reader.read()
    reader.forget()
    anew = reader.read()

    assert first is again
    assert later is not first
    assert anew is not later
