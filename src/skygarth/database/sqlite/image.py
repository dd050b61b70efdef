"""A segment's payload: a small SQLite database, attached beside the node's own (FMT-4).

What the tables of an image mean:

``schema``     each type that occurs, as its canonical document
``o_<type>``   objects: `whole` rows (created in this segment) hold every field;
               others only those with a stamp (``title__s``), with the head that
               was replaced (``title__b``); counters hold differences
``head``       further values that the same log gave a field (MRG-10)
``base``       further heads that a change replaced (MRG-8)
``purge``      objects that are gone for good

An image from a bucket is foreign input. Its hash has been verified before;
still it may hold only plain tables of these names, and statements read only
columns that a verified schema names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import apsw

from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.columns import (
    Columns,
    base_column,
    quoted,
    stamp_column,
)
from skygarth.database.sqlite.connection import harden
from skygarth.model.errors import Damaged
from skygarth.model.schema import TypeSchema, decode_schema

COMMON_TABLES = """
CREATE TABLE seg.schema(name TEXT PRIMARY KEY, document BLOB);
CREATE TABLE seg.head(type TEXT, guid BLOB, field TEXT, stamp BLOB, value);
CREATE TABLE seg.base(type TEXT, guid BLOB, field TEXT, base BLOB);
CREATE TABLE seg.purge(type TEXT, guid BLOB, stamp BLOB)
"""

_HEADER_COUNTERS = (slice(24, 28), slice(40, 44), slice(92, 96))
"""Changes of the file, of its schema, and the change that knew its size."""


@contextmanager
def attached(connection: apsw.Connection, image: bytes | None = None) -> Iterator[None]:
    """Attach an image (or an empty one) as ``seg`` while the block runs.

    Attaching is not possible inside a transaction: open it inside the block.

    Raises:
        Damaged: the bytes are no database, or hold more than plain tables (SG-SEGMENT-020).
    """
    if image is not None:
        _inspect(image)
    connection.execute("ATTACH ':memory:' AS seg")
    try:
        if image is not None:
            connection.deserialize("seg", image)
        yield
    finally:
        connection.execute("DETACH seg")


def _inspect(image: bytes) -> None:
    """Look at foreign bytes on a connection that may be lost.

    Once bytes are attached whose schema cannot be read, SQLite prepares no
    statement on that connection any more, not even the DETACH.
    """
    connection = apsw.Connection(":memory:")
    try:
        harden(connection)
        connection.execute("ATTACH ':memory:' AS seg")
        connection.deserialize("seg", image)
        fault = rows_of(connection, "PRAGMA seg.quick_check(1)")[0][0]
        kinds = rows_of(
            connection,
            "SELECT name FROM seg.sqlite_schema WHERE type NOT IN ('table', 'index')"
            " OR sql LIKE 'CREATE VIRTUAL%' OR (type = 'index' AND sql IS NOT NULL)",
        )
    except apsw.Error as cause:
        raise _damaged(f"this image is no database. reason={cause}") from cause
    finally:
        connection.close()
    if fault != "ok":
        raise _damaged(f"this image is a damaged database. fault={fault!r}")
    if kinds:
        raise _damaged(f"this image holds more than plain tables. names={kinds!r}")


def create_common(connection: apsw.Connection) -> None:
    """Make the tables that every segment image has."""
    for statement in COMMON_TABLES.split(";"):
        connection.execute(statement)


def create_object_table(connection: apsw.Connection, columns: Columns) -> None:
    """Make the table for the objects of one type."""
    names = [name for name in object_columns(columns) if name != "guid"]
    listed = ", ".join(quoted(name) for name in names)
    connection.execute(f"CREATE TABLE seg.{columns.image_table}(guid BLOB PRIMARY KEY, {listed})")


def blob_columns(headed: Iterable[str]) -> list[str]:
    """The columns of an object table that hold a GUID, or a stamp of these fields."""
    stamps = [(stamp_column(name), base_column(name)) for name in headed]
    return ["guid", "stamp", *(name for pair in stamps for name in pair)]


def object_columns(columns: Columns) -> list[str]:
    """The columns of an object table inside an image."""
    names = ["guid", "stamp", "whole", "_created", "_creator", "_revised", "_revisor", "_revision"]
    for name in columns.headed:
        names += [name, stamp_column(name), base_column(name)]
    for name in columns.counters:
        names.append(name)
    return names


def read_schemas(connection: apsw.Connection) -> tuple[TypeSchema, ...]:
    """The types that an attached image speaks of, each proven to have its table and columns.

    Raises:
        Damaged: a table is missing or lacks a column that its schema names.
    """
    try:
        rows = rows_of(connection, "SELECT name, document FROM seg.schema")
    except apsw.SQLError as cause:
        raise _damaged(f"this image has no schema table. reason={cause}") from cause
    schemas: list[TypeSchema] = []
    for name, document in rows:
        if not isinstance(document, bytes):
            raise _damaged(f"a type's schema is no document. type={name!r}")
        schema = decode_schema(document)
        if schema.name != name:
            raise _damaged(f"a schema names another type. type={name!r} schema={schema.name!r}")
        schemas.append(schema)
    return tuple(schemas)


def prove_columns(connection: apsw.Connection, table: str, needed: list[str]) -> None:
    """Check that a table of the image has the columns that statements will name."""
    rows = rows_of(connection, "SELECT name FROM pragma_table_info(?, 'seg')", (table,))
    absent = set(needed) - {row[0] for row in rows}
    if absent:
        raise _damaged(f"a table of this image lacks columns. table={table!r} absent={absent!r}")


def prove_key(connection: apsw.Connection, table: str) -> None:
    """Check that a table of the image holds an object only once."""
    rows = rows_of(connection, "SELECT name FROM pragma_table_info(?, 'seg') WHERE pk", (table,))
    if rows != [("guid",)]:
        raise _damaged(f"a table of this image is not kept by guid. table={table!r} key={rows!r}")


def prove_blobs(connection: apsw.Connection, table: str, columns: Iterable[str]) -> None:
    """Check that GUIDs and stamps are bytes: as texts or numbers they would sort before all bytes.

    One comparison finds both, since SQLite sorts bytes behind everything else.
    """
    wrong = " OR ".join(f"{quoted(name)} < x''" for name in columns)
    if rows_of(connection, f"SELECT 1 FROM seg.{quoted(table)} WHERE {wrong} LIMIT 1"):
        raise _damaged(f"a table of this image has a guid or a stamp that is none. table={table!r}")


def take_out(connection: apsw.Connection) -> bytes:
    """The attached image as bytes."""
    image = connection.serialize("seg")
    assert image.startswith(b"SQLite format 3\0")
    return image


def canonical(image: bytes) -> bytes:
    """The same content in bytes that do not tell how it came about (SNP-2).

    Free pages, rests of dropped tables and counters in the header differ between
    images that say the same; a chunk that has not changed must keep its name.
    """
    connection = apsw.Connection(":memory:")
    connection.deserialize("main", image)
    connection.execute("VACUUM")
    body = bytearray(connection.serialize("main"))
    connection.close()
    for counter in _HEADER_COUNTERS:
        body[counter] = b"\0\0\0\1"
    return bytes(body)


def _damaged(message: str) -> Damaged:
    return Damaged(
        message,
        code="SG-SEGMENT-020",
        hint="its author's log stops here for this node; see `skygarth sync quarantine`",
    )
