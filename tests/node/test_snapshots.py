"""Taking a snapshot, and a new node that fills itself from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.chance import SeededChance
from skygarth.clock.manual_clock import ManualClock
from skygarth.database.port import Database
from skygarth.formats import bucket_keys as keys
from skygarth.model.errors import Unavailable
from skygarth.model.position import Incarnation, Position
from skygarth.model.schema import FieldSchema, Kind, TypeSchema
from skygarth.node.local_database import open_local_database
from skygarth.node.populating import SnapshotReader, newest_snapshot
from skygarth.node.snapshots import take_snapshot

NOTE = TypeSchema(name="note", fields=(FieldSchema(name="title", kind=Kind.TEXT),))


def database_in(folder: Path, seed: int) -> Database:
    """A new database of its own identity."""
    clock = ManualClock(86_400_000_000)
    return open_local_database(
        folder, clock=clock, chance=SeededChance(seed), types=[NOTE]
    ).database


def write_notes(database: Database, first: int, count: int) -> None:
    """Make notes and count them as published."""
    with database.writing("me") as writing:
        for number in range(first, first + count):
            writing.create("note", number.to_bytes(16, "big"), [str(number)], published_us=None)
    replica = database.replica()
    identity = replica.identity()
    packed = replica.pack(10_000)
    assert packed is not None
    position = Position(Incarnation(identity.incarnation), identity.sequence + 1)
    replica.published(position, "digest", packed.through)


def snapshot_of(bucket: MemoryBucket, database: Database, now_ms: int = 1) -> int:
    """Take a snapshot with ten objects a chunk; the number of chunks that were new."""
    taken = take_snapshot(
        bucket, database, repository="r", node="n", now_ms=now_ms, chunk_objects=10
    )
    return taken.uploaded


def test_a_new_node_holds_what_the_snapshot_held(tmp_path: Path) -> None:
    """Equal digests at the snapshot's vector (SNP-3)."""
    bucket, old, new = (
        MemoryBucket(),
        database_in(tmp_path / "a", 1),
        database_in(tmp_path / "b", 2),
    )
    write_notes(old, 1, 50)
    snapshot_of(bucket, old)

    reader = SnapshotReader(bucket, new.replica())
    found = reader.find()
    loaded = reader.load()

    assert found == loaded
    with old.replica().view() as mine, new.replica().view() as theirs:
        assert mine.digest() == theirs.digest()
    old.close()
    new.close()


def test_unpublished_changes_keep_a_snapshot_from_being_taken(tmp_path: Path) -> None:
    """Content that is ahead of its vector would be counted twice by whoever loads it."""
    database = database_in(tmp_path, 1)
    with database.writing("me") as writing:
        writing.create("note", bytes(16), ["x"], published_us=None)

    with pytest.raises(Unavailable) as caught:
        snapshot_of(MemoryBucket(), database)

    assert caught.value.code == "SG-SNAPSHOT-011"
    database.close()


def test_unchanged_chunks_are_shared(tmp_path: Path) -> None:
    """A second snapshot of the same content uploads nothing (SNP-2)."""
    bucket, database = MemoryBucket(), database_in(tmp_path, 1)
    write_notes(database, 1, 10)
    first = snapshot_of(bucket, database)

    assert first > 0
    assert snapshot_of(bucket, database, now_ms=2) == 0
    database.close()


def test_the_catalog_names_the_newest(tmp_path: Path) -> None:
    """Each snapshot enters a new version of the catalog."""
    bucket, database = MemoryBucket(), database_in(tmp_path, 1)
    assert newest_snapshot(bucket) is None
    write_notes(database, 1, 1)
    snapshot_of(bucket, database, now_ms=1)
    write_notes(database, 2, 1)
    snapshot_of(bucket, database, now_ms=2)

    newest = newest_snapshot(bucket)

    assert newest is not None
    assert newest.objects == 2
    assert len(bucket.list(keys.CATALOG_PREFIX)) == 2
    database.close()
