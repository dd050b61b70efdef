"""From the outbox to a segment image, in SQL (REP-10).

A segment takes whole changesets, oldest first. Created objects go as whole
rows; for edited ones the unpublished edits of a field fold into one: the last
value, with every head that the folded edits replaced. Where an import came in
between, a field may have two unpublished heads; the one set aside goes along
in ``head``, so that every node records the same conflict (MRG-10).
"""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from skygarth.database.port import Action, Packed
from skygarth.database.sqlite import image
from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.catalogue import TypeCatalogue, TypeEntry
from skygarth.database.sqlite.columns import (
    LIFE,
    Columns,
    base_column,
    head_stamp,
    quoted,
    stamp_column,
)
from skygarth.model.schema import schema_hash

_LOCAL = "imported = 0 AND sequence > :after AND sequence <= :through"


@dataclass(frozen=True, slots=True)
class OutboxRange:
    """Which part of the feed a segment takes: local changes after `after`, through `through`."""

    after: int
    through: int

    @property
    def bindings(self) -> dict[str, int]:
        """For the statements below."""
        return {"after": self.after, "through": self.through}


def choose_range(connection: apsw.Connection, after: int, objects_max: int) -> OutboxRange | None:
    """Whole changesets, oldest first, of about `objects_max` objects; None if there are none.

    If an object changes again behind the cut, the cut moves behind that changeset:
    its current values are what the segment will hold.
    """
    rows = rows_of(
        connection, "SELECT max(sequence) FROM change WHERE imported = 0 AND sequence > ?", (after,)
    )
    last = rows[0][0]
    if last is None:
        return None
    cut = rows_of(
        connection,
        "SELECT coalesce(changeset, sequence) FROM change WHERE imported = 0 AND sequence > ?"
        " ORDER BY sequence LIMIT 1 OFFSET ?",
        (after, objects_max - 1),
    )
    through = _end_of_changeset(connection, cut[0][0]) if cut else last
    while through < last:
        again = rows_of(
            connection,
            "SELECT max(coalesce(later.changeset, later.sequence)) FROM change earlier"
            " JOIN change later ON later.guid = earlier.guid AND later.sequence > ?2"
            " AND later.imported = 0 WHERE earlier.imported = 0 AND earlier.sequence > ?1"
            " AND earlier.sequence <= ?2",
            (after, through),
        )[0][0]
        if again is None:
            break
        through = _end_of_changeset(connection, again)
    return OutboxRange(after, through)


def _end_of_changeset(connection: apsw.Connection, first: int) -> int:
    """The last sequence of the changeset that begins at `first`."""
    end = rows_of(
        connection,
        "SELECT max(sequence) FROM change WHERE sequence >= ?1 AND imported = 0"
        " AND (sequence = ?1 OR changeset = ?1)",
        (first,),
    )[0][0]
    assert isinstance(end, int)
    return end


def pack(
    connection: apsw.Connection, catalogue: TypeCatalogue, taken: OutboxRange
) -> Packed | None:
    """The image of a part of the outbox; inside ``attached`` and a transaction.

    None if nothing is left to say (objects created and edited, then purged elsewhere).
    """
    image.create_common(connection)
    schemas = []
    objects = 0
    stamps: list[bytes] = []
    for number in _types(connection, taken):
        entry = catalogue.entry(catalogue.names[number])
        schemas.append(entry.whole)
        image.create_object_table(connection, entry.columns)
        _pack_created(connection, entry, taken)
        _pack_edited(connection, entry, taken)
        objects += _count(connection, entry.columns)
        stamps += _stamp_range(connection, entry.columns)
        connection.execute(
            "INSERT INTO seg.schema VALUES(?, ?)", (entry.whole.name, entry.whole.document)
        )
    stamps += _pack_purged(connection, taken)
    if not stamps:
        return None
    return Packed(
        image=image.take_out(connection),
        through=taken.through,
        objects=objects,
        stamp_min=min(stamps),
        stamp_max=max(stamps),
        schema=schema_hash(tuple(schemas)),
    )


def _types(connection: apsw.Connection, taken: OutboxRange) -> list[int]:
    rows = connection.execute(
        f"SELECT DISTINCT type FROM change WHERE {_LOCAL} ORDER BY type", taken.bindings
    )
    return [number for (number,) in rows]


def _pack_created(connection: apsw.Connection, entry: TypeEntry, taken: OutboxRange) -> None:
    """Whole rows, just as they stand."""
    columns = entry.columns
    names = ["guid", "stamp", "whole", "_created", "_creator", "_revised", "_revisor", "_revision"]
    values = ["t.guid", "t._stamp", "1", *(f"t.{name}" for name in names[3:])]
    for name in columns.headed:
        names += [name, stamp_column(name)]
        values += [f"t.{quoted(name)}", f"t.{quoted(stamp_column(name))}"]
    for name in columns.counters:
        names.append(name)
        values.append(f"t.{quoted(name)}")
    connection.execute(
        f"INSERT INTO seg.{columns.image_table}({', '.join(map(quoted, names))})"
        f" SELECT {', '.join(values)} FROM change c CROSS JOIN {columns.table} t"
        f" ON t.guid = c.guid WHERE c.type = :type AND c.action = {int(Action.CREATED)}"
        f" AND c.{_LOCAL.replace('sequence', 'c.sequence')}",
        taken.bindings | {"type": entry.number},
    )


def _pack_edited(connection: apsw.Connection, entry: TypeEntry, taken: OutboxRange) -> None:
    """Edits of objects that earlier segments created, folded by field."""
    columns = entry.columns
    bindings = taken.bindings | {"type": entry.number}
    fields = [
        name
        for (name,) in rows_of(
            connection,
            "SELECT DISTINCT field FROM edit WHERE type = :type AND change > :after"
            " AND change <= :through",
            bindings,
        )
    ]
    if not fields:
        return
    connection.execute("DROP TABLE IF EXISTS temp.folded")
    connection.execute(
        f"CREATE TEMP TABLE folded AS SELECT guid, {_folds(columns, fields)} FROM edit"
        " WHERE type = :type AND change > :after AND change <= :through"
        f" AND guid NOT IN (SELECT guid FROM seg.{columns.image_table}) GROUP BY guid",
        bindings,
    )
    names, values = _edited_columns(columns, fields)
    connection.execute(
        f"INSERT INTO seg.{columns.image_table}({', '.join(map(quoted, names))})"
        f" SELECT {', '.join(values)} FROM temp.folded e"
        f" CROSS JOIN {columns.table} t ON t.guid = e.guid"
    )
    _pack_further(connection, entry, _edited_again(columns, fields), bindings)
    connection.execute("DROP TABLE temp.folded")


def _folds(columns: Columns, fields: list[str]) -> str:
    """For each edited field: its last stamp and its first base; counters: their sum."""
    parts = []
    for name in fields:
        this = f"CASE WHEN field = '{name}' THEN"
        if name in columns.counters:
            parts.append(f"sum({this} amount END) AS {quoted(name)}")
            continue
        parts.append(f"max({this} stamp END) AS {quoted(stamp_column(name))}")
        parts.append(f"min({this} base END) AS {quoted(base_column(name))}")
    touched = f"CASE WHEN field = '{LIFE}' THEN"
    parts.append(f"count({touched} 1 END) AS _revision")
    parts.append("max(stamp) AS stamp")
    parts.append("count(*) AS edits")
    return ", ".join(parts)


def _edited_again(columns: Columns, fields: list[str]) -> str:
    """SQL: the folded objects some field of which was edited more than once."""
    folded = (name if name in columns.counters else stamp_column(name) for name in fields)
    once = " + ".join(f"({quoted(name)} IS NOT NULL)" for name in folded)
    return f"SELECT guid FROM temp.folded WHERE edits > {once}"


def _edited_columns(columns: Columns, fields: list[str]) -> tuple[list[str], list[str]]:
    """Column names of the image and the expressions that fill them, over folded `e` and row `t`."""
    names = ["guid", "stamp", "whole", "_revision"]
    values = ["e.guid", "e.stamp", "0", "e._revision"]
    if LIFE in fields:
        # Who revised and when go by the last stamp: a clock that was set back gives lesser times.
        stamp = f"e.{quoted(stamp_column(LIFE))}"
        for column, noted in (("_revised", "amount"), ("_revisor", "author")):
            names.append(column)
            values.append(
                f"CASE WHEN {head_stamp(LIFE, 't')} = {stamp} THEN t.{column} ELSE (SELECT {noted}"
                f" FROM edit WHERE guid = e.guid AND field = '{LIFE}' AND stamp = {stamp}) END"
            )
    for name in fields:
        names.append(name)
        if name in columns.counters:
            values.append(f"e.{quoted(name)}")
            continue
        stamp = f"e.{quoted(stamp_column(name))}"
        names += [stamp_column(name), base_column(name)]
        values += [
            (
                f"CASE WHEN {stamp} IS NULL THEN NULL"
                f" WHEN {head_stamp(name, 't')} = {stamp} THEN t.{quoted(name)}"
                f" ELSE (SELECT value FROM aside a WHERE a.guid = e.guid AND a.field = '{name}'"
                f" AND a.stamp = {stamp}) END"
            ),
            stamp,
            f"e.{quoted(base_column(name))}",
        ]
    return names, values


def _pack_further(
    connection: apsw.Connection, entry: TypeEntry, again: str, bindings: dict[str, int]
) -> None:
    """The rare rest: second heads of a field, and bases beyond the first.

    Only an object of which a field was edited `again`, or one whose edit replaced heads set
    aside, can have any; looking at all of them took as long as all the rest.
    """
    name = entry.whole.name
    mine = "type = :type AND change > :after AND change <= :through"
    partial = f"SELECT guid FROM seg.{entry.columns.image_table} WHERE whole = 0"
    connection.execute(
        "INSERT INTO seg.head SELECT :name, a.guid, a.field, a.stamp, a.value"
        f" FROM edit e JOIN aside a ON a.guid = e.guid AND a.field = e.field AND a.stamp = e.stamp"
        f" WHERE e.{mine.replace('change', 'e.change')} AND e.guid IN ({again})"
        f" AND e.guid IN ({partial})"
        " AND EXISTS(SELECT 1 FROM edit later WHERE later.guid = e.guid AND later.field = e.field"
        " AND later.stamp > e.stamp AND later.change <= :through)",
        bindings | {"name": name},
    )
    connection.execute(
        "INSERT INTO seg.base SELECT DISTINCT :name, b.guid, b.field, b.base FROM ("
        f" SELECT guid, field, base FROM edit WHERE {mine} AND base IS NOT NULL"
        f" AND guid IN ({again}) UNION SELECT guid, field, base FROM edit_base WHERE {mine}) b"
        f" WHERE b.guid IN ({partial})"
        " AND NOT EXISTS(SELECT 1 FROM edit own WHERE own.guid = b.guid AND own.field = b.field"
        " AND own.stamp = b.base AND own.change > :after AND own.change <= :through)"
        " AND b.base <> (SELECT min(first.base) FROM edit first WHERE first.guid = b.guid"
        " AND first.field = b.field AND first.change > :after AND first.change <= :through)",
        bindings | {"name": name},
    )


def _pack_purged(connection: apsw.Connection, taken: OutboxRange) -> list[bytes]:
    """Tombstones laid by local transactions; their stamps."""
    connection.execute(
        "INSERT INTO seg.purge SELECT types.name, x.guid, x.stamp FROM change c"
        " JOIN tombstone x ON x.guid = c.guid JOIN types ON types.id = x.type"
        f" WHERE c.action = {int(Action.PURGED)} AND c.{_LOCAL.replace('sequence', 'c.sequence')}",
        taken.bindings,
    )
    return [stamp for (stamp,) in connection.execute("SELECT stamp FROM seg.purge")]


def _count(connection: apsw.Connection, columns: Columns) -> int:
    number = rows_of(connection, f"SELECT count(*) FROM seg.{columns.image_table}")[0][0]
    assert isinstance(number, int)
    return number


def _stamp_range(connection: apsw.Connection, columns: Columns) -> list[bytes]:
    """The least and greatest stamp of the packed objects; empty if there are none."""
    stamps = ", ".join(f"coalesce({quoted(stamp_column(name))}, stamp)" for name in columns.headed)
    low, high = rows_of(
        connection, f"SELECT min(stamp), max(max({stamps}, stamp)) FROM seg.{columns.image_table}"
    )[0]
    return [] if low is None else [low, high]
