"""What the dashboard shows of a cloud."""

from __future__ import annotations

from dataclasses import replace

from tests.web.cloud_nodes import Book, CloudNode

from skygarth.model.position import Incarnation
from skygarth.node.membership import Member
from skygarth.web.content_figures import FiguresReader
from skygarth.web.dashboard.state import StateReader, current_members


def _read(node: CloudNode) -> StateReader:
    return StateReader(node.node, FiguresReader(node.node), node.node.clock.now_us)


def test_each_node_is_shown_with_what_it_has_of_each_log(
    pair: tuple[CloudNode, CloudNode],
) -> None:
    """Nodes are rows, logs are columns, cells are what a node has applied."""
    a, _ = pair
    for number, node in enumerate(pair):
        node.repository.create(Book(name=f"b{number}", title="Told"))
    reader = _read(a)

    def settled() -> bool:
        reader.forget()
        state = reader.read()
        return len(state.nodes) == len(state.logs) == 2 and not any(n.behind for n in state.nodes)

    a.waits_for(settled)
    state = reader.read()

    assert [node.name for node in state.nodes] == [log.name for log in state.logs] == ["a", "b"]
    assert [node.is_here for node in state.nodes] == [True, False]
    assert all(node.applied == [log.segments for log in state.logs] for node in state.nodes)
    assert state.objects == {"book": 2, "shelf": 0}
    assert {change.origin for change in state.recent} == {"here", "another node"}
    assert state.recent[0].path.startswith("/b")
    assert state.cost.is_free


def test_a_cut_off_node_says_so(pair: tuple[CloudNode, CloudNode]) -> None:
    """Its own row, its alarm and its backlog tell that it is cut off."""
    a, _ = pair
    a.node.pause()
    a.waits_for(lambda: a.node.sync_status().paused)
    a.repository.create(Book(name="alone", title="Alone"))
    state = _read(a).read()
    a.node.resume()

    assert state.sync == "paused"
    assert state.unpublished == 1
    assert [node.state for node in state.nodes if node.is_here] == ["cut off"]
    assert any("cut off on purpose" in alarm.sentence for alarm in state.alarms)


def test_many_readers_ask_the_node_once(node: CloudNode) -> None:
    """Within half a second everybody is shown the same state; afterwards a new one."""
    now_us = [1_000_000]
    reader = StateReader(node.node, FiguresReader(node.node), lambda: now_us[0])
    first = reader.read()
    again = reader.read()
    now_us[0] += 600_000
    later = reader.read()
    reader.forget()
    anew = reader.read()

    assert first is again
    assert later is not first
    assert anew is not later


def test_a_log_that_grows_is_busy_for_a_while(node: CloudNode) -> None:
    """The picture moves where something has just been published."""
    now_us = [1_000_000]
    reader = StateReader(node.node, FiguresReader(node.node), lambda: now_us[0])
    reader.read()
    before = node.node.sync_status().sequence
    node.repository.create(Book(name="grows", title="Grows"))
    node.waits_for(lambda: node.node.sync_status().sequence > before)
    now_us[0] += 600_000
    busy = reader.read().nodes[0].busy
    now_us[0] += 4_000_000

    assert busy
    assert not reader.read().nodes[0].busy


def test_a_node_that_came_back_takes_its_old_place(node: CloudNode) -> None:
    """A node with a new identity at an old address replaces the card of the old one."""
    (here,) = node.node.members()
    older = Member(replace(here.card, incarnation=Incarnation("0" * 32), started_ms=1), 500.0)
    other = Member(
        replace(here.card, incarnation=Incarnation("1" * 32), address="http://b", name="b"), 5.0
    )

    assert current_members([older, here, other]) == [here, other]
    assert current_members([here, older]) == [here]
