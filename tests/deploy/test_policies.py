"""The policies in deploy/policies allow all that nodes, publishers and admins do, and little else.

Requests of real nodes are recorded and held against the files by an evaluator of what they
use of AWS's language: deny wins, else an allow is needed; ``*`` in actions and resources;
`Null`, `Bool`, `StringLike` and `StringNotLike`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from tests.node.running_nodes import node_on, write
from tests.sealed_repositories import SealedRepository
from tests.waiting import wait_until

from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.port import CLOCK_KEY, Bucket, Content, Entry
from skygarth.clock.chance import Chance
from skygarth.clock.wall_clock import WallClock
from skygarth.formats import bucket_keys as keys
from skygarth.formats.application_record import ApplicationRecord
from skygarth.formats.principals import WrittenKey
from skygarth.model.position import Incarnation, Position
from skygarth.node.application_store import ApplicationStore
from skygarth.node.running import RunningNode
from skygarth.node.sealing_files import open_sealed

POLICIES = Path(__file__).resolve().parents[2] / "deploy" / "policies"
BUCKET = "arn:aws:s3:::EXAMPLE-BUCKET"
INCARNATION = Incarnation("a1" * 16)
SEGMENT = keys.segment_key(Position(INCARNATION, 1))


@dataclass(frozen=True)
class Asked:
    """One request: an action on a key (or a prefix), and the conditions that hold of it."""

    action: str
    key: str
    creates: bool = False
    tls: bool = True
    role: str = "node"

    @property
    def resource(self) -> str:
        """What AWS calls it."""
        is_object = "Object" in self.action and "Lock" not in self.action
        return f"{BUCKET}/site/{self.key}" if is_object else BUCKET

    @property
    def context(self) -> dict[str, str]:
        """AWS's condition keys."""
        found = {
            "aws:SecureTransport": str(self.tls).lower(),
            "aws:PrincipalArn": f"arn:aws:iam::123456789012:role/{self.role}",
        }
        if self.action == "s3:ListBucket":
            found["s3:prefix"] = f"site/{self.key}"
        if self.action == "s3:PutObject":
            found["s3:ObjectCreationOperation"] = "true"
            if self.creates:
                found["s3:if-none-match"] = "*"
        return found


@dataclass
class RecordingBucket:
    """A bucket that notes what is asked of it, as S3 would see it."""

    inner: Bucket
    asked: set[Asked] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where the inner bucket is."""
        return self.inner.url

    def get(self, key: str) -> Content:
        """Read."""
        self.asked.add(Asked("s3:GetObject", key))
        return self.inner.get(key)

    def get_if_changed(self, key: str, etag: str | None) -> Content | None:
        """Read if it has changed."""
        self.asked.add(Asked("s3:GetObject", key))
        return self.inner.get_if_changed(key, etag)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part."""
        self.asked.add(Asked("s3:GetObject", key))
        return self.inner.get_range(key, start, length)

    def put(self, key: str, body: bytes) -> None:
        """Write."""
        self.asked.add(Asked("s3:PutObject", key))
        self.inner.put(key, body)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create."""
        self.asked.add(Asked("s3:PutObject", key, creates=True))
        return self.inner.put_if_absent(key, body)

    def list(self, prefix: str) -> list[Entry]:
        """List."""
        self.asked.add(Asked("s3:ListBucket", prefix))
        return self.inner.list(prefix)

    def delete(self, key: str) -> None:
        """Remove."""
        self.asked.add(Asked("s3:DeleteObject", key))
        self.inner.delete(key)

    def now_ms(self) -> int | None:
        """Ask for the time: an object is written for it and read."""
        self.asked |= {Asked("s3:PutObject", CLOCK_KEY), Asked("s3:GetObject", CLOCK_KEY)}
        return self.inner.now_ms()

    def close(self) -> None:
        """Close."""
        self.inner.close()


def _statements(*names: str) -> list[dict[str, Any]]:
    texts = [(POLICIES / f"{name}.json").read_text(encoding="utf-8") for name in names]
    return [statement for text in texts for statement in json.loads(text)["Statement"]]


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _holds(operator: str, key: str, wanted: str | list[str], context: Mapping[str, str]) -> bool:
    given = context.get(key)
    match operator:
        case "Null":
            return (given is None) == (wanted == "true")
        case "Bool":
            return given == wanted
        case "StringLike":
            return given is not None and any(fnmatchcase(given, each) for each in _listed(wanted))
        case "StringNotLike":
            return given is None or not any(fnmatchcase(given, each) for each in _listed(wanted))
    raise AssertionError(operator)


def _fits(statement: dict[str, Any], asked: Asked) -> bool:
    return (
        any(fnmatchcase(asked.action, each) for each in _listed(statement["Action"]))
        and any(fnmatchcase(asked.resource, each) for each in _listed(statement["Resource"]))
        and all(
            _holds(operator, key, wanted, asked.context)
            for operator, conditions in statement.get("Condition", {}).items()
            for key, wanted in conditions.items()
        )
    )


def allowed(asked: Asked, *names: str) -> bool:
    """Whether policies allow a request, under that of the bucket."""
    fitting = [each for each in _statements(*names, "bucket") if _fits(each, asked)]
    effects = {each["Effect"] for each in fitting}
    return effects == {"Allow"}


def _refused(asked: set[Asked], *names: str) -> list[Asked]:
    return sorted((each for each in list(asked) if not allowed(each, *names)), key=str)


@pytest.fixture
def recording() -> RecordingBucket:
    """A bucket in memory."""
    return RecordingBucket(MemoryBucket(WallClock().now_ms))


@pytest.fixture
def running() -> Iterator[list[RunningNode]]:
    """Nodes to be stopped at the end."""
    made: list[RunningNode] = []
    yield made
    for node in made:
        node.stop(timeout=1)


def _live(running: list[RunningNode], bucket: Bucket, data: Path) -> RunningNode:
    """A node that writes, takes a snapshot, has its turn at a chore and tells how it is."""
    node = node_on(bucket, data)
    running.append(node)
    node.start()
    wait_until(lambda: node.state == "ready", "the node to be ready")
    write(node, f"by-{data.name}")
    wait_until(lambda: node.database.replica().unpublished()[0] == 0, "it to publish")
    node.take_snapshot()
    claim = node.claims.take("snapshot", 5.0)
    assert claim is not None
    claim.release()
    node.members()
    return node


def test_a_node_may_do_all_that_it_does(
    recording: RecordingBucket, running: list[RunningNode], tmp_path: Path
) -> None:
    """Found a repository, write, snapshot, boot from it, claim, forget a dead node."""
    one = _live(running, recording, tmp_path / "one")
    two = _live(running, recording, tmp_path / "two")
    gone = two.incarnation
    two.stop(timeout=2)
    wait_until(lambda: "left" in {each.state for each in one.membership.members(afresh=True)}, "it")
    one.forget(gone)
    kinds = {each.key.partition("/")[0] for each in recording.asked}

    assert _refused(recording.asked, "node") == []
    assert {"repo.json", "tail", "cat", "snap", "chunk", "claim", "node", "hint", "probe"} <= kinds


def test_a_node_of_a_sealed_repository_may_too(
    recording: RecordingBucket, running: list[RunningNode], tmp_path: Path
) -> None:
    """It joins with a token, by a record of trust; founding is the admin's."""
    repository = SealedRepository(recording, chance=Chance())
    token = repository.office.invite(uses=0, note="")
    repository.office.begin_epoch()
    by_admin = set(recording.asked)
    recording.asked.clear()
    _live(running, _sealed(recording, token, tmp_path / "one"), tmp_path / "one")

    assert _refused(by_admin, "admin") == []
    assert _refused(recording.asked, "node") == []
    assert any(each.key.startswith("keys/") and each.creates for each in recording.asked)


def test_a_publisher_may_publish(recording: RecordingBucket, tmp_path: Path) -> None:
    """An application and its wheels, into a sealed repository too; a node may not."""
    repository = SealedRepository(recording, chance=Chance())
    token = repository.office.invite(uses=0, note="")
    recording.asked.clear()
    record = ApplicationRecord(version="1", components={}, published_ms=1)
    ApplicationStore(_sealed(recording, token, tmp_path), None).publish(record, {})
    asked = recording.asked

    assert _refused(asked, "publisher") == []
    assert _refused(asked, "node") == [Asked("s3:PutObject", keys.APPLICATION_KEY)]


def _sealed(bucket: Bucket, token: WrittenKey, data: Path) -> Bucket:
    return open_sealed(
        bucket, data, given=token.text, name=data.name, clock=WallClock(), chance=Chance()
    )


@pytest.mark.parametrize(
    "asked",
    [
        Asked("s3:PutObject", SEGMENT),
        Asked("s3:PutObject", "repo.json"),
        Asked("s3:PutObject", keys.trust_key(1)),
        Asked("s3:PutObject", keys.catalog_key(1)),
        Asked("s3:PutObject", keys.chunk_key("ab" * 32)),
        Asked("s3:PutObject", "app.json"),
        Asked("s3:PutObject", "app.json", creates=True),
        Asked("s3:PutObject", "elsewhere", creates=True),
        Asked("s3:DeleteObject", SEGMENT),
        Asked("s3:DeleteObject", "repo.json"),
        Asked("s3:DeleteObject", keys.trust_key(1)),
        Asked("s3:DeleteObjectVersion", SEGMENT),
        Asked("s3:PutBucketVersioning", ""),
        Asked("s3:DeleteBucket", ""),
        Asked("s3:GetObject", SEGMENT, tls=False),
    ],
    ids=str,
)
def test_a_node_may_do_nothing_else(asked: Asked) -> None:
    """Write over what is never changed, publish software, found trust anew, remove content."""
    assert not allowed(asked, "node")


def test_nobody_lists_beyond_the_prefix() -> None:
    """Other prefixes of the bucket may be others' business."""
    (listing,) = [each for each in _statements("node") if each["Sid"] == "List"]

    assert not _holds("StringLike", "s3:prefix", "site/*", {"s3:prefix": "other/"})
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["site/*"]}}


@pytest.mark.parametrize("action", ["s3:DeleteObjectVersion", "s3:PutBucketVersioning"])
def test_the_buckets_policy_binds_those_who_may_everything(action: str) -> None:
    """An account's administrator as well; one role is left for emergencies."""
    everything = [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]

    def may(asked: Asked) -> bool:
        fitting = [each for each in everything + _statements("bucket") if _fits(each, asked)]
        return {each["Effect"] for each in fitting} == {"Allow"}

    assert not may(Asked(action, SEGMENT))
    assert may(Asked(action, SEGMENT, role="EXAMPLE-BREAK-GLASS"))
    assert not may(Asked("s3:PutObject", SEGMENT))
    assert may(Asked("s3:PutObject", SEGMENT, creates=True))


def test_a_collector_removes_content_and_nothing_else() -> None:
    """Trust, the repository's record and the application stay."""
    both = ("node", "collector")
    removed = [SEGMENT, keys.catalog_key(1), keys.chunk_key("ab" * 32), keys.blob_key("ab" * 32)]
    kept = ["repo.json", "app.json", keys.trust_key(1)]

    assert all(allowed(Asked("s3:DeleteObject", key), *both) for key in removed)
    assert not any(allowed(Asked("s3:DeleteObject", key), *both) for key in kept)
    assert not any(allowed(Asked("s3:PutObject", key), "reader") for key in removed + kept)
