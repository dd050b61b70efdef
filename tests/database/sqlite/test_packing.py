"""From the outbox to an image."""

from __future__ import annotations

from dataclasses import dataclass

import apsw
import pytest
from tests.database.notes import BEGIN_MS, NoteBook, exchange, guid
from tests.database.sqlite.openings import connection_of, notebook

from skygarth.database.sqlite.packing import OutboxRange, choose_range
from skygarth.model.schema import Stored, schema_hash
from skygarth.model.stamp import make_stamp


@dataclass(frozen=True)
class Image:
    """A packed image, opened."""

    connection: apsw.Connection

    def __call__(self, sql: str) -> list[tuple[object, ...]]:
        """All rows that a statement answers."""
        return self.connection.execute(sql).fetchall()


@pytest.fixture
def book() -> NoteBook:
    """A notebook."""
    return notebook()


def packed(book: NoteBook) -> Image:
    """The next segment's image."""
    found = book.database.replica().pack(1000)
    assert found is not None
    connection = apsw.Connection(":memory:")
    connection.deserialize("main", found.image)
    return Image(connection)


def stamp(ticks: int, letter: str = "a") -> bytes:
    """The stamp that a notebook gives at a tick."""
    return make_stamp(BEGIN_MS + ticks, 0, letter.encode() * 16)


def test_a_created_object_goes_as_it_stands(book: NoteBook) -> None:
    """Edits that followed unpublished are in the row; nothing of them goes apart."""
    book.note(1, "draft", views=1)
    book.edit(1, title="final", views=4)

    image = packed(book)
    assert image("SELECT whole, title, title__s, views, _revision FROM o_note") == [
        (1, "final", stamp(2), 5, 2)
    ]
    assert image("SELECT * FROM head") == image("SELECT * FROM base") == []


def test_an_edited_object_goes_by_the_fields_that_changed(book: NoteBook) -> None:
    """Other fields have no stamp: they say nothing."""
    book.note(1, "draft")
    book.publish()
    book.edit(1, title="x")

    assert packed(book)(
        "SELECT whole, title, title__s, title__b, body__s, views, _revision FROM o_note"
    ) == [(0, "x", stamp(2), stamp(1), None, None, 1)]


def test_unpublished_edits_of_a_field_fold_into_one(book: NoteBook) -> None:
    """The last value, the first base; revisions and amounts add up."""
    book.note(1)
    book.publish()
    for title in "xyz":
        book.edit(1, title=title, views=2)

    assert packed(book)(
        "SELECT title, title__s, title__b, views, _revision, _revised FROM o_note"
    ) == [("z", stamp(4), stamp(1), 6, 3, (BEGIN_MS + 4) * 1000)]


def test_who_only_counts_revises_nothing(book: NoteBook) -> None:
    """The image carries the difference alone."""
    book.note(1)
    book.publish()
    book.edit(1, views=7)

    assert packed(book)("SELECT views, _deleted__s, coalesce(_revision, 0) FROM o_note") == [
        (7, None, 0)
    ]


def test_an_edit_outdone_by_an_import_goes_with_its_own_value(book: NoteBook) -> None:
    """What shows meanwhile is not what this node wrote (MRG-10)."""
    other = notebook("b")
    book.note(1, "draft")
    exchange(book, other)
    book.edit(1, title="mine")
    other.ticks += 5
    with other.database.writing("bea") as writing:
        writing.edit("note", guid(1), {"title": "theirs"})
    other.send_to(book)

    assert packed(book)("SELECT title, title__s, _revisor FROM o_note") == [("mine", stamp(2), "a")]


def test_further_bases_go_along(book: NoteBook) -> None:
    """A settlement of three heads names all three."""
    others = [notebook(letter) for letter in "bc"]
    book.note(1)
    exchange(book, *others)
    for each in (book, *others):
        each.edit(1, title=f"by {each.letter}")
    exchange(book, *others)
    book.settle(1, "title", "settled")

    image = packed(book)
    named = image("SELECT base FROM base") + image("SELECT title__b FROM o_note")
    assert set(named) == {(stamp(2, letter),) for letter in "abc"}


def test_a_purge_goes_as_a_tombstone(book: NoteBook) -> None:
    """With the type it was of, since the reader may never have held it."""
    book.note(1)
    book.publish()
    book.edit(1, title="x")
    book.purge(1)

    image = packed(book)
    assert image("SELECT type, guid, stamp FROM purge") == [("note", guid(1), stamp(3))]


def test_what_was_imported_is_not_sent_back(book: NoteBook) -> None:
    """An outbox holds local changes alone."""
    other = notebook("b")
    other.note(1)
    other.send_to(book)
    book.note(2)

    assert packed(book)("SELECT guid FROM o_note") == [(guid(2),)]
    book.publish()
    assert book.pack() is None


def test_the_packed_facts_bound_what_is_inside(book: NoteBook) -> None:
    """Range of stamps, number of objects, schema and the feed's sequence."""
    book.note(1)
    book.note(2)
    book.publish()
    book.edit(1, title="x")
    book.edit(2, views=1)
    book.note(3)
    found = book.database.replica().pack(1000)

    assert found is not None
    assert (found.objects, found.through) == (3, 5)
    assert (found.stamp_min, found.stamp_max) == (stamp(3), stamp(5))
    assert found.schema == schema_hash((book.database.types()["note"],))


def test_only_types_that_occur_travel(book: NoteBook) -> None:
    """A folder's schema is not in a segment of notes."""
    book.note(1)

    assert packed(book)("SELECT name FROM schema") == [("note",)]


def test_objects_that_others_purged_are_left_out(book: NoteBook) -> None:
    """An unpublished edit of what is gone has nothing left to say; the outbox empties."""
    other = notebook("b")
    book.note(1)
    exchange(book, other)
    book.edit(1, title="x")
    other.purge(1)
    other.send_to(book)

    assert book.database.replica().pack(10) is None
    assert book.database.replica().unpublished() == (0, 0)


@pytest.mark.parametrize(
    ("objects_max", "through"), [(1, 1), (2, 3), (3, 3), (4, 6), (5, 6), (6, 6), (100, 6)]
)
def test_a_range_ends_behind_a_changeset(book: NoteBook, objects_max: int, through: int) -> None:
    """Transactions of one, two and three objects: never cut within."""
    for numbers in ([1], [2, 3], [4, 5, 6]):
        with book.database.writing("a") as writing:
            for number in numbers:
                values: list[Stored] = [f"n{number}", "", "-", 0, None]
                writing.create("note", guid(number), values, published_us=None)

    assert choose_range(connection_of(book), 0, objects_max) == OutboxRange(0, through)


def test_a_range_takes_an_objects_later_changes_along(book: NoteBook) -> None:
    """A segment holds current values, so what changed again belongs to it."""
    book.note(1)
    book.note(2)
    book.edit(1, title="x")
    book.note(3)

    assert choose_range(connection_of(book), 0, 1) == OutboxRange(0, 3)


def test_an_empty_outbox_has_no_range(book: NoteBook) -> None:
    """Nor has one behind its last change."""
    assert choose_range(connection_of(book), 0, 10) is None
    book.note(1)
    assert choose_range(connection_of(book), 1, 10) is None
