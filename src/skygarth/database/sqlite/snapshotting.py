"""The whole state as chunks, and a new node's database from them (SNP-1, SNP-5).

A chunk is a database image with a range of one type's rows as they stand,
stamps included; a last one has what is set aside and the tombstones. A new
database loads chunks without indexes, remembers each in the same commit, and
builds the indexes at the end; so it can be stopped anywhere and goes on there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import apsw

from skygarth.database.sqlite import image
from skygarth.database.sqlite.asking import number, rows_of
from skygarth.database.sqlite.catalogue import TypeCatalogue, TypeEntry
from skygarth.database.sqlite.columns import LIFE, Columns, head_stamp, quoted
from skygarth.database.sqlite.digest import content_digest
from skygarth.database.sqlite.tables import create_indexes, drop_indexes, rebuild_search
from skygarth.model.position import Incarnation

REST = "rest"
"""Label of the chunk that holds no objects."""


class SqliteContentView:
    """See `skygarth.database.port.ContentView`; lives inside one read transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._catalogue = TypeCatalogue(connection)
        self.vector = {
            Incarnation(name): applied
            for name, applied in rows_of(
                connection, "SELECT incarnation, applied FROM log WHERE applied > 0"
            )
        }
        self.unpublished = number(
            connection,
            "SELECT count(*) FROM change WHERE imported = 0 AND sequence >"
            " coalesce((SELECT value FROM meta WHERE key = 'published_through'), 0)",
        )

    def digest(self) -> str:
        """SHA-256 of the logical content."""
        return content_digest(self._connection, self._catalogue)

    def chunks(self, objects_max: int) -> Iterator[tuple[str, int, bytes]]:
        """The whole state as (label, number of objects, image): each type by ranges, the rest."""
        for name in sorted(self._catalogue.entries):
            entry = self._catalogue.entry(name)
            for first, last, objects in _ranges(self._connection, entry, objects_max):
                yield (
                    f"{name}/{first.hex()}",
                    objects,
                    _pack_range(self._connection, entry, first, last),
                )
        yield REST, 0, _pack_rest(self._connection, self._catalogue)


@contextmanager
def viewed(connection: apsw.Connection) -> Iterator[SqliteContentView]:
    """A view, and room for its chunks beside it.

    Attaching is not possible inside a transaction, so the room is made first and
    emptied after each chunk.
    """
    with image.attached(connection):
        connection.execute("BEGIN")
        try:
            yield SqliteContentView(connection)
        finally:
            connection.execute("ROLLBACK")


def _ranges(
    connection: apsw.Connection, entry: TypeEntry, objects_max: int
) -> Iterator[tuple[bytes, bytes, int]]:
    """First and last GUID of consecutive ranges of at most `objects_max` objects, and how many."""
    after = b""
    while True:
        first, last, objects = rows_of(
            connection,
            f"SELECT min(guid), max(guid), count(*) FROM (SELECT guid FROM {entry.columns.table}"
            " WHERE guid > ? ORDER BY guid LIMIT ?)",
            (after, objects_max),
        )[0]
        if first is None:
            return
        yield first, last, objects
        after = last


def _pack_range(connection: apsw.Connection, entry: TypeEntry, first: bytes, last: bytes) -> bytes:
    """The chunk image of one range."""
    columns = entry.columns
    names = ", ".join(map(quoted, columns.stored))
    connection.execute("CREATE TABLE seg.schema(name TEXT PRIMARY KEY, document BLOB)")
    connection.execute(
        "INSERT INTO seg.schema VALUES(?, ?)", (entry.whole.name, entry.whole.document)
    )
    connection.execute(
        f"CREATE TABLE seg.{columns.image_table} AS SELECT {names} FROM {columns.table}"
        " WHERE guid BETWEEN ? AND ? ORDER BY guid",
        (first, last),
    )
    return _take_and_empty(connection)


def _pack_rest(connection: apsw.Connection, catalogue: TypeCatalogue) -> bytes:
    """The chunk image of what is set aside and of tombstones, with every type's schema."""
    connection.execute("CREATE TABLE seg.schema(name TEXT PRIMARY KEY, document BLOB)")
    connection.executemany(
        "INSERT INTO seg.schema VALUES(?, ?)",
        [(name, entry.whole.document) for name, entry in sorted(catalogue.entries.items())],
    )
    for table, listed in (
        ("aside", "a.guid, a.field, a.stamp, types.name AS type, a.value"),
        ("tombstone", "a.guid, types.name AS type, a.stamp"),
        ("cycle_cut", "a.guid, types.name AS type"),
    ):
        connection.execute(
            f"CREATE TABLE seg.{table} AS SELECT {listed} FROM {table} a"
            " JOIN types ON types.id = a.type ORDER BY a.guid"
        )
    return _take_and_empty(connection)


def _take_and_empty(connection: apsw.Connection) -> bytes:
    """The attached image as bytes, its tables dropped again."""
    taken = image.canonical(image.take_out(connection))
    for (name,) in rows_of(connection, "SELECT name FROM seg.sqlite_schema WHERE type = 'table'"):
        connection.execute(f"DROP TABLE seg.{quoted(name)}")
    return taken


def load_chunk(connection: apsw.Connection, catalogue: TypeCatalogue, token: str) -> None:
    """Add an attached chunk; inside a transaction."""
    first = not rows_of(connection, "SELECT 1 FROM chunk LIMIT 1")
    schemas = image.read_schemas(connection)
    before = set(catalogue.entries)
    catalogue.learn(schemas)
    fresh = catalogue.entries.keys() if first else catalogue.entries.keys() - before
    for name in fresh:
        drop_indexes(connection, catalogue.entries[name].whole)
    tables = {name for (name,) in rows_of(connection, "SELECT name FROM seg.sqlite_schema")}
    for schema in schemas:
        if f"o_{schema.name}" in tables:
            _load_objects(connection, catalogue.entry(schema.name), Columns.of(schema))
    if "aside" in tables:
        _load_rest(connection)
    connection.execute("INSERT INTO chunk VALUES(?)", (token,))


def _load_objects(connection: apsw.Connection, entry: TypeEntry, sent: Columns) -> None:
    image.prove_columns(connection, f"o_{entry.whole.name}", list(sent.stored))
    names = ", ".join(map(quoted, sent.stored))
    connection.execute(
        f"INSERT INTO {entry.columns.table}({names}) SELECT {names} FROM seg.{sent.image_table}"
    )


def _load_rest(connection: apsw.Connection) -> None:
    for table, names in (
        ("aside", "guid, field, stamp, type, value"),
        ("tombstone", "guid, type, stamp"),
        ("cycle_cut", "guid, type"),
    ):
        image.prove_columns(connection, table, names.split(", "))
        listed = names.replace("type", "types.id")
        connection.execute(
            f"INSERT OR IGNORE INTO {table}({names}) SELECT {listed} FROM seg.{table} s"
            " JOIN types ON types.name = s.type"
        )


def finish_loading(connection: apsw.Connection, catalogue: TypeCatalogue) -> None:
    """Build what was put off; inside a transaction."""
    for entry in catalogue.entries.values():
        create_indexes(connection, entry.whole)
        rebuild_search(connection, entry.whole)
    connection.execute("DELETE FROM chunk")


def greatest_stamp(connection: apsw.Connection, catalogue: TypeCatalogue) -> bytes:
    """The greatest stamp of all that was loaded: every change but a counter's touches life.

    What local transactions have touched meanwhile is left out: nobody else has seen it (CLK-7).
    """
    mine = "SELECT guid FROM change WHERE imported = 0"
    found = [
        rows_of(connection, f"SELECT max(stamp) FROM tombstone WHERE guid NOT IN ({mine})")[0][0]
    ]
    for entry in catalogue.entries.values():
        stamp = head_stamp(LIFE, "t")
        answer = rows_of(
            connection,
            f"SELECT max({stamp}) FROM {entry.columns.table} t WHERE guid NOT IN ({mine})",
        )
        found.append(answer[0][0])
    return max((stamp or b"" for stamp in found), default=b"")
