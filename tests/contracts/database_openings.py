"""Every database that the contract suite runs over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.database.notes import Opener
from tests.database.sqlite.openings import in_files, in_memory

OPENINGS: dict[str, Callable[[Path], Opener]] = {
    "sqlite in a file": in_files,
    "sqlite in memory": lambda _folder: in_memory,
}
"""What a test run calls a database, and how it makes an opener from an empty folder."""

LASTING = frozenset({"sqlite in a file"})
"""Those that are there again when they are opened again."""
