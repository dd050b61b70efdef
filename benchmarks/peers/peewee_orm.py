"""peewee, the small one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from peewee import (
    BooleanField,
    CharField,
    DateTimeField,
    FloatField,
    IntegerField,
    Model,
    SqliteDatabase,
    TextField,
)

from benchmarks.content import Rows
from benchmarks.peers.port import PRAGMAS, batches, read

_PRAGMAS = dict(pragma.removeprefix("PRAGMA ").split("=") for pragma in PRAGMAS)


class Story(Model):
    id = CharField(max_length=32, primary_key=True)
    name = CharField(max_length=80)
    title = CharField(max_length=255)
    summary = CharField(max_length=400)
    body = TextField()
    language = CharField(max_length=8)
    category = CharField(max_length=40)
    author = CharField(max_length=80)
    views = IntegerField()
    weight = IntegerField()
    rating = FloatField()
    featured = BooleanField()
    edited = DateTimeField()


class PeeweeOrm:
    name = "peewee"

    def __init__(self, folder: Path) -> None:
        self._database = SqliteDatabase(str(folder / "peewee.db"), pragmas=_PRAGMAS)
        self._database.bind([Story])
        self._database.create_tables([Story])

    def create_each(self, rows: Rows) -> Sequence[str]:
        create = Story.create
        for key, fields in zip(rows.keys, rows.fields, strict=True):
            create(id=key, **fields)
        return rows.keys

    def create_batched(self, rows: Rows) -> Sequence[str]:
        for batch in batches(rows):
            pairs = zip(batch.keys, batch.fields, strict=True)
            with self._database.atomic():
                Story.bulk_create([Story(id=key, **fields) for key, fields in pairs])
        return rows.keys

    def keys(self, made: Sequence[object]) -> Sequence[object]:
        return made

    def get(self, keys: Sequence[object]) -> int:
        get = Story.get_by_id
        for key in keys:
            read(get(key))
        return len(keys)

    def close(self) -> None:
        self._database.close()
