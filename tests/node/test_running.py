"""One running node: its states, its status, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.node.running_nodes import node_on, write
from tests.waiting import wait_until

from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.port import Content
from skygarth.clock.wall_clock import WallClock
from skygarth.model.errors import Conflict, TimedOut, Unavailable
from skygarth.model.position import Incarnation
from skygarth.node.running import RunningNode
from skygarth.repository import Event
from skygarth.sample import Article


class AwayBucket(MemoryBucket):
    """A bucket in memory that can be out of reach.

    Attributes:
        away: whether it is.
    """

    away = False

    def get(self, key: str) -> Content:
        """Read, unless it is away."""
        if self.away:
            raise Unavailable("the bucket is away", code="SG-BUCKET-001")
        return super().get(key)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Write, unless it is away."""
        if self.away:
            raise Unavailable("the bucket is away", code="SG-BUCKET-001")
        return super().put_if_absent(key, body)


Make = Callable[..., RunningNode]


@pytest.fixture
def bucket() -> AwayBucket:
    """A bucket that all nodes of a test share."""
    return AwayBucket(WallClock().now_ms)


@pytest.fixture
def make(bucket: AwayBucket, tmp_path: Path) -> Iterator[Make]:
    """Makes nodes; stops them all."""
    made: list[RunningNode] = []

    def make(name: str, *, start: bool = True) -> RunningNode:
        node = node_on(bucket, tmp_path / name)
        made.append(node)
        if start:
            node.start()
            wait_until(lambda: node.state == "ready", "the node to be ready")
        return node

    yield make
    bucket.away = False
    for node in made:
        node.stop(timeout=1)


def agree(*nodes: RunningNode) -> bool:
    """Whether nodes stand at one vector with one digest."""
    digests = [node.content_digest() for node in nodes]
    vectors = {str(sorted(digest.vector.items())) for digest in digests}
    same = len({digest.digest for digest in digests}) == len(vectors) == 1
    return same and all(digest.settled for digest in digests)


def test_what_one_node_writes_the_other_reads(make: Make) -> None:
    """Through the bucket alone."""
    one, other = make("a"), make("b")
    article = write(one, "hello")
    wait_until(lambda: other.repository.find(article.guid), "the article")

    wait_until(lambda: agree(one, other), "equal content")
    assert other.repository.get(Article, article.guid).title == "hello"


def test_imported_changes_are_announced(make: Make) -> None:
    """Signals of the other node's changes come once, marked as imported."""
    one, other = make("a"), make("b")
    seen: list[tuple[str, str, bool]] = []

    @other.repository.on("created", Article)
    def anywhere(event: Event) -> None:
        seen.append(("anywhere", event.type_name, event.imported))

    @other.repository.on("created", Article, origin="local")
    def here(event: Event) -> None:
        seen.append(("here", event.type_name, event.imported))

    write(one, "hello")
    wait_until(lambda: seen, "the signal")
    wait_until(lambda: agree(one, other), "equal content")

    assert seen == [("anywhere", "article", True)]


def test_a_node_tells_how_it_is(make: Make) -> None:
    """Name, vector, peers by name, an empty outbox, a bucket in reach, a trusted clock."""
    one, other = make("a"), make("b")
    write(one, "hello")
    wait_until(lambda: agree(one, other), "equal content")
    wait_until(lambda: len(other.members()) == 2, "the other's card")
    status = other.sync_status()

    assert (status.state, status.unpublished, status.sequence) == ("running", 0, 0)
    assert status.bucket_reachable
    assert status.clock_trusted
    assert status.last_error == ""
    (peer,) = status.peers
    assert peer.name == "a"
    assert (peer.incarnation, peer.known_through, peer.applied_through) == (one.incarnation, 1, 1)
    assert (peer.lag_seconds, peer.parked, peer.quarantined) == (0, 0, None)
    assert other.vector == {one.incarnation: 1}


def test_a_digest_is_told_only_of_settled_content(make: Make) -> None:
    """While something waits to be published, vectors say too little."""
    node = make("a")
    node.pause()
    wait_until(lambda: node.sync_status().paused, "the pause")
    write(node, "hello")
    assert not node.content_digest().settled
    node.resume()

    wait_until(lambda: node.content_digest().settled, "the publication")
    assert node.content_digest().vector == {node.incarnation: 1}


def test_two_purges_of_one_object_end_in_one_digest(make: Make) -> None:
    """The other's purge moves only a tombstone's stamp: the kept digest must notice."""
    one, other = make("a"), make("b")
    article = write(one, "hello")
    wait_until(lambda: agree(one, other), "equal content")
    for node in (one, other):
        node.pause()
        wait_until(lambda node=node: node.sync_status().paused, "the pause")  # type: ignore[misc]
    for node in (one, other):
        with node.repository.transaction("purge") as tx:
            tx.purge(node.repository.get(Article, article.guid))
        node.content_digest()
    for node in (one, other):
        node.resume()

    wait_until(lambda: agree(one, other), "equal content")


def test_a_node_fills_itself_from_a_snapshot(make: Make) -> None:
    """What was told of half a database is not told of the whole one."""
    one = make("a")
    for number in range(20):
        write(one, f"page-{number}")
    taken = one.take_snapshot()
    late = make("b", start=False)
    late.content_digest()
    late.start()
    wait_until(lambda: late.state == "ready", "the node to be ready")

    assert taken.entry.objects == 20
    assert late.populating == (taken.chunks, taken.chunks)
    wait_until(lambda: agree(one, late), "equal content")


def test_a_snapshot_needs_a_repository(make: Make, bucket: AwayBucket) -> None:
    """A node that has not met its bucket yet cannot take one (SG-SNAPSHOT-013)."""
    bucket.away = True
    node = make("a", start=False)
    node.start()
    with pytest.raises(Conflict) as refused:
        node.take_snapshot()

    assert refused.value.code == "SG-SNAPSHOT-013"


def test_a_snapshot_waits_for_the_outbox_and_says_so(make: Make) -> None:
    """Content ahead of its vector is never published (SG-SNAPSHOT-014)."""
    node = make("a")
    node.pause()
    wait_until(lambda: node.sync_status().paused, "the pause")
    write(node, "hello")
    with pytest.raises(TimedOut) as refused:
        node.take_snapshot(timeout=0.05)

    assert refused.value.code == "SG-SNAPSHOT-014"


def test_a_write_waits_for_the_bucket_if_asked(make: Make, bucket: AwayBucket) -> None:
    """The level that was reached is told; without the bucket it is `local`."""
    node = make("a")
    sequence = write_sequence(node, "hello")
    assert node.wait_durable(sequence, "bucket", 10) == "bucket"
    assert node.wait_durable(sequence, "local", 10) == "local"
    bucket.away = True
    sequence = write_sequence(node, "again")

    assert node.wait_durable(sequence, "bucket", 0.1) == "local"


def write_sequence(node: RunningNode, name: str) -> int:
    """Create an article; its place in the feed."""
    write(node, name)
    return node.database.reading().change_head()


def test_a_node_without_its_bucket_is_ready_if_it_holds_data(
    make: Make, bucket: AwayBucket, tmp_path: Path
) -> None:
    """An empty one is starting; the one with data serves on, and says why it is alone (I1)."""
    first = make("a")
    write(first, "hello")
    first.stop()
    bucket.away = True
    again = node_on(bucket, tmp_path / "a")
    again.start()
    empty = make("b", start=False)
    empty.start()
    wait_until(lambda: "SG-BUCKET-001" in empty.sync_status().last_error, "the fault")
    wait_until(lambda: again.state == "ready", "the node to serve")

    assert not again.sync_status().bucket_reachable
    assert "SG-BUCKET-001" in again.sync_status().last_error
    assert empty.state == "starting"
    again.stop(timeout=0.1)


def test_a_stopped_node_has_published_and_said_goodbye(make: Make, bucket: AwayBucket) -> None:
    """Its card says that it left; a second stop does nothing."""
    one, other = make("a"), make("b")
    article = write(one, "last")
    assert one.stop()
    assert one.stop()

    assert one.state == "left"
    wait_until(lambda: other.repository.find(article.guid), "the last article")
    wait_until(
        lambda: {m.card.name: m.state for m in other.members()} == {"a": "left", "b": "ready"},
        "the card",
    )


def test_stopping_without_a_bucket_says_that_something_waits(
    make: Make, bucket: AwayBucket, tmp_path: Path
) -> None:
    """And the next start publishes it (I4)."""
    node = make("a")
    bucket.away = True
    article = write(node, "waits")
    assert not node.stop(timeout=0.1)
    bucket.away = False
    again = node_on(bucket, tmp_path / "a")
    again.start()
    other = make("b")

    wait_until(lambda: other.repository.find(article.guid), "what waited")
    again.stop()


def test_a_pause_lasts_past_a_restart(make: Make, bucket: AwayBucket, tmp_path: Path) -> None:
    """Who paused a node wants it to stay so until he says otherwise."""
    node = make("a")
    node.pause()
    wait_until(lambda: node.sync_status().paused, "the pause")
    node.stop(timeout=0.1)
    again = node_on(bucket, tmp_path / "a")
    again.start()
    wait_until(lambda: again.sync_status().paused, "the pause again")
    again.resume()
    wait_until(lambda: again.state == "ready", "readiness")
    again.stop(timeout=0.1)

    assert not node_on(bucket, tmp_path / "a").database.replica().is_paused()


def test_a_draining_node_goes_on_replicating(make: Make) -> None:
    """It only takes no new traffic."""
    one, other = make("a"), make("b")
    one.drain()
    article = write(other, "hello")

    wait_until(lambda: one.repository.find(article.guid), "the article")
    assert one.state in {"draining", "drained"}


def test_a_reader_waits_until_a_node_has_caught_up(make: Make) -> None:
    """`Skygarth-Version` is waited for, and not for ever."""
    one, other = make("a"), make("b")
    write(one, "hello")
    needed = {one.incarnation: 1}

    assert other.wait_for_vector(needed, 10)
    assert not other.wait_for_vector({one.incarnation: 9}, 0.05)
    assert not other.wait_for_vector({Incarnation("f" * 32): 1}, 0.05)


def test_a_poisoned_log_stops_its_author_alone(make: Make, bucket: AwayBucket) -> None:
    """Everybody else goes on; the log is named with its reason, and can be released (I9)."""
    one = make("a")
    poisoner = Incarnation("b" * 32)
    bucket.put(f"tail/{poisoner}-{1:016d}", b"no segment at all")
    wait_until(lambda: one.database.replica().quarantined(), "the quarantine")
    other = make("c")
    article = write(other, "goes-on")
    wait_until(lambda: one.repository.find(article.guid), "the article")
    named = {peer.incarnation: peer.quarantined for peer in one.sync_status().peers}

    assert named[poisoner] is not None
    assert one.state == "ready"
    bucket.delete(f"tail/{poisoner}-{1:016d}")
    one.release(poisoner)
    wait_until(lambda: not one.database.replica().quarantined(), "the release")


def test_requests_and_their_cost_are_counted(make: Make) -> None:
    """By class, with bytes, since the start."""
    node = make("a")
    write(node, "hello")
    wait_until(lambda: node.content_digest().settled, "the publication")
    cost = node.cost()

    assert cost.requests["put"] >= 2
    assert cost.requests["list"] >= 1
    assert cost.bytes_sent > 0
    assert cost.since_ms > 0
    assert cost.dollars == 0  # a bucket in memory sends no bill
