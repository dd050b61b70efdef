"""What a contender must be able to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from benchmarks.content import Rows

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA cache_size=-16384",
    "PRAGMA wal_autocheckpoint=4000",
)

BATCH = 1_000


class Contender(Protocol):
    """A way to keep objects in SQLite."""

    name: str

    def __init__(self, folder: Path) -> None:
        """Make a database in an empty folder."""
        ...

    def create_each(self, rows: Rows) -> Sequence[object]:
        """Create objects, each with a commit of its own; what was made."""
        ...

    def create_batched(self, rows: Rows) -> Sequence[object]:
        """Create objects, a thousand a commit; what was made."""
        ...

    def keys(self, made: Sequence[object]) -> Sequence[object]:
        """The keys of what was created."""
        ...

    def get(self, keys: Sequence[object]) -> int:
        """Get objects by key, one by one, and read every field of each; how many."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


def batches(rows: Rows) -> list[Rows]:
    """The rows in batches of a thousand."""
    return [
        Rows(rows.keys[i : i + BATCH], rows.fields[i : i + BATCH], rows.plain[i : i + BATCH])
        for i in range(0, len(rows), BATCH)
    ]


def read(story: Any) -> object:  # each contender has a class of its own
    """Every field of an object."""
    return (
        *(story.name, story.title, story.summary, story.body, story.language, story.category),
        *(story.author, story.views, story.weight, story.rating, story.featured, story.edited),
    )
