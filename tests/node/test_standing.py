"""In which state a node is, why, and whether visitors may be sent to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.node.running_nodes import node_on, write
from tests.waiting import wait_until

from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.wall_clock import WallClock
from skygarth.formats import bucket_keys as keys
from skygarth.model.errors import Unavailable
from skygarth.node.running import RunningNode


@pytest.fixture
def bucket() -> MemoryBucket:
    """A bucket in memory."""
    return MemoryBucket(WallClock().now_ms)


@pytest.fixture
def node(bucket: MemoryBucket, tmp_path: Path) -> RunningNode:
    """A node that has written and published something."""
    node = node_on(bucket, tmp_path / "a")
    node.start()
    write(node, "hello")
    wait_until(lambda: node.content_digest().settled, "the publication")
    return node


def _wipe(bucket: MemoryBucket) -> None:
    for entry in bucket.list(""):
        bucket.delete(entry.key)


def test_a_node_that_may_not_serve_yet_is_starting(node: RunningNode) -> None:
    """Somebody else says why, for as long as that holds."""
    why = ["a component is missing"]
    node.reserve(lambda: why[0])
    assert (node.state, node.takes_traffic, node.why) == ("starting", False, why[0])
    why[0] = ""

    assert (node.state, node.takes_traffic, node.why) == ("ready", True, "")
    node.stop()


def test_a_halted_node_serves_on_and_leaves_the_bucket_alone(
    node: RunningNode, bucket: MemoryBucket
) -> None:
    """It says why; it writes no card into a bucket that is not its own (REP-24)."""
    _wipe(bucket)
    wait_until(lambda: node.state == "halted", "the halt")
    _wipe(bucket)
    write(node, "taken-all-the-same")
    node.stop(timeout=0.1)

    assert node.why.startswith("SG-REPOSITORY-002")
    assert bucket.list(keys.NODE_PREFIX) == []
    assert bucket.list(keys.TAIL_PREFIX) == []


def test_a_halted_node_takes_traffic(node: RunningNode, bucket: MemoryBucket) -> None:
    """Else a bucket that somebody empties would end the service of every node at once."""
    _wipe(bucket)
    wait_until(lambda: node.state == "halted", "the halt")

    assert node.takes_traffic
    node.stop(timeout=0.1)


def test_a_node_whose_file_is_gone_is_broken(node: RunningNode, bucket: MemoryBucket) -> None:
    """It reads, refuses writes instead of losing them, and publishes nothing more (REP-28)."""
    Path(str(node.database.path)).unlink()
    assert (node.state, node.takes_traffic) == ("broken", False)
    wait_until(lambda: node.replicator.halted, "the halt")
    before = bucket.list(keys.TAIL_PREFIX)
    with pytest.raises(Unavailable) as refused:
        write(node, "lost-else")

    assert refused.value.code == "SG-DATA-003"
    assert node.why.startswith("SG-DATA-003")
    assert node.repository.change_head() == 1
    assert before == bucket.list(keys.TAIL_PREFIX)
    node.stop(timeout=0.1)
