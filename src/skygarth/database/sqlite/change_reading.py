"""What one segment says of one object, read out of its image for a history (HIS-1).

Merging never asks for single objects; this reads one row, on a connection of its
own, so that no statement of a merge waits for somebody who looks at the past.
"""

from __future__ import annotations

from collections.abc import Mapping

import apsw

from skygarth.database.sqlite.columns import Columns, base_column, quoted, stamp_column
from skygarth.database.sqlite.connection import harden
from skygarth.database.sqlite.image import attached, object_columns, prove_columns, read_schemas
from skygarth.merging.law import LIFE, FieldChange, ObjectChange, Purge, Touch
from skygarth.model.errors import Damaged
from skygarth.model.schema import Stored
from skygarth.model.stamp import STAMP_BYTES, Stamp

PURGE_COLUMNS = ["type", "guid", "stamp"]


def change_of(image: bytes, guid: bytes) -> ObjectChange | Purge | None:
    """What a verified image says of an object; None if it does not touch it.

    Of several values that the log gave a field only the last is told.

    Raises:
        Damaged: the image is none, or holds what no segment may hold.
    """
    connection = apsw.Connection(":memory:")
    try:
        harden(connection)
        with attached(connection, image):
            return _purge(connection, guid) or _change(connection, guid)
    except (apsw.Error, AssertionError, KeyError) as cause:
        raise Damaged(
            f"a segment's image cannot be read. reason={cause}",
            code="SG-SEGMENT-023",
            hint="see `skygarth sync quarantine`",
        ) from cause
    finally:
        connection.close()


def _purge(connection: apsw.Connection, guid: bytes) -> Purge | None:
    prove_columns(connection, "purge", PURGE_COLUMNS)
    row = _row(connection, "purge", PURGE_COLUMNS, guid)
    if row is None:
        return None
    return Purge(_text(row["type"]), guid, _stamp(row["stamp"]))


def _change(connection: apsw.Connection, guid: bytes) -> ObjectChange | None:
    for schema in read_schemas(connection):
        columns = Columns.of(schema)
        table, names = f"o_{schema.name}", object_columns(columns)
        prove_columns(connection, table, names)
        row = _row(connection, table, names, guid)
        if row is not None:
            return _object_change(columns, guid, row)
    return None


def _row(
    connection: apsw.Connection, table: str, names: list[str], guid: bytes
) -> dict[str, Stored] | None:
    listed = ", ".join(map(quoted, names))
    statement = f"SELECT {listed} FROM seg.{quoted(table)} WHERE guid = ?"
    for row in connection.execute(statement, (guid,)):
        return dict(zip(names, row, strict=True))
    return None


def _object_change(columns: Columns, guid: bytes, row: Mapping[str, Stored]) -> ObjectChange:
    fields = {
        name: (change,)
        for name in columns.headed
        if (change := _field_change(row, name)) is not None
    }
    created = (_whole(row["_created"]), _text(row["_creator"])) if row["whole"] else None
    life = fields.get(LIFE)
    touch = None
    if life is not None:
        revised, revisor = _whole(row["_revised"]), _text(row["_revisor"])
        touch = Touch(life[-1].stamp, revised, revisor, _whole(row["_revision"]))
    amounts = {name: _whole(row[name]) for name in columns.counters if row[name] is not None}
    return ObjectChange(columns.schema.name, guid, created, fields, amounts, touch)


def _field_change(row: Mapping[str, Stored], name: str) -> FieldChange | None:
    """The value that a row gives a field; None if it does not set it."""
    stamp = row[stamp_column(name)]
    if stamp is None and row["whole"]:
        stamp = row["stamp"]
    if stamp is None:
        return None
    base = row[base_column(name)]
    bases = frozenset({_stamp(base)}) if base is not None else frozenset[Stamp]()
    return FieldChange(row[name], _stamp(stamp), bases)


def _stamp(value: Stored) -> Stamp:
    assert isinstance(value, bytes), "a stamp is bytes"
    assert len(value) == STAMP_BYTES, "a stamp has 16 bytes"
    return Stamp(value)


def _whole(value: Stored) -> int:
    assert isinstance(value, int), "a number is a whole one"
    return value


def _text(value: Stored) -> str:
    assert isinstance(value, str), "a name is text"
    return value
