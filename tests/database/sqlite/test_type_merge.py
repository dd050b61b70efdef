"""The SQL that merges one type, asked piece by piece on a real image."""

from __future__ import annotations

import pytest
from tests.database.notes import NOTE, NoteBook, Sent, exchange
from tests.database.sqlite.openings import connection_of, notebook, sqlite_of

from skygarth.database.sqlite import image
from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.columns import HEADED_METADATA, Columns
from skygarth.database.sqlite.type_merge import TypeMerge, bit, set_by


@pytest.fixture
def pair() -> tuple[NoteBook, NoteBook]:
    """Two notebooks with one note."""
    one, other = notebook("a"), notebook("b")
    one.note(1, "draft")
    exchange(one, other)
    return one, other


def answer(book: NoteBook, sent: Sent, expression: str, *, whole: bool = False) -> object:
    """What an expression over the image's object and its row gives."""
    columns = Columns.of(NOTE)
    merge = TypeMerge(sqlite_of(book)._catalogue.entry("note"), columns, columns.headed, whole)
    sql = {
        "concurrent": merge.concurrent("title", False),
        "stamp of title": merge.stamp("title"),
        "stamp of body": merge.stamp("body"),
    }[expression]
    connection = connection_of(book)
    with image.attached(connection, sent.image):
        ((found,),) = rows_of(connection, f"SELECT {sql} FROM {merge.both}")
    return found


def test_an_edit_of_what_shows_is_not_concurrent(pair: tuple[NoteBook, NoteBook]) -> None:
    """Its base is the very head that shows here."""
    one, other = pair
    one.edit(1, title="x")
    sent = one.publish()
    assert sent is not None

    assert not answer(other, sent, "concurrent")


def test_an_edit_beside_another_is_concurrent(pair: tuple[NoteBook, NoteBook]) -> None:
    """Neither author had seen the other's (MRG-4)."""
    one, other = pair
    one.edit(1, title="x")
    other.edit(1, title="y")
    sent = one.publish()
    assert sent is not None

    assert answer(other, sent, "concurrent")


def test_a_field_that_an_edit_leaves_alone_has_no_stamp(pair: tuple[NoteBook, NoteBook]) -> None:
    """It says nothing."""
    one, other = pair
    one.edit(1, title="x")
    sent = one.publish()
    assert sent is not None

    assert answer(other, sent, "stamp of title") == sent.stamp
    assert answer(other, sent, "stamp of body") is None


def test_a_creation_says_every_field(pair: tuple[NoteBook, NoteBook]) -> None:
    """With the stamp of its row."""
    one, other = pair
    sent = one.log[0]

    assert answer(other, sent, "stamp of body", whole=True) == sent.stamp
    assert other.row(1) == one.row(1)


def test_the_set_columns_are_those_with_a_stamp_somewhere() -> None:
    """All others cost nothing."""
    columns = Columns.of(NOTE)
    stamps = [b"x" if name in {"title", "_deleted"} else None for name in columns.headed]

    assert set(columns.headed) > set(HEADED_METADATA)
    assert set_by(columns, stamps) == ("_deleted", "title")


def test_marks_of_fields_fit_a_number() -> None:
    """SQLite's integers have 63 bits to use; wide types share some."""
    assert len({bit(index) for index in range(62)}) == 62
    assert bit(62) == bit(0)
    assert max(bit(index) for index in range(1000)) < 2**63
