"""One SQLite database: its transactions, threads, processes, and the disk beneath it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import apsw
import pytest
from tests.database.notes import NOTE, NoteBook, guid
from tests.database.sqlite.openings import connection_of, in_files, notebook, sqlite_of

from skygarth.database.sqlite.connection import open_connection
from skygarth.database.sqlite.database import SqliteDatabase
from skygarth.database.sqlite.tables import LAYOUT_VERSION
from skygarth.model.errors import Damaged, Invalid, NotFound, Unavailable, Unsupported
from skygarth.model.position import Position
from skygarth.model.query import Selection
from skygarth.model.schema import FieldSchema, Kind, TypeSchema
from skygarth.model.stamp import Stamp, make_stamp

KILLED_WHILE_WRITING = """
import os, sys
from pathlib import Path
from tests.database.notes import NoteBook, guid
from tests.database.sqlite.openings import in_files
book = NoteBook(in_files(Path(sys.argv[1])))
for number in range(1, 6):
    book.note(number, "committed")
with book.database.writing("a") as writing:
    for number in range(6, 300):
        values = [f"n{number}", "x" * 9000, "-", 0, None]
        writing.create("note", guid(number), values, published_us=None)
    writing.edit("note", guid(1), {"title": "half"})
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def book(tmp_path: Path) -> NoteBook:
    """A notebook in a file."""
    return NoteBook(in_files(tmp_path))


def opened(path: Path) -> SqliteDatabase:
    """A database by its path."""
    return SqliteDatabase(path, stamp=lambda: make_stamp(1, 0, b"a" * 16), now_us=lambda: 1)


def test_kill_9_in_a_transaction_leaves_what_was_committed(tmp_path: Path) -> None:
    """Nothing committed is lost, nothing half done stays, and the file is intact (I4)."""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", KILLED_WHILE_WRITING, str(tmp_path)]
    killed = subprocess.run(command, cwd=root, timeout=60, check=False)
    assert killed.returncode == -9
    book = NoteBook(in_files(tmp_path))

    assert book.database.reading().count(Selection("note")) == 5
    assert book.shown(1)["title"] == "committed"
    assert book.database.replica().unpublished()[0] == 5


def test_a_damaged_file_is_refused_at_the_start(book: NoteBook, tmp_path: Path) -> None:
    """The integrity check of the start finds a page of noise."""
    for number in range(1, 200):
        book.note(number, "x" * 100)
    book.database.close()
    path = tmp_path / "a.db"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 4096 // 2 * 4096)
        file.write(b"\xaa" * 4096)

    with pytest.raises(Damaged) as refused:
        opened(path)
    assert refused.value.code in {"SG-DATABASE-002", "SG-DATABASE-003"}
    assert "fills a new one" in refused.value.hint


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    """Its layout may mean something that this version does not know."""
    path = tmp_path / "a.db"
    opened(path).close()
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA user_version = {LAYOUT_VERSION + 1}")
    connection.close()
    with pytest.raises(Unsupported) as refused:
        opened(path)

    assert refused.value.code == "SG-DATABASE-004"


def test_opening_writes_nothing_the_second_time(book: NoteBook, tmp_path: Path) -> None:
    """Another process that opens the file is not taken for one that commits."""
    book.database.changed_by_neighbours()
    opened(tmp_path / "a.db").close()

    assert not book.database.changed_by_neighbours()


def test_each_thread_reads_for_itself(book: NoteBook) -> None:
    """Readers of different threads use different connections, none of which can write."""
    readings = [book.database.reading()]
    thread = Thread(target=lambda: readings.append(book.database.reading()))
    thread.start()
    thread.join(10)
    mine, other = readings

    assert mine is book.database.reading()
    assert mine is not other
    with pytest.raises(apsw.ReadOnlyError):
        sqlite_of(book).reading()._connection.execute("DELETE FROM change")


def test_transactions_of_two_threads_take_turns(book: NoteBook) -> None:
    """The second waits until the first has ended, and both are kept."""
    begun, order = Event(), ["first begins"]

    def second() -> None:
        begun.set()
        with book.database.writing("b") as writing:
            order.append("second runs")
            writing.create("note", guid(2), ["n2", "", "-", 0, None], published_us=None)

    thread = Thread(target=second)
    with book.database.writing("a") as writing:
        thread.start()
        begun.wait(10)
        writing.create("note", guid(1), ["n1", "", "-", 0, None], published_us=None)
        order.append("first ends")
    thread.join(10)

    assert order == ["first begins", "first ends", "second runs"]
    assert book.database.reading().count(Selection("note")) == 2


def test_each_thread_learns_what_its_own_transaction_did(book: NoteBook) -> None:
    """`committed` answers the thread that wrote, whoever wrote since."""
    first = book.note(1)
    thread = Thread(target=lambda: book.note(2))
    thread.start()
    thread.join(10)

    assert first.sequence == 1
    with book.database.writing("a") as writing:
        writing.edit("note", guid(1), {"title": "x"})
    assert book.database.committed(writing).sequence == 3


def test_a_process_stamps_behind_its_neighbours(tmp_path: Path) -> None:
    """Before a stamp is given, a commit of another process is observed (CLK-3)."""
    observed: list[bytes] = []

    def database(letter: str) -> SqliteDatabase:
        def stamp() -> Stamp:
            return make_stamp(5 if letter == "b" else 4, 0, letter.encode() * 16)

        found = SqliteDatabase(
            tmp_path / "a.db", stamp=stamp, now_us=lambda: 1, observe=observed.append
        )
        found.ensure_types([NOTE])
        return found

    mine, neighbour = database("a"), database("b")
    with neighbour.writing("b") as writing:
        writing.create("note", guid(1), ["n", "", "-", 0, None], published_us=None)
    observed.clear()
    with mine.writing("a"):
        pass
    with mine.writing("a"):
        pass

    assert observed == [make_stamp(5, 0, b"b" * 16)]
    mine.close()
    neighbour.close()


def test_a_file_that_a_neighbour_keeps_is_told(book: NoteBook, tmp_path: Path) -> None:
    """Whoever holds the lock too long, the others say so and can go on afterwards."""
    connection_of(book).set_busy_timeout(10)
    neighbour = open_connection(tmp_path / "a.db")
    neighbour.execute("BEGIN IMMEDIATE")
    for deed in (lambda: book.note(1), lambda: book.database.ensure_types([NOTE])):
        with pytest.raises(Unavailable) as refused:
            deed()
        assert refused.value.code == "SG-DATABASE-005"
    neighbour.execute("ROLLBACK")
    neighbour.close()
    book.note(1)

    assert book.shown(1)["name"] == "n1"


def _fill_up(book: NoteBook) -> Callable[[], None]:
    """Let the file grow no further, as on a full disk; what makes room again."""
    connection = connection_of(book)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    connection.execute(f"PRAGMA max_page_count = {pages}")

    def make_room() -> None:
        connection.execute("PRAGMA max_page_count = 1000000")

    return make_room


def test_a_full_disk_is_told_and_survived(book: NoteBook) -> None:
    """The write is refused with a way out, reads go on, and writes too once there is room."""
    book.note(1, "before")
    make_room = _fill_up(book)
    with pytest.raises(Unavailable) as refused:
        book.note(2, "x" * 100_000)

    assert refused.value.code == "SG-DATABASE-005"
    assert "full" in refused.value.message
    assert book.shown(1)["title"] == "before"
    make_room()
    book.note(2, "x" * 100_000)
    assert book.database.reading().count(Selection("note")) == 2


def test_a_merge_that_meets_a_full_disk_is_tried_again(book: NoteBook) -> None:
    """Neither half a segment nor its types stay behind; the second try succeeds (MRG-5)."""
    other = notebook("b")
    poem = TypeSchema(name="poem", fields=(FieldSchema(name="line", kind=Kind.TEXT),))
    other.database.ensure_types([poem])
    with other.database.writing("b") as writing:
        writing.create("poem", guid(1), ["x" * 100_000], published_us=None)
    other.note(2, "x" * 100_000)
    sent = other.publish()
    assert sent is not None
    make_room = _fill_up(book)
    with pytest.raises(Unavailable) as refused:
        book.receive(sent)

    assert refused.value.code == "SG-DATABASE-005"
    assert "poem" not in book.database.types()
    assert book.database.reading().locate(guid(1)) is None
    assert book.database.replica().vector() == {}
    make_room()
    book.receive(sent)
    assert book.database.reading().locate(guid(1)) == "poem"


def test_a_refused_segment_takes_its_types_along(book: NoteBook) -> None:
    """Questions over all types do not stumble over one whose table was rolled back."""
    other = notebook("b")
    poem = TypeSchema(name="poem", fields=(FieldSchema(name="line", kind=Kind.TEXT),))
    other.note(1)
    other.publish()
    other.database.ensure_types([poem])
    with other.database.writing("b") as writing:
        writing.create("poem", guid(2), ["roses"], published_us=None)
        writing.edit("note", guid(1), {"title": "x"})
    sent = other.publish()
    assert sent is not None
    with pytest.raises(Damaged):
        book.database.replica().merge(Position(other.writer, 1), sent.image)

    assert set(book.database.types()) == {"folder", "note"}
    assert book.database.reading().locate(guid(2)) is None
    assert book.database.reading().conflicts() == []


def test_an_image_gives_a_database_in_memory_its_beginning(book: NoteBook) -> None:
    """Every committed row is in it, the outbox too."""
    book.note(1, "copied")
    copy = SqliteDatabase(
        ":memory:", stamp=book._stamp, now_us=book.now_us, image=sqlite_of(book).image()
    )

    assert copy.types()["note"] == NOTE
    assert copy.reading().fetch("note", guid(1)) == book.database.reading().fetch("note", guid(1))
    assert copy.replica().unpublished() == (1, 1)


def test_closing_folds_the_log_into_the_file(book: NoteBook, tmp_path: Path) -> None:
    """A stopped node's folder can be copied: one file holds everything."""
    book.note(1)
    book.database.reading().change_head()
    book.database.close()

    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


@pytest.mark.parametrize("fault", [NotFound("x"), Invalid("x"), KeyboardInterrupt()])
def test_whatever_ends_a_transaction_frees_the_next(book: NoteBook, fault: BaseException) -> None:
    """Neither the lock nor an open transaction is left behind."""

    def fail() -> None:
        with book.database.writing("a"):
            raise fault

    with pytest.raises(type(fault)):
        fail()
    thread = Thread(target=lambda: book.note(1))
    thread.start()
    thread.join(10)

    assert book.shown(1)["name"] == "n1"


def test_exclusive_keeps_other_threads_from_writing(book: NoteBook) -> None:
    """A new identity is taken while nobody stamps (REP-21)."""
    done = Event()

    def write() -> None:
        book.note(1)
        done.set()

    thread = Thread(target=write)
    with book.database.exclusive():
        thread.start()
        assert not done.wait(0.05)
    thread.join(10)

    assert done.is_set()
