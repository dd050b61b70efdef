"""Skygarth's Python interface: declared types, a repository, an outbox that replicates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.content import Rows, Story
from benchmarks.peers.port import batches, read
from benchmarks.stores import open_store
from skygarth.model.guid import Guid


class SkygarthPython:
    name = "Skygarth"

    def __init__(self, folder: Path) -> None:
        self._store = open_store(folder)
        self._repo = self._store.repository

    def create_each(self, rows: Rows) -> Sequence[Story]:
        create = self._repo.create
        return [create(Story(**fields)) for fields in rows.fields]

    def create_batched(self, rows: Rows) -> Sequence[Story]:
        made: list[Story] = []
        for batch in batches(rows):
            with self._repo.transaction() as tx:
                made += [tx.create(Story(**fields)) for fields in batch.fields]
        return made

    def keys(self, made: Sequence[object]) -> Sequence[object]:
        return [story.guid for story in made if isinstance(story, Story)]

    def get(self, keys: Sequence[object]) -> int:
        get = self._repo.get
        for key in keys:
            assert isinstance(key, Guid)
            read(get(Story, key))
        return len(keys)

    def close(self) -> None:
        self._store.close()
