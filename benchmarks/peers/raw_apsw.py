"""Plain SQL through apsw: what SQLite can do at all from Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw

from benchmarks.content import FIELDS, Rows
from benchmarks.peers.port import PRAGMAS, batches

INSERT = f"INSERT INTO story VALUES({', '.join('?' * (1 + len(FIELDS)))})"
GET = "SELECT * FROM story WHERE id = ?"


class RawApsw:
    name = "raw apsw"

    def __init__(self, folder: Path) -> None:
        self._connection = open_raw(folder / "raw.db")

    def create_each(self, rows: Rows) -> Sequence[str]:
        execute = self._connection.execute
        for row in rows.plain:
            execute(INSERT, row)
        return rows.keys

    def create_batched(self, rows: Rows) -> Sequence[str]:
        for batch in batches(rows):
            with self._connection:
                self._connection.executemany(INSERT, batch.plain)
        return rows.keys

    def keys(self, made: Sequence[object]) -> Sequence[object]:
        return made

    def get(self, keys: Sequence[object]) -> int:
        execute = self._connection.execute
        return len([execute(GET, (key,)).fetchall()[0] for key in keys])

    def close(self) -> None:
        self._connection.close()


def open_raw(path: Path) -> apsw.Connection:
    """A database with the one table."""
    connection = apsw.Connection(str(path))
    for pragma in PRAGMAS:
        connection.execute(pragma)
    columns = ", ".join(FIELDS)
    connection.execute(f"CREATE TABLE story(id TEXT PRIMARY KEY, {columns})")
    return connection
