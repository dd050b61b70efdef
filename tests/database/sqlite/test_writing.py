"""What a local transaction leaves in the tables: rows, stamps, outbox."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.database.notes import BEGIN_MS, NoteBook, exchange, guid
from tests.database.sqlite.openings import notebook, sqlite_of, table_of

from skygarth.database.port import Action
from skygarth.database.sqlite.writing import _net
from skygarth.model.query import Selection
from skygarth.model.stamp import make_stamp


@pytest.fixture
def book() -> NoteBook:
    """A notebook."""
    return notebook()


def stamp(ticks: int, letter: str = "a") -> bytes:
    """The stamp that a notebook gives at a tick."""
    return make_stamp(BEGIN_MS + ticks, 0, letter.encode() * 16)


def edits(book: NoteBook) -> list[tuple[object, ...]]:
    """(field, stamp, base, amount) of every outbox row."""
    return table_of(book, "SELECT field, stamp, base, amount FROM edit ORDER BY rowid")


def test_a_creation_costs_a_row_and_a_feed_entry(book: NoteBook) -> None:
    """One stamp for the whole row, and no outbox row for any field."""
    book.note(1, "hello")

    assert table_of(book, "SELECT _stamp, title__s, _deleted__s FROM t_note") == [
        (stamp(1), None, None)
    ]
    assert table_of(book, "SELECT action, imported FROM change") == [(Action.CREATED, 0)]
    assert edits(book) == []


def test_an_edit_names_the_head_it_replaced(book: NoteBook) -> None:
    """Field by field, and the object's life with it (MRG-2, MRG-6)."""
    book.note(1)
    book.edit(1, title="x")
    book.edit(1, title="y")

    assert [row[:3] for row in edits(book)] == [
        ("title", stamp(2), stamp(1)),
        ("_deleted", stamp(2), stamp(1)),
        ("title", stamp(3), stamp(2)),
        ("_deleted", stamp(3), stamp(2)),
    ]


def test_fields_edited_twice_in_one_transaction_are_one_change(book: NoteBook) -> None:
    """The last value counts; the base stays the one that was there before."""
    book.note(1)
    with book.database.writing("a") as writing:
        writing.edit("note", guid(1), {"title": "x"})
        writing.edit("note", guid(1), {"title": "y", "body": "z"})

    assert [row[:3] for row in edits(book)] == [
        ("title", stamp(2), stamp(1)),
        ("_deleted", stamp(2), stamp(1)),
        ("body", stamp(2), stamp(1)),
    ]
    assert book.shown(1)["title"] == "y"


def test_editing_what_the_same_transaction_created_is_part_of_the_creation(
    book: NoteBook,
) -> None:
    """Nothing is said twice: one row, one stamp, revision 1."""
    with book.database.writing("a") as writing:
        writing.create("note", guid(1), ["n", "draft", "-", 0, None], published_us=None)
        writing.edit("note", guid(1), {"title": "final", "views": 3})
    row = book.row(1)

    assert row is not None
    assert (row["title"], row["views"], row["_revision"]) == ("final", 3, 1)
    assert [entry[0] for entry in edits(book) if entry[0] != "views"] == []
    assert table_of(book, "SELECT action FROM change") == [(Action.CREATED,)]


def test_a_counter_replaces_no_head(book: NoteBook) -> None:
    """Its outbox row has a difference and no base, and touches nobody's life (MRG-11)."""
    book.note(1)
    book.edit(1, views=-3)

    assert edits(book) == [("views", stamp(2), None, -3)]


def test_a_settlement_names_every_head(book: NoteBook) -> None:
    """Those set aside go into `edit_base` (MRG-8)."""
    other = notebook("b")
    book.note(1)
    exchange(book, other)
    book.edit(1, title="x")
    other.edit(1, title="y")
    exchange(book, other)
    book.settle(1, "title", "z")
    named = table_of(book, "SELECT field, base FROM edit_base WHERE field = 'title'")
    named += [row[:1] + row[2:3] for row in edits(book) if row[0] == "title"]

    assert set(named) == {("title", stamp(2)), ("title", stamp(2, "b"))}
    assert table_of(book, "SELECT 1 FROM aside") == []


def test_an_edit_replaces_a_hidden_head_that_equals_what_showed(book: NoteBook) -> None:
    """It was no conflict while both were equal; it must not become one afterwards (MRG-8)."""
    other = notebook("b")
    book.note(1)
    exchange(book, other)
    book.edit(1, title="same")
    other.edit(1, title="same")
    exchange(book, other)
    book.edit(1, title="new")
    exchange(book, other)

    assert book.conflicts() == other.conflicts() == []
    assert book.digest() == other.digest()


def test_an_edit_leaves_a_conflict_for_people_to_settle(book: NoteBook) -> None:
    """Editing a field replaces what showed; what was set aside stays listed (I5)."""
    other = notebook("b")
    book.note(1)
    exchange(book, other)
    book.edit(1, title="x")
    other.edit(1, title="y")
    exchange(book, other)
    book.edit(1, title="z")
    exchange(book, other)

    assert book.conflicts() == other.conflicts() == [("title", "x", "z")]


def test_a_purge_takes_everything_of_the_object_along(book: NoteBook) -> None:
    """Outbox rows and what was set aside; the tombstone is what remains (MRG-9)."""
    other = notebook("b")
    book.note(1)
    exchange(book, other)
    book.edit(1, title="x")
    other.edit(1, title="y")
    exchange(book, other)
    book.edit(1, body="unpublished")
    book.purge(1)

    for table in ("t_note", "aside", "edit", "edit_base"):
        assert table_of(book, f"SELECT 1 FROM {table}") == []
    assert table_of(book, "SELECT guid FROM tombstone") == [(guid(1),)]


def test_an_object_purged_in_the_transaction_that_made_it_leaves_a_tombstone(
    book: NoteBook,
) -> None:
    """Others may hold a copy of it, if this database is one of two clones."""
    with book.database.writing("a") as writing:
        writing.create("note", guid(1), ["n", "", "-", 0, None], published_us=None)
        writing.purge("note", guid(1))

    assert table_of(book, "SELECT action FROM change") == [(Action.PURGED,)]
    assert book.database.reading().is_purged(guid(1))


@pytest.mark.parametrize(
    ("earlier", "later", "net"),
    [
        (Action.CREATED, Action.UPDATED, Action.CREATED),
        (Action.CREATED, Action.DELETED, Action.CREATED),
        (Action.UPDATED, Action.DELETED, Action.DELETED),
        (Action.DELETED, Action.UPDATED, Action.DELETED),
        (Action.DELETED, Action.UNDELETED, Action.UPDATED),
        (Action.UNDELETED, Action.DELETED, Action.UPDATED),
        (Action.CREATED, Action.PURGED, Action.PURGED),
        (Action.UPDATED, Action.PURGED, Action.PURGED),
    ],
)
def test_two_changes_of_one_transaction_are_told_as_one(
    earlier: Action, later: Action, net: Action
) -> None:
    """Seen from outside, only the net effect has happened."""
    assert net is _net(earlier, later)


@pytest.mark.parametrize("question", ["fetch", "locate", "select", "place", "children"])
def test_questions_come_after_what_was_kept_back(book: NoteBook, question: str) -> None:
    """Creations are written together, but never behind a question's back."""
    with book.database.writing("a") as writing:
        writing.create("note", guid(1), ["n1", "", "-", 0, None], published_us=None)
        writing.create("folder", guid(2), ["f", None], published_us=None)
        asked: dict[str, Callable[[], object]] = {
            "fetch": lambda: writing.fetch("note", guid(1)),
            "locate": lambda: writing.locate(guid(2)),
            "select": lambda: writing.select(Selection("note")),
            "place": lambda: writing.place("note", guid(1)),
            "children": lambda: writing.children(None),
        }
        assert asked[question]()


def test_objects_of_several_types_keep_their_feed_entries_apart(book: NoteBook) -> None:
    """Kept back by type, each object still gets its own sequence."""
    with book.database.writing("a") as writing:
        for number in range(1, 4):
            writing.create("note", guid(number), [f"n{number}", "", "-", 0, None], published_us=0)
            writing.create("folder", guid(number + 10), [f"f{number}", None], published_us=0)
    committed = book.database.committed(writing)

    assert committed.sequence == 6
    assert list(committed.changes) == sqlite_of(book).reading().changes(0, 10)
    assert {entry.changeset for entry in committed.changes} == {1}
