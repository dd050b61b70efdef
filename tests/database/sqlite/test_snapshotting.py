"""The whole state as chunks, and a database from them (SNP-1, SNP-5)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import apsw
import pytest
from tests.database.notes import NOTE, NoteBook, exchange, guid
from tests.database.sqlite.openings import connection_of, in_files, notebook, table_of

from skygarth.database.sqlite.snapshotting import REST
from skygarth.model.errors import Damaged
from skygarth.model.query import Matches, Selection
from skygarth.model.schema import FieldSchema, Kind, Stored, TypeSchema

Chunk = tuple[str, int, bytes]


def chunks_of(book: NoteBook, objects_max: int = 100) -> list[Chunk]:
    """All chunks of a notebook."""
    with book.database.replica().view() as view:
        return list(view.chunks(objects_max))


def filled(count: int) -> NoteBook:
    """A notebook with so many published notes."""
    book = notebook()
    with book.database.writing("a") as writing:
        for number in range(1, count + 1):
            values: list[Stored] = [f"n{number}", f"title {number}", "-", 0, None]
            writing.create("note", guid(number), values, published_us=None)
    book.publish()
    return book


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (3, [3]), (4, [3, 1]), (6, [3, 3]), (7, [3, 3, 1])]
)
def test_ranges_follow_each_other(count: int, sizes: list[int]) -> None:
    """Each chunk is as large as it may be, none is empty, and the rest comes last."""
    *objects, rest = chunks_of(filled(count), 3)

    assert sizes == [size for _, size, _ in objects]
    assert rest[:2] == (REST, 0)
    assert len({label for label, _, _ in objects}) == len(objects)


def test_equal_content_gives_equal_chunks() -> None:
    """Nodes at one vector upload the same bytes once (SNP-2)."""
    one, other = filled(5), notebook("b")
    one.send_to(other)

    assert chunks_of(one, 2) == chunks_of(other, 2)


def test_an_unchanged_range_is_an_equal_chunk() -> None:
    """The next snapshot shares what has not changed: only one range and nothing else is new."""
    book = filled(9)
    before = {hashlib.sha256(body).hexdigest() for _, _, body in chunks_of(book, 3)}
    book.edit(8, title="changed")
    book.publish()
    after = [hashlib.sha256(body).hexdigest() for _, _, body in chunks_of(book, 3)]

    assert [digest in before for digest in after] == [True, True, False, True]


def test_a_view_of_a_file_lets_others_write(tmp_path: Path) -> None:
    """Chunks come from one moment while local writes and merges go on."""
    book, other = NoteBook(in_files(tmp_path)), notebook("b")
    book.note(1)
    book.publish()
    other.note(2)
    sent = other.publish()
    assert sent is not None
    with book.database.replica().view() as view:
        before = view.digest()
        book.note(3)
        book.receive(sent)
        counts = [objects for _, objects, _ in view.chunks(10)]
        assert before == view.digest()

    assert counts == [1, 0]
    assert book.database.reading().count(Selection("note")) == 3
    book.database.close()


def test_a_node_killed_between_chunks_goes_on(tmp_path: Path) -> None:
    """What is loaded is known by its tokens; reopening changes nothing about it."""
    source = filled(9)
    book = NoteBook(in_files(tmp_path), "b")
    first, *rest = chunks_of(source, 3)
    book.database.replica().populate(first[2], "first")
    book.database.close()
    book.open()
    assert book.database.replica().populated() == {"first"}
    for label, _, body in rest:
        book.database.replica().populate(body, label)
    book.database.replica().finish_populating({source.writer: 1})

    assert source.digest() == book.digest()
    assert book.database.reading().count(Selection("note", Matches("title"))) == 9
    names = {name for (name,) in table_of(book, "SELECT name FROM sqlite_schema")}
    assert {"g_note", "p_note", "fi_note", "fu_note", "fd_note"} <= names
    book.database.close()


def test_a_chunk_is_loaded_or_it_is_not() -> None:
    """A chunk that turns out bad leaves neither rows nor its token."""
    *_, (label, _, body) = chunks_of(filled(3), 3)[:1]
    connection = apsw.Connection(":memory:")
    connection.deserialize("main", body)
    connection.execute("ALTER TABLE o_note DROP COLUMN title__s")
    book = notebook("b")
    with pytest.raises(Damaged):
        book.database.replica().populate(connection.serialize("main"), label)

    assert book.database.replica().populated() == set()
    assert table_of(book, "SELECT 1 FROM t_note") == []
    book.note(50)
    assert book.database.reading().fetch("note", guid(50)) is not None


def test_types_that_are_not_declared_here_come_along() -> None:
    """A snapshot relays types and fields of a newer application (REP-30)."""
    source, book = filled(1), notebook("b")
    wider = TypeSchema(
        name="note",
        fields=(*NOTE.fields, FieldSchema(name="hue", kind=Kind.TEXT)),
        path_field="name",
    )
    poem = TypeSchema(name="poem", fields=(FieldSchema(name="line", kind=Kind.TEXT, search=True),))
    source.database.ensure_types([wider, poem])
    with source.database.writing("a") as writing:
        writing.create("poem", guid(9), ["roses"], published_us=None)
        writing.edit("note", guid(1), {"hue": "red"})
    source.publish()
    for label, _, body in chunks_of(source):
        book.database.replica().populate(body, label)
    book.database.replica().finish_populating({source.writer: 2})

    assert source.digest() == book.digest()
    assert table_of(book, "SELECT hue FROM t_note") == [("red",)]
    assert book.database.reading().count(Selection("poem", Matches("roses"))) == 1


def test_a_populated_clock_stands_behind_everything() -> None:
    """The greatest stamp of rows and tombstones counts as heard of (CLK-3)."""
    source, other, book = filled(2), notebook("b"), notebook("c")
    exchange(source, other)
    other.ticks += 40
    other.purge(2)
    exchange(source, other)
    for label, _, body in chunks_of(source):
        book.database.replica().populate(body, label)
    book.database.replica().finish_populating({source.writer: 1, other.writer: 1})

    assert source.database.replica().greatest_stamp() == book.database.replica().greatest_stamp()


def test_local_writes_while_populating_are_kept() -> None:
    """A node may be written to before it holds everything; its outbox waits (I1)."""
    source, book = filled(4), notebook("b")
    first, *rest = chunks_of(source, 2)
    book.database.replica().populate(first[2], "first")
    book.note(60, "mine")
    for label, _, body in rest:
        book.database.replica().populate(body, label)
    book.database.replica().finish_populating({source.writer: 1})
    exchange(source, book)

    assert source.digest() == book.digest()
    assert source.shown(60)["title"] == "mine"
    assert connection_of(book).execute("PRAGMA quick_check").fetchall() == [("ok",)]
