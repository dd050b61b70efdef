"""The tree as a function of what is stored (TRE-1 to TRE-4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.database.notes import FOLDER, NOTE, NoteBook, exchange, guid
from tests.database.sqlite.openings import notebook, sqlite_of

from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.placing import derived_name
from skygarth.model.schema import FieldSchema, Kind, TypeSchema


@pytest.fixture
def book() -> NoteBook:
    """A folder with a folder in it."""
    book = notebook()
    book.folder(1, "top")
    book.folder(2, "inner", 1)
    return book


def numbers(book: NoteBook, parent: int | None) -> list[tuple[int, str]]:
    """(number, name reached under) of the children."""
    above = None if parent is None else guid(parent)
    children = book.database.reading().children(above)
    return [(int.from_bytes(found), name) for _, found, name in children]


def test_a_derived_name_is_the_name_and_the_end_of_the_guid() -> None:
    """The end, since GUIDs of one moment begin alike."""
    assert derived_name("same", bytes.fromhex("00" * 12 + "89abcdef")) == "same~89abcdef"


def test_children_of_all_types_stand_in_one_order(book: NoteBook) -> None:
    """By name, then by age, whatever their type."""
    book.note(9, name="a", folder=guid(1))
    book.note(8, name="inner", folder=guid(1))
    book.note(7, name="z", folder=guid(1))

    assert numbers(book, 1) == [(9, "a"), (2, "inner"), (8, "inner~00000008"), (7, "z")]


def test_names_meet_across_types(book: NoteBook) -> None:
    """One name below one parent shows one object, a folder or a note."""
    book.note(9, name="inner", folder=guid(1))
    reading = book.database.reading()

    assert reading.child(guid(1), "inner") == ("folder", guid(2))
    assert reading.child(guid(1), "inner~00000009") == ("note", guid(9))
    assert reading.place("note", guid(9)) == (guid(1), "inner~00000009")


def test_a_name_is_free_again_when_its_object_goes(book: NoteBook) -> None:
    """Deleted, purged, moved or renamed: the next oldest shows the name at once."""
    deeds: dict[int, Callable[[], object]] = {
        10: lambda: book.delete(10),
        11: lambda: book.purge(11),
        12: lambda: book.edit(12, folder=guid(1)),
        13: lambda: book.edit(13, name="other"),
    }
    for number in (*deeds, 14):
        book.note(number, name="same")
    for number, deed in deeds.items():
        assert book.database.reading().child(None, "same") == ("note", guid(number))
        deed()

    assert book.database.reading().child(None, "same") == ("note", guid(14))
    assert book.database.reading().name_collisions() == []


@pytest.mark.parametrize("name", ["same~0000000a", "same~", "same~x", "~", "", "absent"])
def test_a_name_that_nobody_has_finds_nothing(book: NoteBook, name: str) -> None:
    """A derived name belongs to those whose own name is taken, and to no other."""
    book.note(10, name="same")

    assert book.database.reading().child(None, name) is None


def test_an_object_without_a_name_stands_nowhere(book: NoteBook) -> None:
    """It has its GUID, and no place."""
    book.note(9, name=None)

    assert book.database.reading().place("note", guid(9)) is None
    assert numbers(book, None) == [(1, "top")]


def test_a_type_outside_the_tree_has_no_place(book: NoteBook) -> None:
    """Neither does it stand at the root."""
    loose = TypeSchema(name="loose", fields=(FieldSchema(name="word", kind=Kind.TEXT),))
    book.database.ensure_types([loose])
    with book.database.writing("a") as writing:
        writing.create("loose", guid(9), ["x"], published_us=None)

    assert book.database.reading().place("loose", guid(9)) is None
    assert numbers(book, None) == [(1, "top")]


def test_a_type_with_a_name_and_no_parent_stands_at_the_root(book: NoteBook) -> None:
    """And below nothing."""
    page = TypeSchema(
        name="page", fields=(FieldSchema(name="name", kind=Kind.TEXT),), path_field="name"
    )
    book.database.ensure_types([page])
    with book.database.writing("a") as writing:
        writing.create("page", guid(9), ["about"], published_us=None)
    reading = book.database.reading()

    assert reading.child(None, "about") == ("page", guid(9))
    assert reading.child(guid(1), "about") is None
    assert reading.place("page", guid(9)) == (None, "about")
    assert numbers(book, 1) == [(2, "inner")]


@pytest.mark.parametrize("what", ["deleted", "purged", "of another type", "unknown"])
def test_what_has_lost_its_parent_is_found_at_the_root(book: NoteBook, what: str) -> None:
    """Nothing disappears from the tree with what stood above it (TRE-4)."""
    book.note(9, name="page", folder=guid({"unknown": 77, "of another type": 8}.get(what, 2)))
    book.note(8, name="x")
    if what == "deleted":
        book.delete(2, "folder")
    if what == "purged":
        book.purge(2, "folder")
    reading = book.database.reading()

    assert reading.place("note", guid(9)) == (None, "page")
    assert reading.child(None, "page") == ("note", guid(9))
    assert (9, "page") in numbers(book, None)


def test_what_comes_back_takes_its_children_back(book: NoteBook) -> None:
    """The links were never touched."""
    book.note(9, name="page", folder=guid(2))
    book.delete(2, "folder")
    book.edit(2, "folder", _deleted=0)

    assert book.database.reading().place("note", guid(9)) == (guid(2), "page")
    assert numbers(book, None) == [(1, "top")]


def test_two_nodes_see_one_tree() -> None:
    """Names given to several on both sides settle alike, and are listed (TRE-2, TRE-3)."""
    one, other = notebook("a"), notebook("b")
    one.folder(1, "top")
    exchange(one, other)
    one.note(12, name="same", folder=guid(1))
    other.note(11, name="same", folder=guid(1))
    other.folder(13, "same", 1)
    exchange(one, other)
    readings = [book.database.reading() for book in (one, other)]

    expected = [(guid(1), "same", "note", guid(12)), (guid(1), "same", "folder", guid(13))]
    assert [reading.name_collisions() for reading in readings] == [expected, expected]
    assert numbers(one, 1) == numbers(other, 1)


@pytest.mark.parametrize("at_root", [True, False])
def test_a_name_is_found_by_index(book: NoteBook, at_root: bool) -> None:
    """Every request of a page asks: no table is read through, however large."""
    sql = sqlite_of(book).reading()._naming(at_root)
    bindings = ("x",) if at_root else ("x", guid(1))
    plan = rows_of(sqlite_of(book).reading()._connection, f"EXPLAIN QUERY PLAN {sql}", bindings)

    assert not [row[3] for row in plan if row[3].startswith("SCAN t")]


def test_types_that_join_later_are_asked_too(book: NoteBook) -> None:
    """The kept statement does not outlive a change of the types."""
    assert book.database.reading().child(None, "about") is None
    page = TypeSchema(
        name="page", fields=(FieldSchema(name="name", kind=Kind.TEXT),), path_field="name"
    )
    book.database.ensure_types([FOLDER, NOTE, page])
    with book.database.writing("a") as writing:
        writing.create("page", guid(9), ["about"], published_us=None)

    assert book.database.reading().child(None, "about") == ("page", guid(9))
