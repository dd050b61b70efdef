"""Opening SQLite files, whole ones and others."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.connection import check_integrity, open_connection
from skygarth.model.errors import Damaged, Unavailable


def filled(path: Path) -> None:
    """Make a database of some hundred pages."""
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE t(a, b); CREATE INDEX i ON t(b)")
    with connection:
        connection.executemany("INSERT INTO t VALUES(?, ?)", [(n, "x" * 300) for n in range(1000)])
    connection.close()


def test_readers_and_a_writer_get_along(tmp_path: Path) -> None:
    """A reader goes on reading what was committed while a transaction writes."""
    writer, reader = (open_connection(tmp_path / "a.db") for _ in range(2))
    writer.execute("CREATE TABLE t(n)")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO t VALUES(1)")

    assert rows_of(reader, "PRAGMA journal_mode") == [("wal",)]
    assert rows_of(reader, "SELECT * FROM t") == []
    writer.execute("COMMIT")
    assert rows_of(reader, "SELECT * FROM t") == [(1,)]
    reader.close()
    writer.close()


def test_no_schema_is_trusted(tmp_path: Path) -> None:
    """SQL cannot rewrite the schema, and a word in double quotes is a name, never a text."""
    connection = open_connection(tmp_path / "a.db")
    connection.execute("CREATE TABLE t(n)")

    for statement in (
        "UPDATE sqlite_schema SET sql = 'x'",
        "PRAGMA writable_schema=ON; DELETE FROM sqlite_schema",
        'SELECT "no column"',
        'CREATE INDEX i ON t("no column")',
    ):
        with pytest.raises(apsw.SQLError):
            connection.execute(statement)
    connection.close()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The error names the path and a way out."""
    with pytest.raises(Unavailable) as refused:
        open_connection(tmp_path / "absent" / "a.db")

    assert refused.value.code == "SG-DATABASE-001"
    assert "absent" in refused.value.message
    assert refused.value.hint


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """Whatever overwrote it, the node does not touch it further."""
    path = tmp_path / "a.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(Damaged) as refused:
        open_connection(path)

    assert refused.value.code == "SG-DATABASE-002"
    assert path.read_bytes() == b"not a database at all" * 100


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    """It has nothing that could be lost."""
    (tmp_path / "a.db").touch()
    connection = open_connection(tmp_path / "a.db")
    check_integrity(connection, "a.db")
    connection.close()


@pytest.mark.parametrize("page", [1, 2, 40])
def test_damage_is_found_before_anything_is_built_upon_it(tmp_path: Path, page: int) -> None:
    """A page of noise anywhere, and the start says which file and what is wrong."""
    path = tmp_path / "a.db"
    filled(path)
    with path.open("r+b") as file:
        file.seek(page * 4096)
        file.write(bytes(range(256)) * 16)
    connection = open_connection(path)
    with pytest.raises(Damaged) as refused:
        check_integrity(connection, path)

    assert refused.value.code == "SG-DATABASE-003"
    assert str(path) in refused.value.message
    connection.close()


def test_a_truncated_file_is_found(tmp_path: Path) -> None:
    """Half a database is no database."""
    path = tmp_path / "a.db"
    filled(path)
    with path.open("r+b") as file:
        file.truncate(40_000)
    with pytest.raises(Damaged) as refused:
        check_integrity(open_connection(path), path)

    assert refused.value.code in {"SG-DATABASE-002", "SG-DATABASE-003"}


def test_a_whole_database_passes(tmp_path: Path) -> None:
    """Nothing is said of an intact file."""
    filled(tmp_path / "a.db")
    connection = open_connection(tmp_path / "a.db")
    check_integrity(connection, tmp_path / "a.db")
    connection.close()
