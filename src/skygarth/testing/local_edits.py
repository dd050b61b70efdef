"""What people and programmes do on one node of a simulated cloud, by chance.

Two types with everything that merges in its own way: notes with plain fields
and a counter, pages that stand in a tree. Few objects and few names, so that
nodes meet in the same fields all the time. Every value is new, so the ledger
can tell whose it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from skygarth.clock.chance import Chance
from skygarth.database.port import METADATA, Row, Writing
from skygarth.database.sqlite.database import SqliteDatabase
from skygarth.model.query import Selection
from skygarth.model.schema import FieldSchema, Kind, MergeRule, Stored, TypeSchema
from skygarth.testing.edit_ledger import Edit, EditLedger

NOTE = TypeSchema(
    name="note",
    fields=(
        FieldSchema(name="title", kind=Kind.TEXT),
        FieldSchema(name="body", kind=Kind.TEXT, default="-"),
        FieldSchema(name="views", kind=Kind.INTEGER, merge=MergeRule.COUNTER),
    ),
)
PAGE = TypeSchema(
    name="page",
    fields=(
        FieldSchema(name="name", kind=Kind.TEXT),
        FieldSchema(name="parent", kind=Kind.LINK, link_type="page", tree=True),
        FieldSchema(name="text", kind=Kind.TEXT, default=""),
    ),
    path_field="name",
)
TYPES = (NOTE, PAGE)

OBJECTS_MAX = 12
"""With so many objects about, edits are likelier than creations."""

_FIRST_FIELD = 1 + len(METADATA)
_DELETED = 1 + METADATA.index("_deleted")


@dataclass(frozen=True, slots=True)
class LocalEdits:
    """One node's users.

    Args:
        database: of the node; its commits are local transactions.
        ledger: notes what was committed.
        make_guid: gives identities to new objects.
    """

    database: SqliteDatabase
    author: str
    chance: Chance
    ledger: EditLedger
    make_guid: Callable[[], bytes]

    def commit_something(self) -> list[Edit]:
        """One local transaction of a few changes; what the ledger wrote down of it."""
        noted: list[Edit] = []
        with self.database.writing(self.author) as writing:
            for _ in range(self._below(3) + 1):
                noted += self._change_something(writing)
        return noted

    def _change_something(self, writing: Writing) -> list[Edit]:
        kind = "page" if self._below(3) == 0 else "note"
        rows = writing.select(Selection(kind, include_deleted=True))
        if not rows or (len(rows) < OBJECTS_MAX and self._below(4) == 0):
            return self._create(writing, kind, rows)
        row = rows[self._below(len(rows))]
        deeds = _PAGE_DEEDS if kind == "page" else _NOTE_DEEDS
        return deeds[self._below(len(deeds))](self, writing, row)

    # -- deeds ---------------------------------------------------------------------

    def _create(self, writing: Writing, kind: str, rows: list[Row]) -> list[Edit]:
        guid = self.make_guid()
        write = self.ledger.write
        if kind == "note":
            title, body, amount = self._new("t"), self._new("b"), self._below(3)
            writing.create("note", guid, [title, body, amount], published_us=None)
            return [
                write(guid, "title", title, amount=amount),
                write(guid, "body", body),
            ]
        parents = [None, *(row[0] for row in rows if not row[_DELETED])]
        parent = parents[self._below(len(parents))]
        text = self._new("x")
        writing.create("page", guid, [self._name(), parent, text], published_us=None)
        return [write(guid, "text", text)]

    def edit_title(self, writing: Writing, row: Row) -> list[Edit]:
        """Give a note another title."""
        return self._set(writing, "note", row, "title")

    def edit_both(self, writing: Writing, row: Row) -> list[Edit]:
        """Give a note another title, then another text, in two changes."""
        edits = self._set(writing, "note", row, "title")
        again = writing.fetch("note", _guid(row), deleted=True)
        assert again is not None
        return [*edits, *self._set(writing, "note", again, "body")]

    def edit_text(self, writing: Writing, row: Row) -> list[Edit]:
        """Give a page another text."""
        return self._set(writing, "page", row, "text")

    def count(self, writing: Writing, row: Row) -> list[Edit]:
        """Somebody views a note."""
        amount = self._below(3) + 1
        writing.edit("note", _guid(row), {"views": amount})
        return [self.ledger.write(_guid(row), "views", self._new("v"), amount=amount)]

    def turn_life(self, writing: Writing, row: Row) -> list[Edit]:
        """Delete a note, or take its deletion back."""
        writing.edit("note", _guid(row), {"_deleted": 1 - int(bool(row[_DELETED]))})
        return []

    def turn_page(self, writing: Writing, row: Row) -> list[Edit]:
        """Delete a page, or take its deletion back."""
        writing.edit("page", _guid(row), {"_deleted": 1 - int(bool(row[_DELETED]))})
        return []

    def purge(self, writing: Writing, row: Row) -> list[Edit]:
        """Remove a note for good; seldom, or nothing would be left."""
        if self._below(3):
            return self.edit_title(writing, row)
        writing.purge("note", _guid(row))
        return [self.ledger.write(_guid(row), "", None)]

    def settle(self, writing: Writing, row: Row) -> list[Edit]:
        """Settle what was set aside, if something was."""
        conflicts = writing.conflicts(_guid(row))
        if not conflicts:
            return self.edit_title(writing, row)
        name = conflicts[0].field
        if name not in NOTE.by_name:
            writing.settle("note", _guid(row), name, conflicts[0].set_aside.value)
            return []
        seen = [conflict.set_aside.value for conflict in conflicts if conflict.field == name]
        seen.append(_value(NOTE, row, name))
        value = self._new("s")
        writing.settle("note", _guid(row), name, value)
        return [self.ledger.write(_guid(row), name, value, replaced=seen)]

    def move(self, writing: Writing, row: Row) -> list[Edit]:
        """Move a page below another, as far as this node sees not below itself."""
        pages = writing.select(Selection("page"))
        parents = [None, *(_guid(page) for page in pages)]
        parent = parents[self._below(len(parents))]
        if not _stands_below(writing, parent, _guid(row)):
            writing.edit("page", _guid(row), {"parent": parent})
        return []

    def rename(self, writing: Writing, row: Row) -> list[Edit]:
        """Give a page one of the few names."""
        writing.edit("page", _guid(row), {"name": self._name()})
        return []

    def _set(self, writing: Writing, kind: str, row: Row, name: str) -> list[Edit]:
        schema = NOTE if kind == "note" else PAGE
        value = self._new(name[0])
        writing.edit(kind, _guid(row), {name: value})
        shown = _value(schema, row, name)
        return [self.ledger.write(_guid(row), name, value, replaced=[shown])]

    # -- chance ----------------------------------------------------------------------

    def _below(self, limit: int) -> int:
        return int(self.chance.uniform(0, limit))

    def _name(self) -> str:
        return "abc"[self._below(3)]

    def _new(self, letter: str) -> str:
        """A value that nobody has written before."""
        return f"{letter}{len(self.ledger.edits)}-{self.chance.bytes(3).hex()} by {self.author}"


_Deed = Callable[[LocalEdits, Writing, Row], list[Edit]]
_NOTE_DEEDS: tuple[_Deed, ...] = (
    LocalEdits.edit_title,
    LocalEdits.edit_title,
    LocalEdits.edit_both,
    LocalEdits.edit_both,
    LocalEdits.count,
    LocalEdits.turn_life,
    LocalEdits.purge,
    LocalEdits.settle,
    LocalEdits.settle,
)
_PAGE_DEEDS: tuple[_Deed, ...] = (
    LocalEdits.edit_text,
    LocalEdits.move,
    LocalEdits.move,
    LocalEdits.rename,
    LocalEdits.turn_page,
)


def _guid(row: Row) -> bytes:
    assert isinstance(row[0], bytes)
    return row[0]


def _value(schema: TypeSchema, row: Row, name: str) -> Stored:
    names = [field.name for field in schema.fields]
    return row[_FIRST_FIELD + names.index(name)]


def _stands_below(writing: Writing, page: bytes | None, above: bytes) -> bool:
    """Whether `page` is `above` or stands somewhere below it, by its parent links."""
    seen: set[bytes] = set()
    while page is not None and page not in seen:
        if page == above:
            return True
        seen.add(page)
        row = writing.fetch("page", page, deleted=True)
        link = _value(PAGE, row, "parent") if row is not None else None
        assert link is None or isinstance(link, bytes)
        page = link
    return False
