"""What a running node tells its job desk: who is there, and that it has missed nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.node.running_nodes import node_on, write
from tests.waiting import wait_until

from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.wall_clock import WallClock
from skygarth.node.job_office import NodeOffice
from skygarth.node.running import RunningNode

Pair = tuple[RunningNode, RunningNode]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two running nodes that know each other."""
    bucket = MemoryBucket(WallClock().now_ms)
    nodes = node_on(bucket, tmp_path / "a"), node_on(bucket, tmp_path / "b")
    for node in nodes:
        node.start()
    for node in nodes:
        wait_until(lambda node=node: node.state == "ready", "a node to be ready")  # type: ignore[misc]
    yield nodes
    for node in nodes:
        node.stop()


def test_peers_are_told_by_their_cards(pair: Pair) -> None:
    """Both are ready and in their pool, once their cards say so."""
    office = NodeOffice(pair[0])

    def both_are_ready() -> bool:
        return sum(peer.is_ready for peer in office.peers(afresh=True)) == 2

    wait_until(both_are_ready, "both cards")
    assert {peer.pools for peer in office.peers(afresh=False)} == {frozenset({"web"})}
    assert {peer.is_dead for peer in office.peers(afresh=False)} == {False}


def test_a_node_that_wrote_its_card_is_sure(pair: Pair) -> None:
    """From then on it holds one tenure (JOB-5)."""
    node, _ = pair
    office = NodeOffice(node)
    wait_until(lambda: office.alive_until > office.monotonic(), "the first card")

    assert office.tenure == (node.incarnation, 1)


def test_catching_up_applies_all_that_stands_in_the_bucket(pair: Pair) -> None:
    """What others published is here afterwards, and what was written here is there (JOB-6)."""
    a, b = pair
    article = write(a, "hello")
    own = write(b, "own")
    assert a.wait_durable(a.repository.change_head(), "bucket", 10) == "bucket"

    assert NodeOffice(b).catch_up({a.incarnation}, 10)
    assert b.repository.find(article.guid) is not None
    assert b.database.replica().unpublished()[0] == 0
    assert NodeOffice(a).catch_up({b.incarnation}, 10)
    assert a.repository.find(own.guid) is not None


def test_a_node_that_cannot_catch_up_says_so(pair: Pair) -> None:
    """It is cut off on purpose: what it wrote is not in the bucket."""
    a, b = pair
    b.pause()
    wait_until(lambda: b.sync_status().paused, "b to be paused")
    write(b, "kept-back")

    assert not NodeOffice(b).catch_up({a.incarnation}, 0.1)
