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

import apsw

from skygarth.database.port import Action
from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.catalogue import TypeEntry
from skygarth.database.sqlite.columns import Columns, quoted
from skygarth.model.errors import Unavailable


def adopt_known_creations(connection: apsw.Connection, entry: TypeEntry, sent: Columns) -> int:
    """Give created objects of ours the stamps under which the image creates them; how many.

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
        f" WHERE c.sequence > ? AND c.imported = 0 AND c.action = {int(Action.CREATED)}"
        " AND substr(t._stamp, 1, 8) = substr(s.stamp, 1, 8)",  # given anew: another creation
        (after[0][0] if after else 0,),
    )
    if not mine:
        return 0
    tried = rows_of(connection, "SELECT coalesce(max(through), 0) FROM attempt")[0][0]
    if any(sequence <= tried for sequence, _, _, _ in mine):
        raise Unavailable(
            f"a copy of this database has published what is on its way here. objects={len(mine)}",
            code="SG-DATABASE-006",
            hint="nothing to do: it is tried again when the own segment has arrived",
        )
    for sequence, guid, old, new in mine:
        run(f"UPDATE {entry.columns.table} SET _stamp = ? WHERE guid = ?", (new, guid))
        for table in ("edit", "edit_base"):
            run(f"UPDATE {table} SET base = ? WHERE guid = ? AND base = ?", (new, guid, old))
        _count_once(connection, entry, sent, guid)
        run("UPDATE change SET action = ? WHERE sequence = ?", (int(Action.UPDATED), sequence))
    return len(mine)


def withdraw_adopted(connection: apsw.Connection) -> None:
    """An adopted head that an own unpublished edit has replaced is no head any more (MRG-3)."""
    for table in ("edit", "edit_base"):
        connection.execute(
            "DELETE FROM aside WHERE (guid, field, stamp) IN"
            f" (SELECT guid, field, base FROM {table} WHERE base IS NOT NULL)"
        )


def _count_once(connection: apsw.Connection, entry: TypeEntry, sent: Columns, guid: bytes) -> None:
    """The creation, and what counters began with, are in the image: keep only what came since."""
    run = connection.execute
    run(f"UPDATE seg.{sent.image_table} SET _revision = _revision - 1 WHERE guid = ?", (guid,))
    for name in entry.columns.counters:
        run(
            f"UPDATE {entry.columns.table} SET {quoted(name)} = (SELECT coalesce(sum(amount), 0)"
            " FROM edit WHERE guid = ?1 AND field = ?2) WHERE guid = ?1",
            (guid, name),
        )
