"""Django's ORM, without the rest of Django."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import django
from django.conf import settings
from django.db import connections, models, transaction

from benchmarks.content import Rows
from benchmarks.peers.port import PRAGMAS, batches, read

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": ":memory:",
            "OPTIONS": {"init_command": ";".join(PRAGMAS)},
        }
    },
    USE_TZ=True,
)
django.setup()


class Story(models.Model):
    id = models.CharField(max_length=32, primary_key=True)
    name = models.CharField(max_length=80)
    title = models.CharField(max_length=255)
    summary = models.CharField(max_length=400)
    body = models.TextField()
    language = models.CharField(max_length=8)
    category = models.CharField(max_length=40)
    author = models.CharField(max_length=80)
    views = models.IntegerField()
    weight = models.IntegerField()
    rating = models.FloatField()
    featured = models.BooleanField()
    edited = models.DateTimeField()

    class Meta:
        app_label = "benchmarks"


class DjangoOrm:
    name = "Django"

    def __init__(self, folder: Path) -> None:
        connection = connections["default"]
        connection.close()
        connection.settings_dict["NAME"] = str(folder / "django.db")
        with connection.schema_editor() as editor:
            editor.create_model(Story)

    def create_each(self, rows: Rows) -> Sequence[str]:
        create = Story.objects.create
        for key, fields in zip(rows.keys, rows.fields, strict=True):
            create(id=key, **fields)
        return rows.keys

    def create_batched(self, rows: Rows) -> Sequence[str]:
        for batch in batches(rows):
            pairs = zip(batch.keys, batch.fields, strict=True)
            with transaction.atomic():
                Story.objects.bulk_create([Story(id=key, **fields) for key, fields in pairs])
        return rows.keys

    def keys(self, made: Sequence[object]) -> Sequence[object]:
        return made

    def get(self, keys: Sequence[object]) -> int:
        get = Story.objects.get
        for key in keys:
            read(get(pk=key))
        return len(keys)

    def close(self) -> None:
        connections.close_all()
