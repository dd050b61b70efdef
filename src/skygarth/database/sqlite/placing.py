"""Where objects stand in the tree, as a function of what is stored (TRE-1).

Nothing about the tree is stored besides each object's own parent link and
name, so there is nothing that could go stale: the same objects give the same
tree on every node. Of live siblings with one name the oldest (least GUID)
shows the name (TRE-2); the others are reached under a derived name,
``name~`` and the last eight digits of their GUID (TRE-3). Objects whose parent is gone,
or whose parent link was cut to break a cycle, stand at the root (TRE-4).
"""

from __future__ import annotations

from collections.abc import Iterator

import apsw

from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.catalogue import TypeCatalogue, TypeEntry
from skygarth.database.sqlite.columns import quoted

DERIVED_DIGITS = 8
_UNCUT = "guid NOT IN (SELECT guid FROM cycle_cut)"


def derived_name(name: str, guid: bytes) -> str:
    """The name of an object whose own name an older sibling shows."""
    return f"{name}~{guid.hex()[-DERIVED_DIGITS:]}"


class Placing:
    """The tree, read from the tables of the types that stand in it."""

    def __init__(self, connection: apsw.Connection, catalogue: TypeCatalogue) -> None:
        self._connection = connection
        self._catalogue = catalogue

    def child(self, parent: bytes | None, name: str) -> tuple[str, bytes] | None:
        """The object that is reached under `name` below `parent`."""
        plain, tilde, _ = name.partition("~")
        found = self._named(parent, plain)
        if not tilde:
            return found[0] if found else None
        derived = [entry for entry in found[1:] if derived_name(plain, entry[1]) == name]
        return derived[0] if derived else None

    def place(self, type_name: str, guid: bytes) -> tuple[bytes | None, str] | None:
        """Parent's GUID (None: the root) and the name the object is reached under."""
        entry = self._catalogue.entry(type_name)
        if entry.whole.path_field is None:
            return None
        parent_column = quoted(entry.whole.tree_field.name) if entry.whole.tree_field else "NULL"
        for parent, name in self._connection.execute(
            f"SELECT {parent_column}, {quoted(entry.whole.path_field)}"
            f" FROM {entry.columns.table} WHERE guid = ? AND _deleted = 0",
            (guid,),
        ):
            if name is None:
                return None
            stands = None if self._stands_at_root(entry, guid, parent) else parent
            siblings = self._named(stands, name)
            first = bool(siblings) and siblings[0][1] == guid
            return stands, name if first else derived_name(name, guid)
        return None

    def children(self, parent: bytes | None) -> list[tuple[str, bytes, str]]:
        """The live objects below `parent` with the names they are reached under, by name."""
        found: list[tuple[str, bytes, str]] = []
        for entry in self._standing():
            name = quoted(entry.whole.path_field or "")
            below = self._listed_below(entry, parent)
            sql = (
                f"SELECT guid, {name} FROM {entry.columns.table} t"
                f" WHERE _deleted = 0 AND {name} IS NOT NULL AND {below}"
            )
            rows = self._connection.execute(sql, () if parent is None else (parent,))
            found += [(entry.whole.name, guid, text) for guid, text in rows]
        found.sort(key=lambda child: (child[2], child[1]))
        return [
            (kind, guid, text if not i or found[i - 1][2] != text else derived_name(text, guid))
            for i, (kind, guid, text) in enumerate(found)
        ]

    def dependents(self, guid: bytes) -> int:
        """How many live objects have this one as their parent."""
        return len(self.children(guid))

    def name_collisions(self) -> list[tuple[bytes | None, str, str, bytes]]:
        """(parent, name, type, guid) of every object that is reached under a derived name."""
        parts = []
        for entry in self._standing():
            name, tree = quoted(entry.whole.path_field or ""), entry.whole.tree_field
            parent = "NULL"
            if tree is not None:
                at_root = self._at_root(entry)
                parent = f"CASE WHEN {at_root} THEN NULL ELSE {quoted(tree.name)} END"
            parts.append(
                f"SELECT {parent} AS parent, {name} AS name, guid, {entry.number} AS number"
                f" FROM {entry.columns.table} t WHERE _deleted = 0 AND {name} IS NOT NULL"
            )
        if not parts:
            return []
        union = " UNION ALL ".join(parts)
        rows = rows_of(
            self._connection,
            f"WITH standing AS ({union}), shared AS (SELECT parent, name FROM standing"
            " GROUP BY parent, name HAVING count(*) > 1)"
            " SELECT s.parent, s.name, s.number, s.guid FROM standing s JOIN shared USING(name)"
            " WHERE s.parent IS shared.parent ORDER BY s.parent, s.name, s.guid",
        )
        return [
            (row[0], row[1], self._catalogue.names[row[2]], row[3])
            for before, row in zip([None, *rows], rows, strict=False)
            if before is not None and before[:2] == row[:2]
        ]

    def cycle_cuts(self) -> list[tuple[str, bytes]]:
        """(type, guid) of the objects whose parent link was cut to break a cycle (TRE-5)."""
        rows = self._connection.execute("SELECT type, guid FROM cycle_cut ORDER BY guid")
        return [(self._catalogue.names[number], guid) for number, guid in rows]

    def _standing(self) -> list[TypeEntry]:
        """The types whose objects have a name in the tree."""
        return [e for e in self._catalogue.entries.values() if e.whole.path_field is not None]

    def _named(self, parent: bytes | None, name: str) -> list[tuple[str, bytes]]:
        """(type, guid) of the live objects called `name` below `parent`, oldest first."""
        sql = self._naming(parent is None)
        if not sql:
            return []
        given = (name,) if parent is None else (name, parent)
        found = rows_of(self._connection, sql, given)
        if len(found) > 1:
            found.sort(key=lambda child: child[1])
        return found

    def _naming(self, at_root: bool) -> str:
        """The SELECT over all types for `_named`; kept, since every creation and path asks it."""
        key = "named at root" if at_root else "named below"
        kept = self._catalogue.statements  # first: a newer one must not get an older SELECT
        sql = kept.get(key)
        if sql is None:
            sql = kept[key] = " UNION ALL ".join(self._naming_parts(at_root))
        return sql

    def _naming_parts(self, at_root: bool) -> Iterator[str]:
        for entry in self._standing():
            tree = entry.whole.tree_field
            if tree is None and not at_root:
                continue
            if tree is None:
                where = "1"
            else:
                where = (
                    self._at_root(entry) if at_root else f"{quoted(tree.name)} = ?2 AND {_UNCUT}"
                )
            yield (
                f"SELECT '{entry.whole.name}', guid FROM {entry.columns.table} t"
                f" WHERE {where} AND {quoted(entry.whole.path_field or '')} = ?1 AND _deleted = 0"
            )

    def _below(self, entry: TypeEntry, parent: bytes | None) -> str:
        """SQL: the object of table `t` stands below the bound parent, or at the root."""
        tree = entry.whole.tree_field
        if tree is None:
            return "1" if parent is None else "? IS NULL"
        if parent is None:
            return self._at_root(entry)
        return f"{quoted(tree.name)} = ? AND {_UNCUT}"

    def _at_root(self, entry: TypeEntry) -> str:
        """SQL: the object of table `t` has no parent, a cut link, or a parent that is gone."""
        tree = entry.whole.tree_field
        assert tree is not None
        column = quoted(tree.name)
        gone = "".join(
            f" OR NOT EXISTS(SELECT 1 FROM {other.columns.table} o"
            f" WHERE o.guid = t.{column} AND o._deleted = 0)"
            for other in self._parents(entry)
        )
        return f"({column} IS NULL OR NOT {_UNCUT}{gone})"

    def _listed_below(self, entry: TypeEntry, parent: bytes | None) -> str:
        """As `_below`, in a form that finds the root's objects by index instead of row by row."""
        tree = entry.whole.tree_field
        if tree is None or parent is not None:
            return self._below(entry, parent)
        column, table = quoted(tree.name), entry.columns.table
        gone = "".join(
            f" OR {column} IN (SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"
            f" EXCEPT SELECT guid FROM {other.columns.table} WHERE _deleted = 0)"
            for other in self._parents(entry)
        )
        return f"({column} IS NULL OR NOT {_UNCUT}{gone})"

    def _parents(self, entry: TypeEntry) -> list[TypeEntry]:
        """The types that may be a parent of objects of this type."""
        tree = entry.whole.tree_field
        known = self._catalogue.entries.get(tree.link_type or "") if tree else None
        return [known] if known is not None else []

    def _stands_at_root(self, entry: TypeEntry, guid: bytes, parent: bytes | None) -> bool:
        """Whether an object has no parent, a parent that is gone, or a cut link."""
        if parent is None:
            return True
        cut = self._connection.execute("SELECT 1 FROM cycle_cut WHERE guid = ?", (guid,))
        if cut.fetchall():
            return True
        return not any(
            rows_of(
                self._connection,
                f"SELECT 1 FROM {other.columns.table} WHERE guid = ? AND _deleted = 0",
                (parent,),
            )
            for other in self._parents(entry)
        )
