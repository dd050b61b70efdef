"""Whole nodes on a sealed bucket: they converge, boot, rotate, and stop at what was tampered with.

The nodes are real, with threads, databases and data folders; the bucket is in memory, and
whoever holds it does what he likes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.node.running_nodes import node_on, write
from tests.node.test_running import agree
from tests.sealed_repositories import SealedRepository
from tests.waiting import wait_until

from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.chance import Chance
from skygarth.clock.wall_clock import WallClock
from skygarth.formats import bucket_keys as keys
from skygarth.formats.principals import Identity, WrittenKey
from skygarth.formats.records import RepositoryRecord, encode_record
from skygarth.model.position import Position
from skygarth.node.running import RunningNode
from skygarth.node.sealing_files import KEY_FILE, open_sealed, read_node_key
from skygarth.sample import Article

Make = Callable[..., RunningNode]


@pytest.fixture
def repository() -> SealedRepository:
    """Founded sealed, in memory."""
    return SealedRepository(MemoryBucket(WallClock().now_ms), chance=Chance())


@pytest.fixture
def token(repository: SealedRepository) -> WrittenKey:
    """Lets any number of nodes in."""
    return repository.office.invite(uses=0, note="")


@pytest.fixture
def make(repository: SealedRepository, token: WrittenKey, tmp_path: Path) -> Iterator[Make]:
    """Makes nodes that join with the token; stops them all."""
    made: list[RunningNode] = []

    def make(name: str, *, given: str | None = token.text, ready: bool = True) -> RunningNode:
        data = tmp_path / name
        bucket = open_sealed(
            repository.raw, data, given=given, name=name, clock=WallClock(), chance=Chance()
        )
        made.append(node_on(bucket, data))
        made[-1].start()
        if ready:
            wait_until(lambda: made[-1].state == "ready", f"{name} to be ready")
        return made[-1]

    yield make
    for node in made:
        node.stop(timeout=1)


def _titles(node: RunningNode) -> set[str]:
    return {article.title for article in node.repository.query(Article).all()}


def _bodies(repository: SealedRepository) -> dict[str, bytes]:
    return {entry.key: repository.raw.get(entry.key).body for entry in repository.raw.list("")}


def test_nodes_agree_and_the_bucket_learns_nothing(
    make: Make, repository: SealedRepository
) -> None:
    """Content, names of nodes and of types stay among those who take part (SEA-3)."""
    one, two = make("node-one"), make("node-two")
    write(one, "page", "A confidential title")
    write(two, "other", "Another confidential title")
    wait_until(lambda: agree(one, two) and len(_titles(one)) == 2, "them to agree")
    one.take_snapshot()
    seen = b"".join(_bodies(repository).values())

    for secret in (b"confidential", b"node-one", b"article", b"SQLite format", b"http://"):
        assert secret not in seen


def test_a_new_node_boots_from_a_sealed_snapshot(make: Make, repository: SealedRepository) -> None:
    """Manifest, chunks and catalog are opened by whoever takes part (SEA-3, SEA-10)."""
    one = make("one")
    for number in range(20):
        write(one, f"page-{number}")
    one.take_snapshot()
    for entry in repository.raw.list(keys.TAIL_PREFIX):
        repository.raw.delete(entry.key)
    two = make("two")

    assert _titles(two) == _titles(one)
    assert two.content_digest().digest == one.content_digest().digest


def test_a_tampered_segment_stops_its_log_alone(make: Make, repository: SealedRepository) -> None:
    """The others go on, sending included, and the reason is shown (SEA-4)."""
    one, two = make("one"), make("two")
    write(one, "first")
    wait_until(lambda: agree(one, two) and _titles(two) == {"first"}, "them to agree")
    key = keys.segment_key(Position(one.incarnation, 2))
    forged = repository.raw.get(keys.segment_key(Position(one.incarnation, 1))).body
    repository.raw.put(key, forged)  # an old one, at the next place: a replay
    two.heard_of(Position(one.incarnation, 2))
    wait_until(lambda: two.database.replica().quarantined(), "the quarantine")
    ((_, code, _),) = two.database.replica().quarantined().values()
    write(two, "second")

    assert code == "SG-SEAL-008"
    wait_until(lambda: "second" in _titles(one), "the other log to arrive")


def test_a_node_without_a_key_is_told_what_it_lacks(make: Make) -> None:
    """It serves what it has, and publishes nothing (SEA-1)."""
    stranger = make("stranger", given=None, ready=False)
    write(stranger, "page")
    wait_until(lambda: "SG-SEAL-001" in stranger.why, "the refusal")

    assert stranger.state == "starting"


def test_a_node_goes_on_once_an_admin_has_admitted_it(
    make: Make, repository: SealedRepository, tmp_path: Path
) -> None:
    """It looks again by itself, and nothing written meanwhile is lost (SEA-7)."""
    trust = WrittenKey("trust", repository.key.repository, repository.key.anchor, b"").text
    node = make("patient", given=trust, ready=False)
    write(node, "early")
    wait_until(lambda: "SG-SEAL-016" in node.why, "it to say what it waits for")
    key = read_node_key(tmp_path / "patient")
    assert key is not None
    repository.office.admit(Identity(key.seed).principal, "patient")
    wait_until(lambda: node.state == "ready", "it to be let in")
    other = make("other")

    wait_until(lambda: _titles(other) == {"early"}, "what was written meanwhile")


def test_a_key_does_not_publish_in_the_open(
    make: Make, repository: SealedRepository, tmp_path: Path
) -> None:
    """Not even where somebody has replaced the repository's record (SEA-1)."""
    record = RepositoryRecord(repository.key.repository)
    repository.raw.put(keys.REPOSITORY_KEY, encode_record(record))
    node = make("careful", ready=False)
    write(node, "page")
    wait_until(lambda: "SG-SEAL-019" in node.why, "the refusal")

    assert (tmp_path / "careful" / KEY_FILE).exists()
    assert repository.raw.list(keys.TAIL_PREFIX) == []


def test_a_database_from_before_the_key_takes_a_bound_identity(
    make: Make, repository: SealedRepository, token: WrittenKey, tmp_path: Path
) -> None:
    """What was written to it arrives, under an incarnation that the key owns (SEA-11)."""
    early = node_on(MemoryBucket(), tmp_path / "early")
    write(early, "before-the-key")
    old = early.incarnation or early.database.replica().identity().incarnation
    early.stop(timeout=0)
    node, other = make("early"), make("other")
    key = read_node_key(tmp_path / "early")
    assert key is not None
    wait_until(lambda: _titles(other) == {"before-the-key"}, "what was written before")

    assert not Identity(key.seed).principal.owns(old)
    assert Identity(key.seed).principal.owns(node.incarnation)


def test_epochs_change_under_running_nodes(make: Make, repository: SealedRepository) -> None:
    """Old and new objects are read by all, those who come later included (SEA-7)."""
    one, two = make("one"), make("two")
    write(one, "old")
    wait_until(lambda: _titles(two) == {"old"}, "the old one to arrive")
    repository.office.begin_epoch()
    late = make("late")  # it knows of the new epoch from the start
    write(late, "new")
    wait_until(lambda: _titles(one) == _titles(two) == {"old", "new"}, "the new one to arrive")

    assert _titles(late) == {"old", "new"}


def test_an_expelled_node_is_told_and_heard_no_more(
    make: Make, repository: SealedRepository
) -> None:
    """Others go on without it; what it wrote before stays (SEA-8)."""
    gone, one = make("gone"), make("one")
    write(gone, "before")
    wait_until(lambda: _titles(one) == {"before"}, "what it wrote before")
    repository.office.expel("gone")
    fresh = repository.office.invite(uses=0, note="the old one is revoked")
    two = make("two", given=fresh.text)
    write(two, "without-it")
    wait_until(lambda: _titles(one) == {"before", "without-it"}, "the others to go on")
    write(gone, "after")
    wait_until(lambda: gone.sync_status().last_error, "it to be told")

    assert "after" not in _titles(one) | _titles(two)


def test_an_emptied_bucket_is_refilled_sealed(make: Make, repository: SealedRepository) -> None:
    """With its log of trust, so that whoever begins with nothing is let in (SEA-5)."""
    one = make("one")
    write(one, "kept")
    wait_until(lambda: one.database.replica().unpublished()[0] == 0, "it to be published")
    for entry in repository.raw.list(""):
        repository.raw.delete(entry.key)
    wait_until(lambda: one.state == "halted", "it to notice")
    one.refill()
    two = make("two")

    assert _titles(two) == {"kept"}
    assert b'"sealed"' in repository.raw.get(keys.REPOSITORY_KEY).body
