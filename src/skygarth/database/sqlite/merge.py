"""A verified segment becomes part of the database: set-wise, one statement a step (MRG-5).

The law (`skygarth.merging.law`) per field is: withdraw the heads that are named
as bases, add the new one, the greatest shows. Set-wise that is four steps over
all objects of a type at once:

1. new objects are inserted; what was there before is merged like an edit;
2. heads set aside that the segment names as bases are withdrawn;
3. of a concurrent pair the lesser head is set aside;
4. greater heads are written into the rows, counters move.

Most segments have nothing to withdraw and nothing concurrent: each step first
asks whether it has work. No Python loop runs per object.
"""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from skygarth.database.port import Action
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
from skygarth.database.sqlite.cycles import recut_cycles
from skygarth.database.sqlite.further_heads import merge_further_heads
from skygarth.database.sqlite.own_copies import adopt_known_creations
from skygarth.model.errors import Conflict, Damaged, Unsupported
from skygarth.model.schema import TypeSchema

_ADD_CHANGES = "INSERT INTO change(changeset, type, guid, action, imported, at) "


@dataclass(frozen=True, slots=True)
class _TypeMerge:
    """What one type's step needs: its entry here, and the columns that the image has of it."""

    entry: TypeEntry
    sent: Columns
    edited: tuple[str, ...]  # headed columns that some edit of the image sets

    @property
    def mine(self) -> str:
        return self.entry.columns.table

    @property
    def theirs(self) -> str:
        return f"seg.{self.sent.image_table}"


class SegmentMerge:
    """One merge; lives inside ``attached`` and a transaction.

    Attributes:
        objects: how many objects the segment touched.
        set_aside: how many heads were set aside.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        catalogue: TypeCatalogue,
        log: int,
        now_us: int,
        stamp_max: bytes,
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._log = log
        self._now_us = now_us
        self._stamp_max = stamp_max
        head = rows_of(connection, "SELECT max(sequence) FROM change")[0][0]
        self._before: int = head or 0
        self.objects = 0
        self.set_aside = 0

    def run(self) -> tuple[int, int]:
        """Apply the image; the first and last feed sequence that it made, (0, 0) for none.

        Raises:
            Damaged: the image is not what a segment must be.
            Unsupported: a type of it cannot live beside ours (SG-SEGMENT-021).
        """
        schemas = image.read_schemas(self._connection)
        self._learn(schemas)
        for table, needed in _COMMON_COLUMNS.items():
            image.prove_columns(self._connection, table, needed)
        for schema in schemas:
            sent = Columns.of(schema)
            image.prove_columns(self._connection, f"o_{schema.name}", image.object_columns(sent))
            self._merge_type(self._catalogue.entry(schema.name), sent)
        self.set_aside += merge_further_heads(self._connection, self._catalogue)
        self._purge()
        recut_cycles(self._connection, self._catalogue, schemas)
        return self._feed_range()

    def _learn(self, schemas: tuple[TypeSchema, ...]) -> None:
        try:
            self._catalogue.learn(schemas)
        except Conflict as cause:
            raise Unsupported(
                f"a type of this segment cannot live beside ours: {cause.message}",
                code="SG-SEGMENT-021",
                hint="run the same version of the application on both nodes",
            ) from cause

    # -- one type ---------------------------------------------------------------

    def _merge_type(self, entry: TypeEntry, sent: Columns) -> None:
        run = self._connection.execute
        theirs = f"seg.{sent.image_table}"
        if rows_of(self._connection, "SELECT 1 FROM tombstone LIMIT 1"):
            run(f"DELETE FROM {theirs} WHERE guid IN (SELECT guid FROM tombstone)")
        stamps = ", ".join(f"max({quoted(stamp_column(name))})" for name in sent.headed)
        whole, partial, *greatest = rows_of(
            self._connection,
            f"SELECT count(whole = 1 OR NULL), count(*), max(stamp), {stamps} FROM {theirs}",
        )[0]
        self._prove_stamps(greatest)
        partial -= whole
        self.objects += whole + partial
        adopt_known_creations(self._connection, entry, sent)
        known = self._insert_whole(entry, sent, whole) if whole else 0
        if partial or known:
            self._merge_known(_TypeMerge(entry, sent, self._edited(sent, known)), partial, known)

    def _prove_stamps(self, greatest: list[bytes | None]) -> None:
        """A header that hides later stamps would slip them past the check of the clock (CLK-4)."""
        if self._stamp_max and any(stamp and stamp > self._stamp_max for stamp in greatest):
            raise Damaged(
                "a segment holds later stamps than its header says",
                code="SG-SEGMENT-025",
                hint="see `skygarth sync quarantine`",
            )

    def _insert_whole(self, entry: TypeEntry, sent: Columns, whole: int) -> int:
        """Insert created objects; the number of those that were here already."""
        run = self._connection.execute
        table = entry.columns.table
        last = rows_of(self._connection, f"SELECT coalesce(max(id), 0) FROM {table}")[0][0]
        names = ["guid", "_stamp", "_created", "_creator", "_revised", "_revisor", "_revision"]
        values = ["guid", "stamp", *names[2:]]
        for name in sent.headed:
            names += [name, stamp_column(name)]
            values += [name, stamp_column(name)]
        names += sent.counters
        values += sent.counters
        run(
            f"INSERT INTO {table}({', '.join(map(quoted, names))})"
            f" SELECT {', '.join(map(quoted, values))} FROM seg.{sent.image_table}"
            " WHERE whole = 1 ORDER BY guid ON CONFLICT(guid) DO NOTHING"
        )
        inserted = self._connection.changes()
        run(
            f"{_ADD_CHANGES} SELECT ?, ?, guid, ?, ?, ? FROM {table} WHERE id > ?",
            (self._before + 1, entry.number, Action.CREATED, self._log, self._now_us, last),
        )
        if inserted == whole:
            run(f"DELETE FROM seg.{sent.image_table} WHERE whole = 1")
        else:
            run(
                f"DELETE FROM seg.{sent.image_table} WHERE whole = 1"
                f" AND guid IN (SELECT guid FROM {table} WHERE id > ?)",
                (last,),
            )
        return whole - inserted

    def _edited(self, sent: Columns, known: int) -> tuple[str, ...]:
        """The headed columns that the image sets on objects that exist."""
        if known:
            return sent.headed
        tests = ", ".join(f"max({quoted(stamp_column(n))} IS NOT NULL)" for n in sent.headed)
        row = rows_of(self._connection, f"SELECT {tests} FROM seg.{sent.image_table}")[0]
        return tuple(name for name, used in zip(sent.headed, row, strict=True) if used)

    def _merge_known(self, merge: _TypeMerge, partial: int, known: int) -> None:
        """Edits of objects that exist."""
        self._record_edits(merge)
        if merge.edited:
            self._withdraw(merge)
            self.set_aside += self._set_aside(merge)
        self._update(merge)
        touched = self._connection.changes()
        if touched != partial + known:
            raise Damaged(
                f"a segment edits objects that it should know and we do not."
                f" type={merge.entry.whole.name!r} edits={partial + known} known={touched}",
                code="SG-SEGMENT-022",
                hint="its author's dependencies are incomplete; see `skygarth sync quarantine`",
            )

    def _record_edits(self, merge: _TypeMerge) -> None:
        """Feed entries, before the rows change: what becomes of each object."""
        later = f"{_sent_stamp(LIFE)} > {head_stamp(LIFE, 't')}"
        action = (
            f"CASE WHEN s.{LIFE} = 1 AND t.{LIFE} = 0 AND {later} THEN {int(Action.DELETED)}"
            f" WHEN s.{LIFE} = 0 AND t.{LIFE} = 1 AND {later} THEN {int(Action.UNDELETED)}"
            f" ELSE {int(Action.UPDATED)} END"
        )
        self._connection.execute(
            f"{_ADD_CHANGES} SELECT ?, ?, s.guid, {action}, ?, ?"
            f" FROM {merge.theirs} s CROSS JOIN {merge.mine} t ON t.guid = s.guid",
            (self._before + 1, merge.entry.number, self._log, self._now_us),
        )

    def _withdraw(self, merge: _TypeMerge) -> None:
        """Heads set aside that the segment names as bases are no heads any more (MRG-3)."""
        run = self._connection.execute
        number = merge.entry.number
        if not rows_of(self._connection, "SELECT 1 FROM aside WHERE type = ? LIMIT 1", (number,)):
            return
        named = [
            f"SELECT a.guid, a.field, a.stamp FROM aside a JOIN {merge.theirs} s ON s.guid = a.guid"
            f" AND a.field = '{name}' AND s.{quoted(base_column(name))} = a.stamp"
            for name in merge.edited
        ]
        named.append("SELECT guid, field, base FROM seg.base")
        run(
            "DELETE FROM aside WHERE (guid, field, stamp) IN"
            f" (SELECT * FROM ({' UNION ALL '.join(named)}))"
        )

    def _set_aside(self, merge: _TypeMerge) -> int:
        """Of each concurrent pair the lesser head goes aside (MRG-4); the number set aside."""
        run = self._connection.execute
        further = rows_of(self._connection, "SELECT 1 FROM seg.base LIMIT 1")
        tests = {name: _concurrent(name, bool(further)) for name in merge.edited}
        join = f"{merge.theirs} s CROSS JOIN {merge.mine} t ON t.guid = s.guid"
        run("DROP TABLE IF EXISTS temp.concurrent")
        run(
            f"CREATE TEMP TABLE concurrent AS SELECT s.guid FROM {join}"
            f" WHERE {' OR '.join(tests.values())}"
        )
        count = 0
        if rows_of(self._connection, "SELECT 1 FROM temp.concurrent LIMIT 1"):
            for name, test in tests.items():
                sent, shown = _sent_stamp(name), head_stamp(name, "t")
                run(
                    "INSERT OR IGNORE INTO aside(guid, field, stamp, type, value)"
                    f" SELECT s.guid, '{name}', min({sent}, {shown}), ?,"
                    f" CASE WHEN {sent} > {shown} THEN t.{quoted(name)} ELSE s.{quoted(name)} END"
                    f" FROM temp.concurrent c CROSS JOIN {merge.theirs} s ON s.guid = c.guid"
                    f" CROSS JOIN {merge.mine} t ON t.guid = s.guid WHERE {test}",
                    (merge.entry.number,),
                )
                count += self._connection.changes()
        run("DROP TABLE temp.concurrent")
        return count

    def _update(self, merge: _TypeMerge) -> None:
        """Write greater heads into the rows; who revised follows life's stamp (MRG-5)."""
        sets = []
        for name in merge.edited:
            wins = f"{_sent_stamp(name)} > {head_stamp(name, 't')}"
            for column, value in (
                (quoted(name), f"s.{quoted(name)}"),
                (quoted(stamp_column(name)), _sent_stamp(name)),
            ):
                sets.append(f"{column} = CASE WHEN {wins} THEN {value} ELSE t.{column} END")
        if LIFE in merge.edited:
            wins = f"{_sent_stamp(LIFE)} > {head_stamp(LIFE, 't')}"
            sets += [
                f"{column} = CASE WHEN {wins} THEN s.{column} ELSE t.{column} END"
                for column in ("_revised", "_revisor")
            ]
        for column in ("_revision", *merge.sent.counters):
            name = quoted(column)
            sets.append(f"{name} = t.{name} + coalesce(s.{name}, 0)")
        self._connection.execute(
            f"UPDATE {merge.mine} AS t SET {', '.join(sets)}"
            f" FROM {merge.theirs} s WHERE s.guid = t.guid"
        )

    # -- whole segment ------------------------------------------------------------

    def _purge(self) -> None:
        """Lay tombstones and remove what they stand for (MRG-9)."""
        run = self._connection.execute
        for (name,) in rows_of(self._connection, "SELECT DISTINCT type FROM seg.purge"):
            entry = self._catalogue.entries.get(name)
            if entry is None:
                raise Damaged(
                    f"a purge names a type without schema. type={name!r}",
                    code="SG-SEGMENT-020",
                    hint="see `skygarth sync quarantine`",
                )
            gone = "(SELECT guid FROM seg.purge)"
            run(
                f"{_ADD_CHANGES} SELECT ?, ?, guid, ?, ?, ? FROM {entry.columns.table}"
                f" WHERE guid IN {gone}",
                (self._before + 1, entry.number, Action.PURGED, self._log, self._now_us),
            )
            self.objects += self._connection.changes()
            run(f"DELETE FROM {entry.columns.table} WHERE guid IN {gone}")
            for table in ("aside", "edit", "edit_base", "cycle_cut"):
                run(f"DELETE FROM {table} WHERE guid IN {gone}")
            run(
                "INSERT INTO tombstone SELECT guid, ?, max(stamp) FROM seg.purge WHERE type = ?"
                " GROUP BY guid ON CONFLICT(guid) DO UPDATE SET stamp = max(stamp, excluded.stamp)",
                (entry.number, name),
            )

    def _feed_range(self) -> tuple[int, int]:
        last = rows_of(self._connection, "SELECT max(sequence) FROM change")[0][0] or 0
        return (self._before + 1, last) if last > self._before else (0, 0)


_COMMON_COLUMNS = {
    "head": ["type", "guid", "field", "stamp", "value"],
    "base": ["type", "guid", "field", "base"],
    "purge": ["type", "guid", "stamp"],
}


def _sent_stamp(name: str) -> str:
    """SQL: the stamp that the segment gives a field; null where it does not set it."""
    return f"coalesce(s.{quoted(stamp_column(name))}, CASE WHEN s.whole = 1 THEN s.stamp END)"


def _concurrent(name: str, further: bool) -> str:
    """SQL: the segment's head and ours did not know of each other."""
    shown = head_stamp(name, "t")
    test = (
        f"{_sent_stamp(name)} IS NOT NULL AND {_sent_stamp(name)} <> {shown}"
        f" AND {shown} IS NOT s.{quoted(base_column(name))}"
    )
    if further:
        test += (
            f" AND NOT EXISTS(SELECT 1 FROM seg.base b WHERE b.guid = s.guid"
            f" AND b.field = '{name}' AND b.base = {shown})"
        )
    return f"({test})"
