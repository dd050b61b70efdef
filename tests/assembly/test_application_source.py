"""A node runs what it is given, what the bucket carries, or the sample."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.assembly.wheels import build_wheel

from skygarth.assembly.application_source import application_store, choose_application
from skygarth.assembly.application_wheels import read_wheels
from skygarth.bucket.memory import MemoryBucket
from skygarth.formats import bucket_keys as keys
from skygarth.formats.application_record import ApplicationRecord
from skygarth.model.errors import Denied, Unavailable
from skygarth.node.application_store import ApplicationStore
from skygarth.node.cluster_key import KEY_BYTES, ClusterKey, ClusterKeys

CLUSTER = ClusterKeys([ClusterKey(b"k" * KEY_BYTES)])


@pytest.fixture(autouse=True)
def fresh_imports() -> Iterator[None]:
    """Each test is a process of its own as far as the greeting is concerned."""
    path = list(sys.path)
    sys.modules.pop("greeting", None)
    yield
    sys.path[:] = path
    sys.modules.pop("greeting", None)


@pytest.fixture
def bucket() -> MemoryBucket:
    """An empty bucket."""
    return MemoryBucket(lambda: 1)


def publish(bucket: MemoryBucket, folder: Path, version: str) -> ApplicationStore:
    """Put a version of the greeting into a bucket."""
    store = application_store(bucket, CLUSTER)
    wheels = read_wheels([build_wheel(folder, version)])
    store.publish(ApplicationRecord(version, {}, "greeting", tuple(wheels)), wheels)
    return store


def away() -> ApplicationStore:
    """The application of a bucket that does not answer."""
    raise Unavailable("the bucket does not answer", hint="wait")


def test_without_anything_the_sample_runs(bucket: MemoryBucket, tmp_path: Path) -> None:
    """A first node on an empty bucket."""
    chosen = choose_application(None, lambda: application_store(bucket, CLUSTER), tmp_path)

    assert list(chosen.application.versions) == ["sample_site"]
    assert chosen.record is None


def test_what_was_named_runs_and_the_bucket_is_not_asked(tmp_path: Path) -> None:
    """An operator's word is stronger."""
    chosen = choose_application("skygarth.assembly.application:sample_application", away, tmp_path)

    assert list(chosen.application.versions) == ["sample_site"]


def test_the_buckets_application_is_remembered(bucket: MemoryBucket, tmp_path: Path) -> None:
    """It runs again while the bucket is away, and after it was emptied."""
    store = publish(bucket, tmp_path / "wheels", "1.0")
    first = choose_application(None, lambda: store, tmp_path / "data")
    cut_off = choose_application(None, away, tmp_path / "data")
    bucket.delete(keys.APPLICATION_KEY)
    emptied = choose_application(None, lambda: store, tmp_path / "data")

    assert first.application.versions == {"greeting": "1.0"}
    assert first.record == cut_off.record == emptied.record


def test_a_node_starts_without_its_bucket(tmp_path: Path) -> None:
    """Nobody knows what the bucket would ask for; the node holds to it once it answers."""
    assert choose_application(None, away, tmp_path).record is None


def test_a_spoilt_record_leaves_what_ran(bucket: MemoryBucket, tmp_path: Path) -> None:
    """A node that knows a good one goes on with it; a newcomer starts, and waits for one."""
    store = publish(bucket, tmp_path / "wheels", "1.0")
    choose_application(None, lambda: store, tmp_path / "data")
    bucket.put(keys.APPLICATION_KEY, b"garbage")
    chosen = choose_application(None, lambda: store, tmp_path / "data")

    newcomer = choose_application(None, lambda: store, tmp_path / "newcomer")

    assert chosen.application.versions == {"greeting": "1.0"}
    assert list(newcomer.application.versions) == ["sample_site"]


def test_wheels_without_a_key_are_not_run(bucket: MemoryBucket, tmp_path: Path) -> None:
    """Nobody could tell whose they are (BKT-8)."""
    publish(bucket, tmp_path / "wheels", "1.0")

    with pytest.raises(Denied, match="no cluster key"):
        choose_application(
            None, lambda: application_store(bucket, ClusterKeys([])), tmp_path / "data"
        )
