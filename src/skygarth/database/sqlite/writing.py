"""One local transaction: objects, their stamps, and the outbox rows that will publish them.

Everything in a transaction carries one stamp. A created object is one row in
its type's table and one in `change`; an edit adds a row to `edit` for each
field, which names the head that it replaced (its base), so the change can be
published with its own value and base even if an import outdoes it first
(MRG-10). Every edit also touches the object's life (``_deleted``), so an edit
and a concurrent deletion meet in one field and are listed (MRG-6).
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import cast

import apsw

from skygarth.database.port import Action, ChangeRow, Committed, Row
from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.catalogue import TypeCatalogue, TypeEntry
from skygarth.database.sqlite.columns import LIFE, head_stamp, quoted, stamp_column
from skygarth.database.sqlite.cycles import recut_cycles
from skygarth.database.sqlite.reading import SqliteReading
from skygarth.model.errors import NotFound
from skygarth.model.query import Selection
from skygarth.model.schema import Stored
from skygarth.model.stamp import Stamp

_ADD_CHANGE = (
    "INSERT INTO change(changeset, type, guid, action, imported, at) VALUES(?, ?, ?, ?, 0, ?)"
)
_ADD_EDIT = (
    "INSERT INTO edit(change, type, guid, field, stamp, base, amount, author)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
)


class SqliteWriting(SqliteReading):
    """A transaction in progress; `SqliteDatabase.writing` opens and ends it.

    Creations are kept back and written together, before the next question or
    edit: the same rows in one `executemany` cost two thirds of single inserts.
    """

    def __init__(
        self,
        connection: apsw.Connection,
        catalogue: TypeCatalogue,
        stamp: Stamp,
        now_us: int,
        author: str,
    ) -> None:
        super().__init__(connection, catalogue)
        self.stamp = stamp
        self.now_us = now_us
        self.author = author
        self._created: dict[str, list[tuple[Stored, ...]]] = {}
        self._names: dict[tuple[bytes | None, str], tuple[str, bytes]] = {}
        self._touched: dict[bytes, tuple[int, Action, str]] = {}
        self._first = 0
        self._last = 0

    # -- what it did -------------------------------------------------------

    def finish(self) -> Committed:
        """Write what was kept back; the feed entries of the whole transaction."""
        self._write_created()
        return Committed(self._last, self._entries)

    def entries(self) -> tuple[ChangeRow, ...]:
        """What it has done so far; see `skygarth.database.port.Writing.entries`."""
        self._write_created()
        return self._entries()

    def _entries(self) -> tuple[ChangeRow, ...]:
        return tuple(
            ChangeRow(sequence, self._first, name, guid, action, False, self.now_us)
            for guid, (sequence, action, name) in self._touched.items()
        )

    # -- changes -----------------------------------------------------------

    def create(
        self,
        type_name: str,
        guid: bytes,
        values: Sequence[Stored],
        *,
        published_us: int | None,
        hidden: bool = False,
    ) -> None:
        """Add an object; see `skygarth.database.port.Writing.create`."""
        row = (guid, self.stamp, self.now_us, self.author, published_us, int(hidden), *values)
        kept = self._created.get(type_name)
        if kept is None:
            self._catalogue.entry(type_name)
            self._created[type_name] = [row]
        else:
            kept.append(row)

    def reserve(self, parent: bytes | None, name: str, type_name: str, guid: bytes) -> None:
        """Remember that an object kept back will stand under this name."""
        self._names[parent, name] = (type_name, guid)

    def edit(self, type_name: str, guid: bytes, values: Mapping[str, Stored]) -> bool:
        """Set fields; see `skygarth.database.port.Writing.edit`."""
        self._write_created()
        entry = self._catalogue.entry(type_name)
        counters = entry.columns.counters
        amounts = {name: value for name, value in values.items() if name in counters and value}
        wanted = {name: value for name, value in values.items() if name not in counters}
        heads = self._heads(entry, guid, (*wanted, LIFE))
        changed = {name: value for name, value in wanted.items() if heads[name][0] != value}
        if not changed and not amounts:
            return False
        was_deleted, now_deleted = heads[LIFE][0], changed.get(LIFE, heads[LIFE][0])
        change = self._record(entry, guid, _action(was_deleted, now_deleted))
        if changed:
            changed.setdefault(LIFE, now_deleted)
            self._replace(entry, guid, change, changed, heads)
        if amounts:
            self._add(entry, guid, change, amounts)
        self._reopen_circles(entry, changed)
        return True

    def settle(self, type_name: str, guid: bytes, field: str, value: Stored) -> None:
        """Set one field and replace all its heads (MRG-8)."""
        self._write_created()
        entry = self._catalogue.entry(type_name)
        heads = self._heads(entry, guid, dict.fromkeys((field, LIFE)))
        now_deleted = value if field == LIFE else heads[LIFE][0]
        change = self._record(entry, guid, _action(heads[LIFE][0], now_deleted))
        values = {field: value} | ({} if field == LIFE else {LIFE: now_deleted})
        self._replace(entry, guid, change, values, heads, settled=field)
        self._reopen_circles(entry, values)

    def purge(self, type_name: str, guid: bytes) -> None:
        """Remove an object for good and leave a tombstone (MRG-9)."""
        self._write_created()
        entry = self._catalogue.entry(type_name)
        run = self._connection.execute
        if not rows_of(
            self._connection, f"SELECT 1 FROM {entry.columns.table} WHERE guid = ?", (guid,)
        ):
            raise _absent(type_name, guid)
        run(f"DELETE FROM {entry.columns.table} WHERE guid = ?", (guid,))
        for table in ("aside", "edit", "edit_base", "cycle_cut"):
            run(f"DELETE FROM {table} WHERE guid = ?", (guid,))
        run("INSERT INTO tombstone VALUES(?, ?, ?)", (guid, entry.number, self.stamp))
        recut_cycles(self._connection, self._catalogue)
        self._record(entry, guid, Action.PURGED)
        self._reopen_circles(entry, entry.whole.by_name)

    # -- questions see what was kept back ------------------------------------

    def fetch(self, type_name: str, guid: bytes, *, deleted: bool = False) -> Row | None:
        """The object's row."""
        self._write_created()
        return super().fetch(type_name, guid, deleted=deleted)

    def locate(self, guid: bytes) -> str | None:
        """The type of an object."""
        self._write_created()
        return super().locate(guid)

    def select(self, selection: Selection) -> list[Row]:
        """Rows by selection."""
        self._write_created()
        return super().select(selection)

    def count(self, selection: Selection) -> int:
        """The number of rows of a selection."""
        self._write_created()
        return super().count(selection)

    def child(self, parent: bytes | None, name: str) -> tuple[str, bytes] | None:
        """The object under a name; what is kept back is asked first, and stays kept back."""
        kept = self._names.get((parent, name))
        return kept if kept is not None else super().child(parent, name)

    def place(self, type_name: str, guid: bytes) -> tuple[bytes | None, str] | None:
        """Where an object stands."""
        self._write_created()
        return super().place(type_name, guid)

    def children(self, parent: bytes | None) -> list[tuple[str, bytes, str]]:
        """The objects below another."""
        self._write_created()
        return super().children(parent)

    def dependents(self, guid: bytes) -> int:
        """The number of live objects below another."""
        self._write_created()
        return super().dependents(guid)

    # -- inside ----------------------------------------------------------------

    def _write_created(self) -> None:
        if not self._created:
            return
        created, self._created = self._created, {}
        self._names.clear()
        for type_name, rows in created.items():
            entry = self._catalogue.entry(type_name)
            if len(rows) == 1:
                self._connection.execute(entry.insert, rows[0])
                self._enter(entry, cast("bytes", rows[0][0]), Action.CREATED)
            else:
                self._connection.executemany(entry.insert, rows)
                self._enter_created(entry, [cast("bytes", row[0]) for row in rows])

    def _enter_created(self, entry: TypeEntry, guids: list[bytes]) -> None:
        """Feed entries for new objects, in one statement; their sequences follow each other."""
        self._enter(entry, guids[0], Action.CREATED)
        self._connection.executemany(
            _ADD_CHANGE, [(self._first, entry.number, guid, 1, self.now_us) for guid in guids[1:]]
        )
        name = entry.whole.name
        for sequence, guid in enumerate(guids, self._last):
            self._touched[guid] = (sequence, Action.CREATED, name)
        self._last += len(guids) - 1
        assert self._last == self._connection.last_insert_rowid()

    def _enter(self, entry: TypeEntry, guid: bytes, action: Action) -> None:
        """A feed entry of its own for one object."""
        self._connection.execute(
            _ADD_CHANGE, (self._first or None, entry.number, guid, action, self.now_us)
        )
        self._last = self._connection.last_insert_rowid()
        self._first = self._first or self._last
        self._touched[guid] = (self._last, action, entry.whole.name)

    def _record(self, entry: TypeEntry, guid: bytes, action: Action) -> int:
        """The feed's sequence for this object's change; one a transaction, of the net action."""
        known = self._touched.get(guid)
        if known is not None:
            sequence, earlier, name = known
            net = _net(earlier, action)
            if net is not earlier:
                self._connection.execute(
                    "UPDATE change SET action = ? WHERE sequence = ?", (net, sequence)
                )
                self._touched[guid] = (sequence, net, name)
            return sequence
        self._enter(entry, guid, action)
        return self._last

    def _heads(
        self, entry: TypeEntry, guid: bytes, names: Sequence[str] | dict[str, None]
    ) -> dict[str, tuple[Stored, bytes]]:
        """Value and stamp of the heads that show."""
        wanted = list(dict.fromkeys(names))
        listed = ", ".join(f"{quoted(name)}, {head_stamp(name, 't')}" for name in wanted)
        rows = rows_of(
            self._connection,
            f"SELECT {listed} FROM {entry.columns.table} t WHERE guid = ?",
            (guid,),
        )
        if not rows:
            raise _absent(entry.whole.name, guid)
        row = rows[0]
        return {name: (row[2 * i], row[2 * i + 1]) for i, name in enumerate(wanted)}

    def _replace(
        self,
        entry: TypeEntry,
        guid: bytes,
        change: int,
        values: Mapping[str, Stored],
        heads: Mapping[str, tuple[Stored, bytes]],
        settled: str | None = None,
    ) -> None:
        """Give fields new heads and write down which heads these replace."""
        first_touch = heads[LIFE][1] != self.stamp
        sets: list[str] = []
        given: list[Stored] = []
        for name, value in values.items():
            shown, base = heads[name]
            sets.append(f"{quoted(name)} = ?")
            given.append(value)
            self._replace_aside(entry, guid, change, name, None if name == settled else (shown,))
            if base != self.stamp:
                sets.append(f"{quoted(stamp_column(name))} = ?")
                given.append(self.stamp)
                amount = self.now_us if name == LIFE else None
                author = self.author if name == LIFE else None
                self._connection.execute(
                    _ADD_EDIT,
                    (change, entry.number, guid, name, self.stamp, base, amount, author),
                )
        sets.append("_revised = ?, _revisor = ?, _revision = _revision + ?")
        self._connection.execute(
            f"UPDATE {entry.columns.table} SET {', '.join(sets)} WHERE guid = ?",
            (*given, self.now_us, self.author, int(first_touch), guid),
        )

    def _reopen_circles(self, entry: TypeEntry, changed: Container[str]) -> None:
        """After a move: a link that was cut may count again, here as everywhere (TRE-5)."""
        tree = entry.whole.tree_field
        if tree is not None and tree.name in changed:
            recut_cycles(self._connection, self._catalogue)

    def _replace_aside(
        self, entry: TypeEntry, guid: bytes, change: int, name: str, only: tuple[Stored] | None
    ) -> None:
        """Replace the heads set aside too: those equal to what showed, or all in a settlement.

        An equal one never showed as a conflict; left alone it would begin to when the value
        changes, though whoever edits has seen that value (MRG-8).
        """
        where = "guid = ? AND field = ?" + (" AND value IS ?" if only is not None else "")
        found = rows_of(
            self._connection, f"SELECT stamp FROM aside WHERE {where}", (guid, name, *(only or ()))
        )
        if not found:
            return
        self._connection.executemany(
            "INSERT INTO edit_base VALUES(?, ?, ?, ?, ?, ?)",
            [(change, entry.number, guid, name, self.stamp, stamp) for (stamp,) in found],
        )
        self._connection.execute(f"DELETE FROM aside WHERE {where}", (guid, name, *(only or ())))

    def _add(
        self, entry: TypeEntry, guid: bytes, change: int, amounts: Mapping[str, Stored]
    ) -> None:
        """Move counters; they take differences, so no head is replaced (MRG-11)."""
        for name, amount in amounts.items():
            column = quoted(name)
            self._connection.execute(
                f"UPDATE {entry.columns.table} SET {column} = {column} + ? WHERE guid = ?",
                (amount, guid),
            )
            self._connection.execute(
                _ADD_EDIT, (change, entry.number, guid, name, self.stamp, None, amount, None)
            )


def _action(was_deleted: Stored, now_deleted: Stored) -> Action:
    """What an edit does to an object, seen from outside."""
    if was_deleted == now_deleted:
        return Action.UPDATED
    return Action.DELETED if now_deleted else Action.UNDELETED


def _net(earlier: Action, later: Action) -> Action:
    """Two changes of one object in one transaction, seen as one."""
    if later is Action.UPDATED:
        return earlier
    if earlier is Action.CREATED and later in {Action.DELETED, Action.UNDELETED}:
        return Action.CREATED
    if {earlier, later} == {Action.DELETED, Action.UNDELETED}:
        return Action.UPDATED
    return later


def _absent(type_name: str, guid: bytes) -> NotFound:
    return NotFound(
        f"there is no such object. type={type_name!r} guid='{guid.hex()}'",
        code="SG-OBJECT-404",
        hint="it may have been purged",
    )
