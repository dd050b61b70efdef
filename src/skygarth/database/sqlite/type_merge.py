"""The SQL that merges the objects of one type (`skygarth.database.sqlite.merge` runs it).

In all of it `s` is an object as the segment's image has it, `t` its row here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skygarth.database.sqlite.catalogue import TypeEntry
from skygarth.database.sqlite.columns import (
    LIFE,
    Columns,
    base_column,
    head_stamp,
    quoted,
    stamp_column,
)


@dataclass(frozen=True, slots=True)
class TypeMerge:
    """What the statements for one type need.

    Attributes:
        entry: the type as this database knows it.
        sent: the columns that the image has of it.
        edited: headed columns that some edit of the image sets.
        whole: whether some of the edits are creations of objects that are here already.
    """

    entry: TypeEntry
    sent: Columns
    edited: tuple[str, ...]
    whole: bool

    @property
    def mine(self) -> str:
        """Our table."""
        return self.entry.columns.table

    @property
    def theirs(self) -> str:
        """The image's table."""
        return f"seg.{self.sent.image_table}"

    @property
    def both(self) -> str:
        """The image's objects `s`, each beside its row `t`."""
        return f"{self.theirs} s CROSS JOIN {self.mine} t ON t.guid = s.guid"

    def stamp(self, name: str) -> str:
        """SQL: the stamp that the image gives a field; null where it does not set it."""
        own = f"s.{quoted(stamp_column(name))}"
        return f"coalesce({own}, CASE WHEN s.whole = 1 THEN s.stamp END)" if self.whole else own

    def concurrent(self, name: str, further: bool) -> str:
        """SQL: the image's head and ours did not know of each other."""
        shown = head_stamp(name, "t")
        test = f"{self.stamp(name)} <> {shown} AND {shown} IS NOT s.{quoted(base_column(name))}"
        if further:
            test += (
                f" AND NOT EXISTS(SELECT 1 FROM seg.base b WHERE b.guid = s.guid"
                f" AND b.field = '{name}' AND b.base = {shown})"
            )
        return f"({test})"

    def given(self) -> dict[str, str]:
        """Column of the table to SQL over the image's row `s`.

        No row of these is ever inserted; yet where an edit says nothing of a column that cannot be
        null there has to stand something.
        """
        unset = f"{self.stamp(LIFE)} IS NULL"
        given = {"guid": "s.guid", "_stamp": "s.stamp", "_created": "0", "_creator": "''"}
        given["_revised"] = f"CASE WHEN {unset} THEN 0 ELSE s._revised END"
        given["_revisor"] = f"CASE WHEN {unset} THEN '' ELSE s._revisor END"
        for name in ("_hidden", LIFE):
            given[name] = "0"
        for name in self.edited:
            given[name] = f"s.{quoted(name)}"
            given[stamp_column(name)] = self.stamp(name)
        for name in {"_hidden", LIFE} & set(self.edited):
            given[name] = f"CASE WHEN {self.stamp(name)} IS NULL THEN 0 ELSE s.{name} END"
        for name in ("_revision", *self.sent.counters):
            given[name] = f"coalesce(s.{quoted(name)}, 0)"
        return given

    def greater_heads(self) -> list[str]:
        """SQL: what becomes of the row `t` that an edit meets."""
        sets = [
            f"{c} = t.{c} + excluded.{c}" for c in map(quoted, ("_revision", *self.sent.counters))
        ]
        for name in self.edited:
            wins = f"excluded.{quoted(stamp_column(name))} > {head_stamp(name, 't')}"
            followers = ("_revised", "_revisor") if name == LIFE else ()
            columns = map(quoted, (name, stamp_column(name), *followers))
            sets += [f"{c} = CASE WHEN {wins} THEN excluded.{c} ELSE t.{c} END" for c in columns]
        return sets


def set_by(sent: Columns, greatest: Sequence[object]) -> tuple[str, ...]:
    """The headed columns that an image sets somewhere, by their greatest stamps in it."""
    pairs = zip(sent.headed, greatest, strict=True)
    return tuple(name for name, stamp in pairs if stamp is not None)


def bit(index: int) -> int:
    """The mark of a field in ``notable``; in a wide type several fields share one."""
    return 1 << index % 62
