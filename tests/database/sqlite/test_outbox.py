"""What is unpublished, and under whose name."""

from __future__ import annotations

import itertools
import threading

import pytest
from tests.database.notes import BEGIN_MS, NoteBook, exchange, guid, incarnation
from tests.database.sqlite.openings import notebook, table_of

from skygarth.model.position import Position
from skygarth.model.stamp import make_stamp, stamp_time, stamp_writer


@pytest.fixture
def book() -> NoteBook:
    """A notebook with something of every kind unpublished, and something published."""
    book = notebook()
    for number in (1, 2, 3):
        book.note(number, "published")
    book.publish()
    book.edit(1, title="edited")
    book.edit(2, views=4)
    book.note(4, "new")
    book.edit(4, title="newer")
    book.purge(3)
    return book


def stamps(book: NoteBook) -> set[bytes]:
    """Every stamp that stands anywhere in the database."""
    found = table_of(
        book,
        "SELECT _stamp FROM t_note UNION SELECT title__s FROM t_note UNION"
        " SELECT _deleted__s FROM t_note UNION SELECT stamp FROM edit UNION SELECT base FROM edit"
        " UNION SELECT stamp FROM tombstone UNION SELECT stamp FROM aside",
    )
    return {stamp for (stamp,) in found if isinstance(stamp, bytes)}


def test_it_counts_changes_by_object_and_changeset(book: NoteBook) -> None:
    """And tells the feed's sequence of the last."""
    assert book.database.replica().unpublished() == (5, 8)
    assert book.database.replica().published_through() == 3


def test_publishing_a_part_leaves_the_rest(book: NoteBook) -> None:
    """Outbox rows through the segment's sequence go, later ones stay."""
    position = Position(book.writer, 2)
    book.database.replica().published(position, "digest", 5)

    assert book.database.replica().unpublished() == (3, 8)
    assert table_of(book, "SELECT min(change) FROM edit") == [(7,)]


def test_an_own_log_has_no_gaps(book: NoteBook) -> None:
    """Marking another slot than the next is our mistake."""
    with pytest.raises(AssertionError):
        book.database.replica().published(Position(book.writer, 3), "digest", 5)


def test_a_new_writer_signs_what_is_unpublished(book: NoteBook) -> None:
    """The same times, another writer; what is published keeps its stamps (REP-21)."""
    before = stamps(book)
    renamed = incarnation("z")
    book.database.replica().take_incarnation(renamed, "elsewhere")
    after = stamps(book)
    mine, theirs = bytes.fromhex(book.writer)[:8], bytes.fromhex(renamed)[:8]

    assert {stamp_time(stamp) for stamp in before} == {stamp_time(stamp) for stamp in after}
    for stamp in after:
        is_published = stamp_time(stamp)[0] <= BEGIN_MS + 3
        assert stamp_writer(stamp) == (mine if is_published else theirs)


def test_bases_among_what_is_unpublished_follow(book: NoteBook) -> None:
    """An edit of an unpublished value names it by its new stamp, and the reader agrees."""
    other = notebook("b")
    book.send_to(other)
    book.edit(1, title="x")
    book.edit(1, title="y")
    book.database.replica().take_incarnation(incarnation("z"), "elsewhere")
    book.writer, book.log = incarnation("z"), []
    exchange(book, other)

    assert other.conflicts() == book.conflicts() == []
    assert book.digest() == other.digest()


def test_a_wrong_clock_is_forgotten_with_the_identity(book: NoteBook) -> None:
    """With new times, in the same order, for everything unpublished."""
    ticks = itertools.count(BEGIN_MS - 1_000)
    order = (
        "SELECT title FROM t_note WHERE title <> 'published' ORDER BY coalesce(title__s, _stamp)"
    )
    before = table_of(book, order)
    book.database.replica().take_incarnation(
        incarnation("z"), "here", lambda: make_stamp(next(ticks), 0, b"z" * 16)
    )

    unpublished = [s for s in stamps(book) if stamp_writer(s) == b"z" * 8]
    assert len(unpublished) == 5
    assert all(stamp_time(stamp)[0] < BEGIN_MS for stamp in unpublished)
    assert before == table_of(book, order) == [("edited",), ("newer",)]


def test_a_new_identity_begins_its_log(book: NoteBook) -> None:
    """Sequence 0, no digest, no attempts; the old log stays in the vector as a peer's."""
    replica = book.database.replica()
    replica.attempt(Position(book.writer, 2), "tried", 8)
    replica.take_incarnation(incarnation("z"), "elsewhere")
    identity = replica.identity()

    assert (identity.incarnation, identity.sequence, identity.digest) == (incarnation("z"), 0, "")
    assert replica.attempts(Position(book.writer, 2)) == {}
    assert replica.vector() == {book.writer: 1}
    assert replica.unpublished() == (5, 8)


def test_a_feed_is_trimmed_from_its_beginning(book: NoteBook) -> None:
    """All but the last entries go, and never an unpublished one."""
    book.database.replica().trim_feed(100)
    assert table_of(book, "SELECT count(*) FROM change") == [(8,)]
    book.database.replica().trim_feed(1)

    assert table_of(book, "SELECT min(sequence) FROM change") == [(4,)]


def test_a_trimmed_feed_does_not_count_from_1_again() -> None:
    """Sequences grow for ever: readers elsewhere remember where they were."""
    book = notebook()
    book.note(1)
    book.note(2)
    book.publish()
    with pytest.raises(AssertionError):
        book.database.replica().trim_feed(0)
    book.database.replica().trim_feed(1)
    committed = book.note(3)

    assert committed.sequence == 3
    assert book.database.replica().unpublished() == (1, 3)
    assert book.pack() is not None


@pytest.mark.parametrize("deed", ["note", "edit", "purge", "delete"])
def test_every_local_change_moves_the_greatest_stamp(deed: str) -> None:
    """A restarted clock stands behind all of them (CLK-3)."""
    book = notebook()
    book.note(1)
    book.publish()
    match deed:
        case "note":
            book.note(2)
        case "edit":
            book.edit(1, title="x")
        case "purge":
            book.purge(1)
        case _:
            book.delete(1)
    greatest = make_stamp(BEGIN_MS + 2, 0, b"a" * 16)

    assert greatest == book.database.replica().greatest_stamp()
    book.publish()
    assert greatest == book.database.replica().greatest_stamp()
    assert book.database.reading().locate(guid(2)) == ("note" if deed == "note" else None)


def test_what_another_thread_has_not_committed_is_not_counted(book: NoteBook) -> None:
    """Who asks while a transaction runs waits for its end, and hears what became of it."""
    replica = book.database.replica()
    counted: list[tuple[int, int]] = []
    asking = threading.Thread(target=lambda: counted.append(replica.unpublished()))

    with book.database.writing("me") as writing:
        writing.edit("note", guid(1), {"title": "anew"})
        asking.start()
        asking.join(0.05)
        counted_early = list(counted)
    asking.join()

    assert counted_early == []
    assert counted == [(6, 9)]
