"""What this database has written and not yet published, and under whose name.

The feed is the outbox: local entries behind `published_through` wait for their
segment. What is about to be uploaded is remembered before the PUT (its digest,
and the feed sequence that it holds), so a PUT whose answer never came can be
told from another writer's segment in the same slot (REP-12).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import apsw

from skygarth.database.port import Action
from skygarth.database.sqlite.asking import Bindings, exists, number, rows_of
from skygarth.database.sqlite.catalogue import TypeCatalogue
from skygarth.database.sqlite.columns import head_stamp, quoted, stamp_column
from skygarth.model.position import Incarnation, Position

Fact = TypeVar("Fact", str, int, bytes)


SEQUENCE_MAX = (1 << 63) - 1


class Outbox:
    """Identity, own log and unpublished changes."""

    def __init__(
        self,
        connection: apsw.Connection,
        catalogue: TypeCatalogue,
        transaction: Callable[[], AbstractContextManager[apsw.Connection]],
        lock: AbstractContextManager[object],
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._transaction = transaction
        self._lock = lock

    # -- small facts ------------------------------------------------------------------

    def _ask(self, sql: str, bindings: Bindings = ()) -> list[tuple[Any, ...]]:
        """The rows of a question to the writing connection, once no other thread is using it.

        Without the lock the answer could tell of another thread's transaction before it is
        committed, and SQLite's wrapper refuses a connection that is busy in another thread.
        """
        with self._lock:
            return rows_of(self._connection, sql, bindings)

    def _get(self, key: str, default: Fact) -> Fact:
        rows = self._ask("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else default

    def _set(self, key: str, value: Fact) -> None:
        self._connection.execute(
            "INSERT INTO meta VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = ?2",
            (key, value),
        )

    def _log(self, incarnation: Incarnation) -> tuple[int, int]:
        """(number, applied through) of a log; a new one stands at 0."""
        rows = rows_of(
            self._connection, "SELECT id, applied FROM log WHERE incarnation = ?", (incarnation,)
        )
        if rows:
            return rows[0]
        self._connection.execute("INSERT INTO log(incarnation) VALUES(?)", (incarnation,))
        return self._connection.last_insert_rowid(), 0

    def vector(self) -> dict[Incarnation, int]:
        """Applied through which sequence of every log, the own one included."""
        rows = self._ask("SELECT incarnation, applied FROM log WHERE applied > 0")
        return {Incarnation(incarnation): applied for incarnation, applied in rows}

    def adopt_repository(self, repository: str) -> None:
        """Remember which repository this database belongs to."""
        with self._transaction():
            self._set("repository", repository)

    def pause(self, *, paused: bool) -> None:
        """Remember that an operator has paused replication, or that it goes on."""
        with self._transaction():
            self._set("paused", int(paused))

    def is_paused(self) -> bool:
        """Whether an operator has paused replication."""
        return bool(self._get("paused", 0))

    # -- the outbox ------------------------------------------------------------------------

    def published_through(self) -> int:
        """The feed's sequence through which local changes are in the bucket."""
        return self._get("published_through", 0)

    def unpublished(self) -> tuple[int, int]:
        """(number of changes not yet published, feed sequence of the last of them)."""
        with self._lock:
            rows = rows_of(
                self._connection,
                "SELECT count(*), coalesce(max(sequence), 0) FROM change"
                " WHERE imported = 0 AND sequence > ?",
                (self.published_through(),),
            )
        return rows[0]

    def attempt(self, position: Position, digest: str, through: int) -> None:
        """Remember what is about to be uploaded."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO attempt(sequence, digest, through, stamp)"
                " VALUES(?, ?, ?, x'')",
                (position.sequence, digest, through),
            )

    def attempts(self, position: Position) -> dict[str, int]:
        """Every digest ever tried for a slot, and the feed sequence that it holds."""
        return dict(
            self._ask(
                "SELECT digest, through FROM attempt WHERE sequence = ?", (position.sequence,)
            )
        )

    def published(self, position: Position, digest: str, through: int) -> None:
        """The segment is in the bucket: forget its outbox rows, advance the own log."""
        with self._transaction() as connection:
            log, applied = self._log(position.incarnation)
            assert position.sequence == applied + 1, "an own log has no gaps"
            self._remember_stamp(self._greatest_unpublished(through))
            self._set("sequence", position.sequence)
            self._set("digest", digest)
            self._set("published_through", through)
            connection.execute(
                "UPDATE log SET applied = ?, digest = ? WHERE id = ?",
                (position.sequence, digest, log),
            )
            connection.execute("DELETE FROM edit WHERE change <= ?", (through,))
            connection.execute("DELETE FROM edit_base WHERE change <= ?", (through,))
            connection.execute("DELETE FROM attempt")

    def has_unpublished(self) -> bool:
        """Whether any local change waits to be published."""
        with self._lock:
            return exists(
                self._connection,
                "SELECT 1 FROM change WHERE imported = 0 AND sequence > ? LIMIT 1",
                (self.published_through(),),
            )

    def awaits_publishing(self, guid: bytes) -> bool:
        """Whether this node changed an object and has not published it yet."""
        sql = "SELECT 1 FROM change WHERE imported = 0 AND sequence > ? AND guid = ? LIMIT 1"
        return bool(self._ask(sql, (self.published_through(), guid)))

    def trim_feed(self, keep: int) -> None:
        """Forget all but the last `keep` entries of the feed, and none that is unpublished."""
        assert keep >= 1, "the feed goes on counting from its last entry"
        with self._transaction() as connection:
            head = number(connection, "SELECT max(sequence) FROM change")
            last = min(head - keep, self.published_through())
            connection.execute("DELETE FROM change WHERE sequence <= ?", (last,))

    def greatest_stamp(self) -> bytes:
        """The greatest stamp in the database: a clock observes it before it gives one."""
        with self._lock:
            return max(self.greatest_shared_stamp(), self._greatest_unpublished())

    def greatest_shared_stamp(self) -> bytes:
        """The greatest stamp that was published or applied."""
        return self._get("greatest_stamp", b"")

    def _greatest_unpublished(self, through: int = SEQUENCE_MAX) -> bytes:
        """The greatest stamp of unpublished changes up to a feed sequence."""
        taken = (self.published_through(), through)
        found = [
            rows_of(
                self._connection,
                "SELECT max(stamp) FROM edit WHERE change > ? AND change <= ?",
                taken,
            ),
            rows_of(
                self._connection,
                "SELECT max(stamp) FROM tombstone WHERE guid IN (SELECT guid FROM change"
                f" WHERE sequence > ? AND sequence <= ? AND imported = 0"
                f" AND action = {int(Action.PURGED)})",
                taken,
            ),
        ]
        found += [
            rows_of(
                self._connection,
                f"SELECT max(t._stamp) FROM change c JOIN {entry.columns.table} t"
                " ON t.guid = c.guid WHERE c.sequence > ? AND c.sequence <= ? AND c.imported = 0"
                " AND c.type = ?",
                (*taken, entry.number),
            )
            for entry in self._catalogue.entries.values()
        ]
        return max((answer[0][0] or b"" for answer in found), default=b"")

    def _remember_stamp(self, stamp: bytes) -> None:
        self._set("greatest_stamp", max(stamp, self.greatest_shared_stamp()))

    # -- identity ----------------------------------------------------------------------------

    def take_incarnation(
        self,
        incarnation: Incarnation,
        fingerprint: str,
        retime: Callable[[], bytes] | None = None,
    ) -> None:
        """Go on under a new identity (REP-21); the old one is remembered, if it has written.

        Unpublished changes get the new writer's stamps: the same times (or, after a wrong
        clock, new ones in the same order), another writer, so they can never be taken for
        what a copy of this database says.
        """
        with self._transaction() as connection:
            self._remember_former(connection)
            connection.execute("DELETE FROM attempt")
            connection.execute(
                "CREATE TEMP TABLE IF NOT EXISTS retimed(old BLOB PRIMARY KEY, fresh BLOB)"
            )
            connection.execute("DELETE FROM temp.retimed")
            if retime is not None:
                self._retime(retime)
            writer = bytes.fromhex(incarnation)[:8]
            for entry in self._catalogue.entries.values():
                self._restamp_type(entry.number, entry.columns.table, entry.columns.headed, writer)
            self._restamp_edits(writer)
            self._show_greatest_heads()
            self._set("incarnation", incarnation)
            self._set("fingerprint", fingerprint)
            self._set("sequence", 0)
            self._set("digest", "")

    def _remember_former(self, connection: apsw.Connection) -> None:
        """Keep the identity that is left, if anything was ever uploaded under it (MBR-11)."""
        was_used = self._get("sequence", 0) or exists(connection, "SELECT 1 FROM attempt LIMIT 1")
        if was_used:
            connection.execute(
                "INSERT OR IGNORE INTO former(incarnation, name) VALUES(?, ?)",
                (self._get("incarnation", ""), self._get("name", "")),
            )

    def former(self) -> dict[Incarnation, str]:
        """Identities that this database wrote under before, and their names; oldest first."""
        return dict(self._ask("SELECT incarnation, name FROM former ORDER BY number"))

    def go_by(self, name: str) -> None:
        """Remember the node's name: who it was, once this identity is a former one."""
        if self._get("name", "") != name:
            with self._transaction():
                self._set("name", name)

    def _retime(self, retime: Callable[[], bytes]) -> None:
        """Give each unpublished time from ahead a new one, in the same order.

        Earlier ones stay: what others set against them keeps its place.
        """
        first = retime()[:8]
        after = self.published_through()
        times = {
            bytes(time)
            for (time,) in rows_of(
                self._connection,
                "SELECT substr(stamp, 1, 8) FROM edit WHERE change > ?1 UNION"
                " SELECT substr(stamp, 1, 8) FROM tombstone WHERE guid IN"
                " (SELECT guid FROM change WHERE sequence > ?1 AND imported = 0)",
                (after,),
            )
        }
        for entry in self._catalogue.entries.values():
            made = rows_of(
                self._connection,
                f"SELECT DISTINCT substr(t._stamp, 1, 8) FROM change c JOIN {entry.columns.table} t"
                " ON t.guid = c.guid WHERE c.sequence > ? AND c.imported = 0 AND c.type = ?"
                f" AND c.action = {int(Action.CREATED)}",
                (after, entry.number),
            )
            times.update(bytes(time) for (time,) in made)
        self._connection.executemany(
            "INSERT INTO temp.retimed VALUES(?, ?)",
            [(time, retime()[:8]) for time in sorted(times) if time > first],
        )

    def _restamp_type(
        self, number: int, table: str, headed: tuple[str, ...], writer: bytes
    ) -> None:
        """Unpublished heads of one type, in the rows and set aside."""
        run = self._connection.execute
        after = self.published_through()
        made = (
            "SELECT guid FROM change WHERE type = ?2 AND imported = 0 AND sequence > ?3"
            f" AND action = {int(Action.CREATED)}"
        )
        run(
            f"UPDATE {table} SET _stamp = {_rewritten('_stamp')} WHERE guid IN ({made})",
            (writer, number, after),
        )
        for name in headed:
            column = quoted(stamp_column(name))
            run(
                f"UPDATE {table} SET {column} = {_rewritten(column)}"
                f" WHERE (guid, {column}) IN (SELECT guid, stamp FROM edit"
                f" WHERE type = ?2 AND field = '{name}' AND change > ?3)",
                (writer, number, after),
            )

    def _show_greatest_heads(self) -> None:
        """Exchange shown heads and those set aside where a new writer turned their order (MRG-4).

        Two heads of one time differ in their writers alone: a copy of this database gave
        its edits the same times, and ours may stand on the other side of them by now.
        """
        for entry in self._catalogue.entries.values():
            for name in entry.columns.headed:
                table, column = entry.columns.table, quoted(name)
                turned = rows_of(
                    self._connection,
                    f"SELECT a.guid, max(a.stamp), a.value, t.{column}, {head_stamp(name, 't')}"
                    f" FROM aside a JOIN {table} t ON t.guid = a.guid"
                    f" WHERE a.type = ? AND a.field = ? AND a.stamp > {head_stamp(name, 't')}"
                    " GROUP BY a.guid",
                    (entry.number, name),
                )
                for guid, greatest, value, shown, shown_stamp in turned:
                    self._connection.execute(
                        f"UPDATE {table} SET {column} = ?, {quoted(stamp_column(name))} = ?"
                        " WHERE guid = ?",
                        (value, greatest, guid),
                    )
                    self._connection.execute(
                        "UPDATE aside SET stamp = ?, value = ?"
                        " WHERE guid = ? AND field = ? AND stamp = ?",
                        (shown_stamp, shown, guid, name, greatest),
                    )

    def _restamp_edits(self, writer: bytes) -> None:
        """Unpublished edits, what they replaced of each other, and heads set aside."""
        run = self._connection.execute
        after = self.published_through()
        mine = "SELECT guid, field, stamp FROM edit WHERE change > ?2"
        run(
            f"UPDATE aside SET stamp = {_rewritten('stamp')}"
            f" WHERE (guid, field, stamp) IN ({mine})",
            (writer, after),
        )
        created = (
            "SELECT guid FROM change WHERE imported = 0 AND sequence > ?2"
            f" AND action = {int(Action.CREATED)}"
        )
        for table in ("edit", "edit_base"):
            run(
                f"UPDATE {table} SET base = {_rewritten('base')} WHERE change > ?2"
                f" AND ((guid, field, base) IN ({mine}) OR guid IN ({created}))",
                (writer, after),
            )
        for table in ("edit_base", "edit"):
            run(
                f"UPDATE {table} SET stamp = {_rewritten('stamp')} WHERE change > ?2",
                (writer, after),
            )
        # A tombstone may carry another's stamp by now, if that is greater; that one stays.
        own = bytes.fromhex(self._get("incarnation", ""))[:8]
        run(
            f"UPDATE tombstone SET stamp = {_rewritten('stamp')} WHERE substr(stamp, 9) = ?3"
            f" AND guid IN (SELECT guid FROM change WHERE imported = 0 AND sequence > ?2"
            f" AND action = {int(Action.PURGED)})",
            (writer, after, own),
        )


def _rewritten(column: str) -> str:
    """SQL: a stamp with its time (or the new one of `retimed`) and the first bound value."""
    old = f"substr({column}, 1, 8)"
    fresh = f"coalesce((SELECT fresh FROM temp.retimed WHERE old = {old}), {old})"
    return f"CAST({fresh} || ?1 AS BLOB)"
