"""Filling a new node goes on where it was stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.node.test_snapshots import database_in, snapshot_of, write_notes

from skygarth.bucket.memory import MemoryBucket
from skygarth.formats import bucket_keys as keys
from skygarth.formats.snapshot import ChunkEntry
from skygarth.model.errors import Unavailable
from skygarth.node.populating import SnapshotReader


def test_a_stopped_load_goes_on_behind_its_last_chunk(tmp_path: Path) -> None:
    """Chunks that were loaded are not fetched again (SNP-5)."""
    bucket, old, new = (
        MemoryBucket(),
        database_in(tmp_path / "a", 1),
        database_in(tmp_path / "b", 2),
    )
    write_notes(old, 1, 35)
    snapshot_of(bucket, old)
    fetched: list[str] = []

    def stopping(function: object, entries: object) -> object:
        assert callable(function)
        assert isinstance(entries, list)
        for entry in entries:
            assert isinstance(entry, ChunkEntry)
            if len(fetched) == 2:
                raise Unavailable("stopped")
            fetched.append(entry.digest)
            yield function(entry)

    first = SnapshotReader(bucket, new.replica(), ahead=stopping)  # type: ignore[arg-type]
    first.find()
    with pytest.raises(Unavailable):
        first.load()
    second = SnapshotReader(bucket, new.replica())
    second.find()
    second.load()

    assert len(set(fetched)) == 2
    with old.replica().view() as mine, new.replica().view() as theirs:
        assert mine.digest() == theirs.digest()
    old.close()
    new.close()


def test_a_part_that_has_gone_is_looked_for_again(tmp_path: Path) -> None:
    """A missing chunk is no damage: the catalog is read again (SG-SNAPSHOT-010)."""
    bucket, old, new = (
        MemoryBucket(),
        database_in(tmp_path / "a", 1),
        database_in(tmp_path / "b", 2),
    )
    write_notes(old, 1, 5)
    snapshot_of(bucket, old)
    reader = SnapshotReader(bucket, new.replica())
    reader.find()
    for entry in bucket.list(keys.CHUNK_PREFIX):
        bucket.delete(entry.key)

    with pytest.raises(Unavailable) as caught:
        reader.load()

    assert caught.value.code == "SG-SNAPSHOT-010"
    old.close()
    new.close()
