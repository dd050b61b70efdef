"""Meeting one's own unpublished creations in another log.

A GUID is random, so one that this database made and has not published can come
back from outside only if another database is a copy of this one (a clone, a
restored backup) and published first. It is the same creation: the published
stamp is adopted, the edits made since stay ours, and nothing is said twice
(REP-23).
"""

from __future__ import annotations

import apsw

from skygarth.database.port import Action
from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.catalogue import TypeEntry
from skygarth.database.sqlite.columns import Columns, quoted


def adopt_known_creations(connection: apsw.Connection, entry: TypeEntry, sent: Columns) -> None:
    """Give created objects of ours the stamps under which the image creates them."""
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
    for sequence, guid, old, new in mine:
        run(f"UPDATE {entry.columns.table} SET _stamp = ? WHERE guid = ?", (new, guid))
        for table in ("edit", "edit_base"):
            run(f"UPDATE {table} SET base = ? WHERE guid = ? AND base = ?", (new, guid, old))
        _count_once(connection, entry, sent, guid)
        run("UPDATE change SET action = ? WHERE sequence = ?", (int(Action.UPDATED), sequence))


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
