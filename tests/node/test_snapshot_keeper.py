"""A node takes a snapshot when the tail has grown long, and only of a repository that is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.repositories import RepositoryNode

from skygarth.bucket.memory import MemoryBucket
from skygarth.model.errors import Conflict
from skygarth.node.snapshot_keeper import SNAPSHOT_AFTER_SEGMENTS, SnapshotKeeper
from skygarth.replication.replicator import Replicator
from skygarth.replication.timing import Timing


@pytest.fixture
def keeper(tmp_path: Path) -> SnapshotKeeper:
    """That of a node which has not met its repository yet."""
    return SnapshotKeeper(
        Replicator(Timing(), lambda: 0.5),
        MemoryBucket(lambda: 1),
        RepositoryNode("a", tmp_path / "a.db").database,
        name="a",
        now_ms=lambda: 1,
        publish_rest=lambda _: True,
    )


def test_it_is_due_when_the_tail_has_grown_long(keeper: SnapshotKeeper) -> None:
    """Own segments and those of others count alike."""
    due = []
    for _ in range(SNAPSHOT_AFTER_SEGMENTS):
        due.append(keeper.is_due)
        keeper.saw_segment()

    assert not any(due)
    assert keeper.is_due


def test_without_a_repository_there_is_nothing_to_take_one_of(keeper: SnapshotKeeper) -> None:
    """A snapshot in a bucket that holds no repository would be a remain of one."""
    with pytest.raises(Conflict) as refusal:
        keeper.take(timeout=1)

    assert refusal.value.code == "SG-SNAPSHOT-013"
