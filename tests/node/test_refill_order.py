"""An operator orders a refill: refused where it makes no sense, else done and told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.node.running_nodes import node_on, write
from tests.node.test_running import AwayBucket, agree
from tests.waiting import wait_until

from skygarth.clock.wall_clock import WallClock
from skygarth.formats import bucket_keys as keys
from skygarth.formats.records import RepositoryRecord, encode_record
from skygarth.model.errors import Conflict, Unavailable
from skygarth.node.founding import FORMAT
from skygarth.node.running import RunningNode


@pytest.fixture
def bucket() -> AwayBucket:
    """A bucket that all nodes of a test share."""
    return AwayBucket(WallClock().now_ms)


@pytest.fixture
def nodes(bucket: AwayBucket, tmp_path: Path) -> Iterator[list[RunningNode]]:
    """Two that hold the same; whatever is added is stopped as well."""
    nodes = [node_on(bucket, tmp_path / name) for name in "ab"]
    for node in nodes:
        node.start()
        wait_until(lambda node=node: node.state == "ready", "readiness")  # type: ignore[misc]
        write(node, f"by-{node.name}")
    wait_until(lambda: agree(*nodes), "equal content")
    yield nodes
    bucket.away = False
    for node in nodes:
        node.stop(timeout=0.1)


def _wipe(bucket: AwayBucket) -> None:
    for entry in bucket.list(""):
        bucket.delete(entry.key)


def test_one_node_refills_the_other_goes_on_a_third_fills_itself(
    nodes: list[RunningNode], bucket: AwayBucket, tmp_path: Path
) -> None:
    """What was written meanwhile on either side is there as well (REP-27)."""
    first, second = nodes
    before = first.incarnation
    _wipe(bucket)
    wait_until(lambda: {node.state for node in nodes} == {"halted"}, "both to halt")
    write(first, "meanwhile-on-a")
    write(second, "meanwhile-on-b")
    done = first.refill()
    third = node_on(bucket, tmp_path / "c")
    nodes.append(third)
    third.start()
    wait_until(lambda: agree(*nodes), "equal content")

    assert done.incarnation == first.incarnation != before
    assert done.vector.keys() >= {before, first.incarnation}
    assert third.repository.change_head() > 0
    assert {node.state for node in nodes} == {"ready"}


def test_an_empty_node_waits_for_the_refill(
    nodes: list[RunningNode], bucket: AwayBucket, tmp_path: Path
) -> None:
    """It founds no repository beside what is left of the old one (BKT-10), and goes on later."""
    bucket.delete(keys.REPOSITORY_KEY)
    third = node_on(bucket, tmp_path / "c")
    nodes.append(third)
    third.start()
    wait_until(lambda: "SG-REPOSITORY-003" in third.sync_status().last_error, "the refusal")
    nodes[0].refill()
    wait_until(lambda: agree(*nodes), "equal content")

    assert third.state == "ready"


def _code_of_refusal(node: RunningNode) -> str:
    with pytest.raises(Conflict) as refused:
        node.refill(timeout=5)
    return refused.value.code


def test_a_bucket_that_lacks_nothing_is_not_refilled(nodes: list[RunningNode]) -> None:
    """It would cost the node its name (SG-REPOSITORY-014)."""
    assert _code_of_refusal(nodes[0]) == "SG-REPOSITORY-014"


def test_an_empty_node_refills_nothing(
    nodes: list[RunningNode], bucket: AwayBucket, tmp_path: Path
) -> None:
    """There is nothing in it (SG-REPOSITORY-010)."""
    empty = node_on(AwayBucket(), tmp_path / "empty")
    nodes.append(empty)
    empty.start()
    wait_until(lambda: empty.state == "ready", "readiness")

    assert _code_of_refusal(empty) == "SG-REPOSITORY-010"


def test_a_paused_node_refills_nothing(nodes: list[RunningNode], bucket: AwayBucket) -> None:
    """It was told to send nothing (SG-REPOSITORY-011)."""
    nodes[0].pause()
    wait_until(lambda: nodes[0].sync_status().paused, "the pause")
    _wipe(bucket)

    assert _code_of_refusal(nodes[0]) == "SG-REPOSITORY-011"


def test_anothers_bucket_is_not_refilled(nodes: list[RunningNode], bucket: AwayBucket) -> None:
    """Whoever put it there wants something else (SG-REPOSITORY-008)."""
    _wipe(bucket)
    bucket.put(keys.REPOSITORY_KEY, encode_record(RepositoryRecord("other", FORMAT, ())))

    assert _code_of_refusal(nodes[0]) == "SG-REPOSITORY-008"


def test_a_bucket_that_is_away_is_told_at_once(
    nodes: list[RunningNode], bucket: AwayBucket
) -> None:
    """Nobody waits for what can't begin."""
    bucket.away = True
    with pytest.raises(Unavailable) as refused:
        nodes[0].refill(timeout=5)

    assert refused.value.code == "SG-BUCKET-001"
