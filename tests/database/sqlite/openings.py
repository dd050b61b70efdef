"""Openers of SQLite databases for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import apsw
from tests.database.notes import NoteBook, Opener

from skygarth.database.sqlite.database import SqliteDatabase
from skygarth.model.stamp import Stamp


def in_files(folder: Path) -> Opener:
    """Databases as files in a folder: one name opens one file, each time."""

    def opener(
        name: str, *, stamp: Callable[[], Stamp], now_us: Callable[[], int]
    ) -> SqliteDatabase:
        return SqliteDatabase(folder / f"{name}.db", stamp=stamp, now_us=now_us)

    return opener


def in_memory(
    name: str, *, stamp: Callable[[], Stamp], now_us: Callable[[], int]
) -> SqliteDatabase:
    """A database in memory: each opening begins empty."""
    return SqliteDatabase(":memory:", stamp=stamp, now_us=now_us)


def notebook(letter: str = "a") -> NoteBook:
    """A notebook in memory."""
    return NoteBook(in_memory, letter)


def sqlite_of(book: NoteBook) -> SqliteDatabase:
    """A notebook's database as what it is."""
    database = book.database
    assert isinstance(database, SqliteDatabase)
    return database


def connection_of(book: NoteBook) -> apsw.Connection:
    """The connection that writes."""
    return sqlite_of(book)._connection


def table_of(book: NoteBook, sql: str) -> list[tuple[object, ...]]:
    """All rows that a statement answers."""
    return connection_of(book).execute(sql).fetchall()
