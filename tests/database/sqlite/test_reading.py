"""Questions to SQLite, beyond what every database must answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.database.notes import NOTE, NoteBook, exchange, guid
from tests.database.sqlite.openings import in_files, notebook, sqlite_of

from skygarth.database.sqlite.asking import rows_of
from skygarth.merging.law import conflict_id
from skygarth.model.errors import NotFound
from skygarth.model.schema import FieldSchema, Kind, Stored, TypeSchema


def in_conflict() -> tuple[NoteBook, NoteBook]:
    """Two notebooks with two notes in conflict."""
    one, other = notebook("a"), notebook("b")
    for number in (1, 2):
        one.note(number)
    exchange(one, other)
    for book in (one, other):
        for number in (1, 2):
            book.edit(number, title=f"{book.letter}{number}", body=book.letter)
    exchange(one, other)
    return one, other


def test_conflicts_of_one_object_are_asked_for_by_its_guid() -> None:
    """Whoever shows a page lists that page's alone."""
    one, _ = in_conflict()
    reading = one.database.reading()

    assert len(reading.conflicts()) == 4
    assert {found.guid for found in reading.conflicts(guid(2))} == {guid(2)}
    assert [found.field for found in reading.conflicts(guid(2))] == ["body", "title"]
    assert reading.conflicts(guid(9)) == []


def test_a_conflict_is_named_by_the_law() -> None:
    """Object, field and stamp give its id, so every node has the same."""
    one, other = in_conflict()
    found = one.listed_conflicts()[0]

    assert found.conflict_id == conflict_id(found.guid, found.field, found.set_aside.stamp)
    assert one.listed_conflicts() == other.listed_conflicts()
    assert found.set_aside.stamp < found.shown.stamp


def test_a_conflict_in_a_field_that_is_not_declared_is_listed() -> None:
    """What an older application cannot show is still not lost (I5)."""
    wider = TypeSchema(
        name="note",
        fields=(*NOTE.fields, FieldSchema(name="hue", kind=Kind.TEXT)),
        path_field="name",
    )
    newer = [NoteBook(notebook().opener, letter, schemas=(wider,)) for letter in "bc"]
    older = notebook("a")
    with newer[0].database.writing("b") as writing:
        values: list[Stored] = ["n", "t", "-", 0, None, "red"]
        writing.create("note", guid(1), values, published_us=None)
    exchange(*newer)
    for book in newer:
        book.edit(1, hue=f"by {book.letter}")
    exchange(*newer, older)

    assert older.conflicts() == [("hue", "by b", "by c")]


def test_a_tie_in_the_feeds_beginning_is_no_gap() -> None:
    """Asking from exactly before the oldest entry is fine; from earlier is not."""
    book = notebook()
    for number in range(1, 5):
        book.note(number)
    book.publish()
    book.database.replica().trim_feed(2)
    reading = book.database.reading()

    assert len(reading.changes(2, 10)) == 2
    with pytest.raises(NotFound):
        reading.changes(1, 10)


def test_a_type_that_another_process_added_has_a_name_in_the_feed(tmp_path: Path) -> None:
    """The feed meets a number it does not know, and looks again."""
    mine, theirs = NoteBook(in_files(tmp_path)), NoteBook(in_files(tmp_path))
    poem = TypeSchema(name="poem", fields=(FieldSchema(name="line", kind=Kind.TEXT),))
    theirs.database.ensure_types([poem])
    with theirs.database.writing("a") as writing:
        writing.create("poem", guid(1), ["roses"], published_us=None)

    assert [entry.type_name for entry in mine.database.reading().changes(0, 10)] == ["poem"]
    mine.database.close()
    theirs.database.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM t_note WHERE guid = x'00' AND _deleted = 0",
        "SELECT 1 FROM tombstone WHERE guid = x'00'",
        "SELECT 1 FROM change WHERE sequence > 5 ORDER BY sequence LIMIT 10",
    ],
)
def test_a_point_read_goes_by_index(sql: str) -> None:
    """No question of every request reads a table through."""
    connection = sqlite_of(notebook())._connection
    plan = [row[3] for row in rows_of(connection, f"EXPLAIN QUERY PLAN {sql}")]

    assert all(step.startswith("SEARCH") for step in plan), plan
