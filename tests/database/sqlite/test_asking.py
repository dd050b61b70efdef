"""Answers of statements."""

from __future__ import annotations

import apsw
import pytest

from skygarth.database.sqlite.asking import exists, number, rows_of


@pytest.fixture
def connection() -> apsw.Connection:
    """A table with a number and a null."""
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE t(n); INSERT INTO t VALUES(7), (NULL)")
    return connection


def test_rows_come_all_and_by_bindings(connection: apsw.Connection) -> None:
    """Bindings are positional or named."""
    assert rows_of(connection, "SELECT n FROM t ORDER BY n") == [(None,), (7,)]
    assert rows_of(connection, "SELECT n FROM t WHERE n = ?", (7,)) == [(7,)]
    assert rows_of(connection, "SELECT n FROM t WHERE n = :n", {"n": 7}) == [(7,)]


def test_a_number_is_0_where_there_is_none(connection: apsw.Connection) -> None:
    """Neither a missing row nor null needs a case of its own."""
    assert number(connection, "SELECT max(n) FROM t") == 7
    assert number(connection, "SELECT n FROM t WHERE n IS NULL") == 0
    assert number(connection, "SELECT n FROM t WHERE n = 8") == 0


def test_a_row_of_nulls_exists(connection: apsw.Connection) -> None:
    """Existence asks for rows, not for values."""
    assert exists(connection, "SELECT n FROM t WHERE n IS NULL")
    assert not exists(connection, "SELECT n FROM t WHERE n = ?", (8,))
