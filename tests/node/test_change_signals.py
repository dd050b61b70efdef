"""Other programs of the host hear of each change, in order, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.repositories import RepositoryNode
from tests.waiting import wait_until

from skygarth import Type
from skygarth.model.errors import Unavailable
from skygarth.node import change_signals
from skygarth.node.change_signals import ChangeSignals
from skygarth.notices.changes import ChangeSaid


class Postcard(Type):
    """Something to change."""

    text: str = ""


class Bus:
    """Keeps what was said; is away for as many times as it is told."""

    def __init__(self) -> None:
        self.said: list[ChangeSaid] = []
        self.batches = 0
        self.away = 0

    def say(self, changes: Sequence[ChangeSaid]) -> None:
        """Keep them."""
        if self.away:
            self.away -= 1
            raise Unavailable("the bus is away", hint="wait")
        self.batches += 1
        self.said += changes

    def close(self) -> None:
        """There is nothing to close."""


@pytest.fixture
def bus() -> Bus:
    """A bus that is there."""
    return Bus()


@pytest.fixture
def node(tmp_path: Path) -> RepositoryNode:
    """A node that knows postcards and holds one from before."""
    node = RepositoryNode("a", tmp_path / "a.db")
    node.repository.register(Postcard)
    node.repository.create(Postcard(text="from before"))
    return node


@pytest.fixture
def signals(
    node: RepositoryNode, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ChangeSignals]:
    """The companion, started."""
    monkeypatch.setattr(change_signals, "RETRY_SECONDS", 0.01)
    companion = ChangeSignals(node.repository, bus)
    companion.start()
    yield companion
    companion.stop()


@pytest.mark.usefixtures("signals")
def test_each_change_is_said_once_from_now_on(node: RepositoryNode, bus: Bus) -> None:
    """What was there before is no news; what follows is said in the order of the feed."""
    card = node.repository.create(Postcard(text="new"))
    card.update(text="newer")
    card.delete()
    wait_until(lambda: len(bus.said) == 3, "three changes")

    assert [each.action for each in bus.said] == ["created", "updated", "deleted"]
    assert {each.guid for each in bus.said} == {str(card.guid)}
    assert [each.sequence for each in bus.said] == sorted(each.sequence for each in bus.said)
    assert not any(each.imported for each in bus.said)


@pytest.mark.usefixtures("signals")
def test_what_another_node_did_is_said_as_imported(
    node: RepositoryNode, bus: Bus, tmp_path: Path
) -> None:
    """A program can tell the work of this node from what arrived."""
    other = RepositoryNode("b", tmp_path / "b.db")
    other.repository.register(Postcard)
    other.repository.create(Postcard(text="from b"))
    other.send_to(node)
    wait_until(lambda: bus.said, "the imported change")

    assert [(each.action, each.imported) for each in bus.said] == [("created", True)]


@pytest.mark.usefixtures("signals")
def test_many_at_once_are_said_in_batches(node: RepositoryNode, bus: Bus) -> None:
    """A bus takes only so much at a time."""
    with node.repository.transaction() as tx:
        for number in range(change_signals.BATCH * 2 + 5):
            tx.create(Postcard(text=str(number)))
    wait_until(lambda: len(bus.said) == change_signals.BATCH * 2 + 5, "all of them")

    assert bus.batches >= 3


def test_a_bus_that_was_away_misses_nothing(
    node: RepositoryNode, bus: Bus, signals: ChangeSignals
) -> None:
    """The feed keeps what could not be said yet; that it could not is told meanwhile."""
    bus.away = 3
    node.repository.create(Postcard(text="one"))
    node.repository.create(Postcard(text="two"))
    wait_until(lambda: len(bus.said) == 2, "both changes")

    assert [each.action for each in bus.said] == ["created", "created"]
    wait_until(lambda: not signals.fault, "the fault to be over")
