"""Parent links that form a circle, and which of them is cut (TRE-5).

No local move makes a circle; two nodes that move A below B and B below A
without knowing of each other do. Of the links in a circle the one set last (by
stamp) does not count until somebody moves one of them: its object stands at
the root. The links themselves stay as they are, so the cut is a function of
what is stored, and every node cuts the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import apsw

from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.catalogue import TypeCatalogue
from skygarth.database.sqlite.columns import head_stamp, quoted, stamp_column
from skygarth.model.schema import TypeSchema


@dataclass(frozen=True, slots=True)
class _Link:
    """An object's parent link."""

    number: int
    parent: bytes | None
    stamp: bytes


def recut_cycles(
    connection: apsw.Connection, catalogue: TypeCatalogue, changed: Iterable[TypeSchema] = ()
) -> None:
    """Look again at the circles there were, and at every link that the attached image set."""
    suspects = {guid for (guid,) in rows_of(connection, "SELECT guid FROM cycle_cut")}
    had_cuts = bool(suspects)
    for schema in changed:
        if schema.tree_field is not None and _may_circle(catalogue, schema):
            link = quoted(stamp_column(schema.tree_field.name))
            rows = rows_of(
                connection,
                f"SELECT guid FROM seg.{quoted('o_' + schema.name)}"
                f" WHERE whole = 1 OR {link} IS NOT NULL",
            )
            suspects.update(guid for (guid,) in rows)
    if not suspects:
        return
    cuts = _find_cuts(connection, catalogue, suspects)
    if had_cuts:
        connection.execute("DELETE FROM cycle_cut")
    connection.executemany("INSERT INTO cycle_cut(guid, type) VALUES(?, ?)", sorted(cuts.items()))


def _may_circle(catalogue: TypeCatalogue, schema: TypeSchema) -> bool:
    """Whether following parent types can come back to a type; most trees are simple chains."""
    seen: set[str] = set()
    name: str | None = schema.name
    while name is not None and name in catalogue.entries:
        if name in seen:
            return True
        seen.add(name)
        field = catalogue.entries[name].whole.tree_field
        name = field.link_type if field is not None else None
    return False


def _find_cuts(
    connection: apsw.Connection, catalogue: TypeCatalogue, suspects: set[bytes]
) -> dict[bytes, int]:
    """GUID and type number of one object for each circle that a suspect stands in."""
    cuts: dict[bytes, int] = {}
    settled: set[bytes] = set()
    for suspect in sorted(suspects):
        path: dict[bytes, _Link] = {}
        guid: bytes | None = suspect
        while guid is not None and guid not in path and guid not in settled:
            link = _link(connection, catalogue, guid)
            if link is None:
                break
            path[guid] = link
            guid = link.parent
        if guid in path:
            members = list(path)[list(path).index(guid) :]
            cut = max(members, key=lambda member: path[member].stamp)
            cuts[cut] = path[cut].number
        settled.update(path)
    return cuts


def _link(connection: apsw.Connection, catalogue: TypeCatalogue, guid: bytes) -> _Link | None:
    """The parent link of an object, deleted or not; None if it is unknown or has none."""
    for entry in catalogue.entries.values():
        field = entry.whole.tree_field
        if field is None:
            continue
        rows = rows_of(
            connection,
            f"SELECT {quoted(field.name)}, {head_stamp(field.name, 't')}"
            f" FROM {entry.columns.table} t WHERE guid = ?",
            (guid,),
        )
        if rows:
            return _Link(entry.number, *rows[0])
    return None
