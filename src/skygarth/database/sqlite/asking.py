"""Answers of statements over our own tables, where the columns' types are ours to know."""

from __future__ import annotations

from typing import Any

import apsw

from skygarth.model.schema import Stored

Bindings = tuple[Stored, ...] | dict[str, Stored] | dict[str, int]


def rows_of(
    connection: apsw.Connection, sql: str, bindings: Bindings = ()
) -> list[tuple[Any, ...]]:
    """All rows of an answer."""
    return connection.execute(sql, bindings).fetchall()


def number(connection: apsw.Connection, sql: str, bindings: Bindings = ()) -> int:
    """The one number that a statement answers; no row or null count as 0."""
    for (value,) in connection.execute(sql, bindings):
        assert value is None or isinstance(value, int)
        return value or 0
    return 0


def exists(connection: apsw.Connection, sql: str, bindings: Bindings = ()) -> bool:
    """Whether a statement has any row."""
    return bool(connection.execute(sql, bindings).fetchall())
