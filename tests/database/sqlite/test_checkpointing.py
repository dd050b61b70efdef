"""The write-ahead log is folded into the file beside the commits, and stays bounded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from tests.waiting import wait_until

from skygarth.database.sqlite import checkpointing
from skygarth.database.sqlite.checkpointing import Checkpointer
from skygarth.database.sqlite.connection import open_connection

PAGE = 4096


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[apsw.Connection]:
    """A connection whose log is folded after 20 pages, and by itself at 80."""
    monkeypatch.setattr(checkpointing, "CHECKPOINT_PAGES", 20)
    monkeypatch.setattr(checkpointing, "LOG_PAGES_MAX", 80)
    connection = open_connection(tmp_path / "a.db")
    connection.execute("CREATE TABLE t(body)")
    checkpointer = Checkpointer(str(tmp_path / "a.db"))
    checkpointer.watch(connection)
    yield connection
    checkpointer.stop()
    connection.close()


def write(connection: apsw.Connection, pages: int) -> None:
    """One transaction over about this many pages."""
    connection.execute("INSERT INTO t VALUES(randomblob(?))", (pages * PAGE,))


def test_a_long_log_is_folded_by_a_thread(writer: apsw.Connection, tmp_path: Path) -> None:
    """What was committed reaches the file although no commit copies it."""
    write(writer, 40)

    wait_until(lambda: (tmp_path / "a.db").stat().st_size > 40 * PAGE, "the log in the file")
    assert writer.execute("SELECT length(body) FROM t").fetchall() == [(40 * PAGE,)]


def test_a_short_log_is_left_alone(writer: apsw.Connection, tmp_path: Path) -> None:
    """Below the limit there is no thread and no copying."""
    write(writer, 5)

    assert (tmp_path / "a.db").stat().st_size < 5 * PAGE


def test_a_log_that_is_written_without_a_pause_stays_bounded(
    writer: apsw.Connection, tmp_path: Path
) -> None:
    """Far over the limit a commit folds by itself, and the next begins the log anew."""
    for _ in range(50):
        write(writer, 30)

    assert (tmp_path / "a.db-wal").stat().st_size < 200 * PAGE


def test_a_reader_that_holds_the_log_open_loses_nothing(
    writer: apsw.Connection, tmp_path: Path
) -> None:
    """What a reader still needs is not folded over; it goes on seeing what it saw."""
    reader = open_connection(tmp_path / "a.db")
    write(writer, 1)
    with reader:
        before = reader.execute("SELECT count(*) FROM t").fetchall()
        for _ in range(10):
            write(writer, 30)
        during = reader.execute("SELECT count(*) FROM t").fetchall()
    after = reader.execute("SELECT count(*) FROM t").fetchall()
    reader.close()

    assert before == during == [(1,)]
    assert after == [(11,)]
