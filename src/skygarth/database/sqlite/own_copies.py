"""Meeting one's own unpublished creations in another log.

A GUID is random, so one that this database made and has not published can come
back from outside only if another database is a copy of this one (a clone, a
restored backup) and published first. It is the same creation: the published
stamp is adopted, the edits made since stay ours, and nothing is said twice
(REP-23).

A creation that is on its way to the bucket may be said already: the merge waits
until its slot has answered.
"""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from skygarth.database.port import Action
from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.catalogue import TypeEntry
from skygarth.database.sqlite.columns import LIFE, Columns, quoted, stamp_column
from skygarth.model.errors import Unavailable

TIME_BYTES = 8
"""A stamp begins with its time; the writer's name follows."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A creation of ours that came back: the stamp that it has here now, as in the segment."""

    guid: bytes
    stamp: bytes


def adopt_known_creations(
    connection: apsw.Connection, entry: TypeEntry, sent: Columns
) -> list[Adopted]:
    """Give created objects of ours the stamps under which the image creates them.

    Raises:
        Unavailable: one of them is on its way to the bucket (SG-DATABASE-006).
    """
    run = connection.execute
    after = rows_of(connection, "SELECT value FROM meta WHERE key = 'published_through'")
    mine = rows_of(
        connection,
        f"SELECT c.sequence, c.guid, t._stamp, s.stamp FROM change c"
        f" CROSS JOIN seg.{sent.image_table} s ON s.guid = c.guid AND s.whole = 1"
        f" JOIN {entry.columns.table} t ON t.guid = c.guid"
        f" WHERE c.sequence > ? AND c.imported = 0 AND c.action = {int(Action.CREATED)}",
        (after[0][0] if after else 0,),
    )
    _wait_for_own_segment(connection, [sequence for sequence, _, _, _ in mine])
    adopted: list[Adopted] = []
    for sequence, guid, old, new in mine:
        if old[:TIME_BYTES] == new[:TIME_BYTES]:
            _adopt(connection, entry, guid, old, new)
            run(
                f"UPDATE seg.{sent.image_table} SET _revision = _revision - 1 WHERE guid = ?",
                (guid,),
            )
            adopted.append(Adopted(guid, new))
        else:
            _say_as_edits(connection, entry, sequence, guid, new)
        _count_once(connection, entry, guid)
        run("UPDATE change SET action = ? WHERE sequence = ?", (int(Action.UPDATED), sequence))
    return adopted


def withdraw_adopted(connection: apsw.Connection, adopted: list[Adopted]) -> None:
    """Where the copy or we have edited since, what the creation said is no head any more."""
    connection.executemany(
        "DELETE FROM aside WHERE guid = ? AND stamp = ?", [(one.guid, one.stamp) for one in adopted]
    )


def _wait_for_own_segment(connection: apsw.Connection, sequences: list[int]) -> None:
    tried = rows_of(connection, "SELECT coalesce(max(through), 0) FROM attempt")[0][0]
    if any(sequence <= tried for sequence in sequences):
        raise Unavailable(
            f"a copy of this database has published what is on its way here."
            f" objects={len(sequences)}",
            code="SG-DATABASE-006",
            hint="nothing to do: it is tried again when the own segment has arrived",
        )


def _adopt(
    connection: apsw.Connection, entry: TypeEntry, guid: bytes, old: bytes, new: bytes
) -> None:
    """The same creation, under the writer's name that was published."""
    run = connection.execute
    run(f"UPDATE {entry.columns.table} SET _stamp = ? WHERE guid = ?", (new, guid))
    for table in ("edit", "edit_base"):
        run(f"UPDATE {table} SET base = ? WHERE guid = ? AND base = ?", (new, guid, old))


def _say_as_edits(
    connection: apsw.Connection, entry: TypeEntry, sequence: int, guid: bytes, new: bytes
) -> None:
    """A copy has stamped the creation anew (CLK-7): ours becomes an edit that replaces nothing.

    Later edits of ours may be older than its new stamp; so ours keeps its own.
    """
    table = entry.columns.table
    for name in entry.columns.headed:
        column = quoted(stamp_column(name))
        noted = "t._created, t._creator" if name == LIFE else "NULL, NULL"
        connection.execute(
            "INSERT INTO edit(change, type, guid, field, stamp, base, amount, author)"
            f" SELECT ?1, ?2, t.guid, '{name}', t._stamp, NULL, {noted} FROM {table} t"
            " WHERE t.guid = ?3",
            (sequence, entry.number, guid),
        )
        connection.execute(
            f"UPDATE {table} SET {column} = coalesce({column}, _stamp) WHERE guid = ?", (guid,)
        )
    connection.execute(f"UPDATE {table} SET _stamp = ? WHERE guid = ?", (new, guid))


def _count_once(connection: apsw.Connection, entry: TypeEntry, guid: bytes) -> None:
    """What counters began with is in the image: keep only what came since."""
    for name in entry.columns.counters:
        connection.execute(
            f"UPDATE {entry.columns.table} SET {quoted(name)} = (SELECT coalesce(sum(amount), 0)"
            " FROM edit WHERE guid = ?1 AND field = ?2) WHERE guid = ?1",
            (guid, name),
        )
