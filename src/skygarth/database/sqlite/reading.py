"""Questions to a node's database."""

from __future__ import annotations

from skygarth.database.port import Action, ChangeRow, ConflictRow, Head, Row
from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.catalogue import TypeEntry
from skygarth.database.sqlite.columns import head_stamp, quoted
from skygarth.database.sqlite.placing import Placing
from skygarth.database.sqlite.selecting import compile_count, compile_selection
from skygarth.merging.law import conflict_id
from skygarth.model.errors import NotFound
from skygarth.model.query import Selection
from skygarth.model.stamp import Stamp

_CONFLICTS = (
    "SELECT guid, field, stamp, value FROM aside WHERE type = ? {where} ORDER BY guid, field, stamp"
)


class SqliteReading(Placing):
    """Answers from one connection."""

    def fetch(self, type_name: str, guid: bytes, *, deleted: bool = False) -> Row | None:
        """The object's row, or None."""
        entry = self._catalogue.entry(type_name)
        live = "" if deleted else " AND _deleted = 0"
        for row in self._connection.execute(
            f"SELECT {entry.row} FROM {entry.columns.table} WHERE guid = ?{live}", (guid,)
        ):
            found: Row = row
            return found
        return None

    def locate(self, guid: bytes) -> str | None:
        """The type of the object with this GUID, deleted ones included."""
        for name, entry in self._catalogue.entries.items():
            sql = f"SELECT 1 FROM {entry.columns.table} WHERE guid = ?"
            if rows_of(self._connection, sql, (guid,)):
                return name
        return None

    def is_purged(self, guid: bytes) -> bool:
        """Whether a tombstone says that this object is gone for good."""
        return bool(rows_of(self._connection, "SELECT 1 FROM tombstone WHERE guid = ?", (guid,)))

    def select(self, selection: Selection) -> list[Row]:
        """The rows that the selection names."""
        self._catalogue.entry(selection.type_name)
        sql, bindings = compile_selection(selection, self._catalogue.schemas())
        return rows_of(self._connection, sql, bindings)

    def count(self, selection: Selection) -> int:
        """How many rows the selection names, limit and offset left out."""
        self._catalogue.entry(selection.type_name)
        sql, bindings = compile_count(selection, self._catalogue.schemas())
        number = rows_of(self._connection, sql, bindings)[0][0]
        assert isinstance(number, int)
        return number

    def conflicts(self, guid: bytes | None = None) -> list[ConflictRow]:
        """What is set aside and differs from what shows (MRG-7)."""
        where, bindings = ("", ()) if guid is None else ("AND guid = ?", (guid,))
        found: list[ConflictRow] = []
        for entry in self._catalogue.entries.values():
            rows = rows_of(
                self._connection, _CONFLICTS.format(where=where), (entry.number, *bindings)
            )
            for row in rows:
                found += self._conflict(entry, *row)
        return found

    def _conflict(
        self, entry: TypeEntry, guid: bytes, field: str, stamp: bytes, value: object
    ) -> list[ConflictRow]:
        """One head set aside, as a conflict; none if it equals what shows."""
        shown_value, shown_stamp = rows_of(
            self._connection,
            f"SELECT {quoted(field)}, {head_stamp(field, 't')}"
            f" FROM {entry.columns.table} t WHERE guid = ?",
            (guid,),
        )[0]
        if shown_value == value:
            return []
        assert value is None or isinstance(value, int | float | str | bytes)
        aside, shown = Head(value, Stamp(stamp)), Head(shown_value, Stamp(shown_stamp))
        name = conflict_id(guid, field, aside.stamp)
        return [ConflictRow(name, entry.whole.name, guid, field, aside, shown)]

    def changes(self, since: int, limit: int) -> list[ChangeRow]:
        """The feed after `since`."""
        oldest = rows_of(self._connection, "SELECT min(sequence) FROM change")[0][0]
        if oldest is not None and since + 1 < oldest:
            raise NotFound(
                f"the change feed begins later. since={since} oldest={oldest}",
                code="SG-FEED-001",
                hint="read the objects themselves, then follow the feed from its head",
            )
        rows = self._connection.execute(
            "SELECT sequence, coalesce(changeset, sequence), type, guid, action, imported, at"
            " FROM change WHERE sequence > ? ORDER BY sequence LIMIT ?",
            (since, limit),
        )
        return [
            ChangeRow(seq, first, self._name(number), guid, Action(action), bool(imported), at)
            for seq, first, number, guid, action, imported, at in rows
        ]

    def change_head(self) -> int:
        """The feed's last sequence, 0 if it is empty."""
        head = rows_of(self._connection, "SELECT max(sequence) FROM change")[0][0]
        return head if isinstance(head, int) else 0

    def _name(self, number: int) -> str:
        """A type's name by its number; another process may have added it."""
        if number not in self._catalogue.names:
            self._catalogue.refresh(self._connection)
        return self._catalogue.names[number]
