"""Second heads of a field from one segment: the rare case that SQL leaves to the law.

A log has two unpublished heads of one field only when an import outdid the
first and a later edit, which had seen the import, made the second (MRG-10).
"""

from __future__ import annotations

import apsw

from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.catalogue import TypeCatalogue
from skygarth.database.sqlite.columns import head_stamp, quoted, stamp_column
from skygarth.model.errors import Damaged


def merge_further_heads(connection: apsw.Connection, catalogue: TypeCatalogue) -> int:
    """Add each head of the image's ``head`` table to its field; the number set aside."""
    count = 0
    rows = rows_of(
        connection,
        "SELECT type, guid, field, stamp, value FROM seg.head"
        " WHERE guid NOT IN (SELECT guid FROM tombstone)",
    )
    for type_name, guid, field, stamp, value in rows:
        entry = catalogue.entry(type_name)
        if field not in entry.columns.headed:
            raise Damaged(
                f"a head names a field that its type lacks. type={type_name!r} field={field!r}",
                code="SG-SEGMENT-020",
                hint="see `skygarth sync quarantine`",
            )
        column, companion = quoted(field), quoted(stamp_column(field))
        table = entry.columns.table
        found = rows_of(
            connection,
            f"SELECT {column}, {head_stamp(field, 't')} FROM {table} t WHERE guid = ?",
            (guid,),
        )
        if not found or found[0][1] == stamp:
            continue
        shown_value, shown_stamp = found[0]
        lesser = (stamp, value) if stamp < shown_stamp else (shown_stamp, shown_value)
        if stamp > shown_stamp:
            connection.execute(
                f"UPDATE {table} SET {column} = ?, {companion} = ? WHERE guid = ?",
                (value, stamp, guid),
            )
        connection.execute(
            "INSERT OR IGNORE INTO aside(guid, field, type, stamp, value) VALUES(?, ?, ?, ?, ?)",
            (guid, field, entry.number, *lesser),
        )
        count += connection.changes()
    return count
