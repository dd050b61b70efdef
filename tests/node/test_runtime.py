"""The moving parts around a replicator: its queue, its threads, and who waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from tests.node.running_nodes import node_on, write
from tests.waiting import wait_until

from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.chance import Chance
from skygarth.clock.guid_maker import GuidMaker
from skygarth.clock.wall_clock import WallClock
from skygarth.node.local_database import open_local_database
from skygarth.node.running import RunningNode
from skygarth.node.runtime import NEIGHBOUR_POLL_SECONDS, REQUESTS
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.repository import Repository
from skygarth.sample import Article


@pytest.fixture
def node(tmp_path: Path) -> Iterator[RunningNode]:
    """A node at work."""
    node = node_on(MemoryBucket(WallClock().now_ms), tmp_path / "a")
    node.start()
    wait_until(lambda: node.state == "ready", "the node to be ready")
    yield node
    node.stop(timeout=1)


def test_a_commit_is_noticed_at_once(node: RunningNode) -> None:
    """Nobody polls for local changes: a commit pokes the queue."""
    write(node, "hello")

    wait_until(lambda: node.database.replica().unpublished()[0] == 0, "the publication")
    assert node.vector == {node.incarnation: 1}


def test_a_commit_of_another_process_is_noticed_soon(node: RunningNode, tmp_path: Path) -> None:
    """SQLite's data version tells, looked at several times a second."""
    clock, chance = WallClock(), Chance()
    neighbour = open_local_database(tmp_path / "a", clock=clock, chance=chance)
    repository = Repository(neighbour.database, guids=GuidMaker(clock, chance))
    repository.register(*node.repository.types.values())
    with repository.transaction("from outside") as tx:
        tx.create(Article(name="outside", title="outside"))
    neighbour.database.close()

    assert NEIGHBOUR_POLL_SECONDS < 1
    wait_until(lambda: node.vector == {node.incarnation: 1}, "the neighbour's change")


def test_waiting_ends_when_the_change_is_in_the_bucket(node: RunningNode) -> None:
    """Or when the time is up."""
    write(node, "hello")
    head = node.database.reading().change_head()

    assert node._runtime.wait_published(head, 10)
    assert not node._runtime.wait_published(head + 1, 0.05)


def test_many_wait_for_one_publication(node: RunningNode) -> None:
    """Each gets its answer."""
    write(node, "hello")
    head = node.database.reading().change_head()
    answers: list[bool] = []
    threads = [
        Thread(target=lambda: answers.append(node._runtime.wait_published(head, 10)))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)

    assert answers == [True] * 5


def test_a_bug_stops_replication_and_nothing_else(
    node: RunningNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node serves on, and its status names the bug."""

    def broken(_instruction: do.Instruction) -> ev.Event:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(node._engine.conductor, "carry_out", broken)
    write(node, "hello")
    wait_until(lambda: "ZeroDivisionError" in node.sync_status().last_error, "the bug")
    article = write(node, "still-here")

    assert node.repository.get(Article, article.guid).title == "still-here"
    assert not node._runtime.wait_published(node.database.reading().change_head(), 0.05)


def test_progress_is_told_in_seconds(node: RunningNode) -> None:
    """A deciding thread that hangs would show."""
    wait_until(lambda: node.sync_status().last_progress_seconds < 1, "progress")


def test_the_deciding_thread_ends_when_told(tmp_path: Path) -> None:
    """And a second stop is harmless."""
    node = node_on(MemoryBucket(WallClock().now_ms), tmp_path / "a")
    node.start()
    node._runtime.stop()
    node._runtime.stop()

    assert not node._runtime._thread.is_alive()
    node.stop(timeout=0.1)


def test_only_requests_wait_in_other_threads(node: RunningNode) -> None:
    """What works in the database is done by the deciding thread itself, one after another."""
    deeds = {
        do.AdoptRepository,
        do.PackSegment,
        do.MarkPublished,
        do.ApplySegment,
        do.DiscardSegment,
        do.TakeIncarnation,
        do.QuarantineLog,
        do.ReleaseLog,
        do.Halt,
    }

    assert not deeds & set(REQUESTS)


def test_a_condition_is_looked_at_whenever_something_happens(node: RunningNode) -> None:
    """Whoever waits for a state of replication wakes with it."""
    reached = Event()

    def wait() -> None:
        if node._runtime.wait_until(lambda: node.vector != {}, 10):
            reached.set()

    thread = Thread(target=wait)
    thread.start()
    write(node, "hello")
    thread.join(10)

    assert reached.is_set()
