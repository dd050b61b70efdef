"""The face of the database that replication uses."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
from tests.database.notes import NoteBook, exchange, guid, incarnation
from tests.database.sqlite.openings import connection_of, in_files, notebook, table_of

from skygarth.model.position import Position
from skygarth.model.query import Selection


def test_a_fresh_database_stands_at_nothing() -> None:
    """No log is applied, nothing waits, nothing is refused."""
    replica = notebook().database.replica()

    assert replica.vector() == {}
    assert replica.unpublished() == (0, 0)
    assert replica.quarantined() == {}
    assert replica.populated() == set()
    assert replica.greatest_stamp() == b""
    assert replica.identity().sequence == 0


def test_a_merge_keeps_the_outbox_short() -> None:
    """While nothing local waits, imported entries count as looked through."""
    one, other = notebook("a"), notebook("b")
    for number in range(1, 6):
        one.note(number)
    one.send_to(other)
    assert other.database.replica().published_through() == 5
    other.note(9)
    one.note(6)
    one.send_to(other)

    assert other.database.replica().published_through() == 5
    assert other.database.replica().unpublished() == (1, 6)


def test_the_image_is_gone_after_each_deed() -> None:
    """Packing, merging and viewing leave no attached database behind."""
    one, other = notebook("a"), notebook("b")
    one.note(1)
    exchange(one, other)
    with one.database.replica().view() as view:
        list(view.chunks(10))

    for book in (one, other):
        attached = {row[1] for row in table_of(book, "PRAGMA database_list")}
        assert "main" in attached
        assert "seg" not in attached


def test_a_segment_out_of_its_logs_order_is_our_mistake() -> None:
    """The replicator sees to the order; the database insists."""
    one, other = notebook("a"), notebook("b")
    for number in (1, 2):
        one.note(number)
        one.publish()
    with pytest.raises(AssertionError):
        other.receive(one.log[1])

    assert other.database.replica().vector() == {}
    other.receive(one.log[0])
    other.receive(one.log[1])
    assert other.database.replica().vector() == {one.writer: 2}


def test_merges_and_local_writes_take_turns(tmp_path: Path) -> None:
    """Threads that write while another merges lose nothing and wait for nothing long."""
    source = notebook("a")
    for number in range(1, 31):
        source.note(number)
        source.publish()
    book = NoteBook(in_files(tmp_path), "b")
    faults: list[BaseException] = []

    def write() -> None:
        try:
            for number in range(100, 130):
                book.note(number)
        except BaseException as fault:  # noqa: BLE001 - told to the test
            faults.append(fault)

    thread = Thread(target=write)
    thread.start()
    for sent in source.log:
        book.database.replica().merge(sent.position, sent.image, digest=sent.digest)
    thread.join(30)

    assert faults == []
    assert book.database.reading().count(Selection("note")) == 60
    assert book.database.replica().unpublished()[0] == 30
    assert connection_of(book).execute("PRAGMA quick_check").fetchall() == [("ok",)]
    book.database.close()


def test_a_snapshots_vector_never_takes_a_log_back() -> None:
    """Loading an older snapshot than what is applied leaves each log where it stands."""
    one, other = notebook("a"), notebook("b")
    one.note(1)
    exchange(one, other)
    one.note(2)
    exchange(one, other)
    other.database.replica().finish_populating({one.writer: 1, incarnation("z"): 4})

    assert other.database.replica().vector() == {one.writer: 2, incarnation("z"): 4}


def test_a_chain_goes_on_behind_a_snapshot() -> None:
    """The digest of the last segment inside a snapshot is not known, so the next one is taken."""
    one, other = notebook("a"), notebook("b")
    one.note(1)
    one.publish()
    with one.database.replica().view() as view:
        for label, _, body in view.chunks(10):
            other.database.replica().populate(body, label)
    other.database.replica().finish_populating({one.writer: 1})
    one.note(2)
    one.publish()
    other.receive(one.log[1])

    assert other.database.reading().fetch("note", guid(2)) is not None


def test_a_refusal_replaces_an_earlier_one() -> None:
    """The newest reason counts."""
    replica = notebook().database.replica()
    replica.quarantine(Position(incarnation("z"), 3), "SG-A", "first")
    replica.quarantine(Position(incarnation("z"), 2), "SG-B", "second")

    assert replica.quarantined() == {incarnation("z"): (2, "SG-B", "second")}
    assert replica.vector() == {}
