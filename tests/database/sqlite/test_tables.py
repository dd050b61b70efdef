"""Tables of a node's database."""

from __future__ import annotations

import dataclasses

import apsw
from tests.database.notes import FOLDER, NOTE

from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.tables import (
    add_columns,
    create_common_tables,
    create_indexes,
    create_type_table,
    drop_indexes,
    rebuild_search,
)
from skygarth.model.schema import FieldSchema, Kind, TypeSchema


def names(connection: apsw.Connection, kind: str) -> set[str]:
    """Names of all tables, indexes or triggers that we made."""
    rows = rows_of(
        connection, "SELECT name FROM sqlite_schema WHERE type = ? AND sql NOTNULL", (kind,)
    )
    return {name for (name,) in rows}


def with_types(*schemas: TypeSchema) -> apsw.Connection:
    """A database with these types."""
    connection = apsw.Connection(":memory:")
    create_common_tables(connection)
    for schema in schemas:
        create_type_table(connection, schema)
    return connection


def add_note(connection: apsw.Connection, title: str) -> None:
    """Insert a row with this title."""
    connection.execute(
        "INSERT INTO t_note(guid, _stamp, _created, _creator, _revised, _revisor, _revision,"
        " _hidden, _deleted, title) VALUES(randomblob(16), x'', 0, '', 0, '', 1, 0, 0, ?)",
        (title,),
    )


def matching(connection: apsw.Connection, word: str) -> int:
    """How many notes the full-text index finds."""
    return len(rows_of(connection, "SELECT 1 FROM f_note WHERE f_note MATCH ?", (word,)))


def test_everything_is_made_once() -> None:
    """Making it again changes nothing: every start does."""
    connection = with_types(FOLDER, NOTE)
    before = rows_of(connection, "PRAGMA schema_version")
    create_common_tables(connection)
    create_type_table(connection, NOTE)

    assert before == rows_of(connection, "PRAGMA schema_version")


def test_a_table_has_indexes_for_what_is_asked_of_it() -> None:
    """By GUID, by place, by name; by links and where a field wants it."""
    tagged = TypeSchema(
        name="tag",
        fields=(
            FieldSchema(name="word", kind=Kind.TEXT, index=True),
            FieldSchema(name="note", kind=Kind.LINK, link_type="note"),
        ),
    )
    made = names(with_types(NOTE, tagged), "index")

    assert {"g_note", "p_note", "n_note", "g_tag", "i_tag__word", "i_tag__note"} <= made
    assert "p_tag" not in made


def test_full_text_is_kept_by_triggers() -> None:
    """Insertions, updates and deletions reach the index however they are written."""
    connection = with_types(NOTE)
    add_note(connection, "one two")
    connection.execute("UPDATE t_note SET title = 'two three'")
    assert (matching(connection, "one"), matching(connection, "three")) == (0, 1)
    connection.execute("DELETE FROM t_note")

    assert matching(connection, "three") == 0


def test_indexes_go_and_come_back_for_a_bulk_load() -> None:
    """Between the two nothing keeps up; afterwards search finds what was loaded."""
    connection = with_types(NOTE)
    before = names(connection, "index"), names(connection, "trigger")
    drop_indexes(connection, NOTE)
    assert "g_note" not in names(connection, "index")
    assert names(connection, "trigger") == set()
    add_note(connection, "loaded")
    create_indexes(connection, NOTE)
    rebuild_search(connection, NOTE)

    assert before == (names(connection, "index"), names(connection, "trigger"))
    assert matching(connection, "loaded") == 1


def test_a_new_search_field_is_searched_in_old_rows() -> None:
    """The full-text index is built anew when a field joins it."""
    connection = with_types(NOTE)
    add_note(connection, "old")
    extra = FieldSchema(name="summary", kind=Kind.TEXT, default="nothing yet", search=True)
    wider = dataclasses.replace(NOTE, fields=(*NOTE.fields, extra))
    add_columns(connection, wider, (extra,))

    assert (matching(connection, "old"), matching(connection, "nothing")) == (1, 1)


def test_a_new_field_has_its_companion() -> None:
    """What merges by heads needs room for its own stamp; a counter does not."""
    connection = with_types(NOTE)
    extra = FieldSchema(name="summary", kind=Kind.TEXT)
    add_columns(connection, dataclasses.replace(NOTE, fields=(*NOTE.fields, extra)), (extra,))
    columns = {
        name for (name,) in rows_of(connection, "SELECT name FROM pragma_table_info('t_note')")
    }

    assert {"summary", "summary__s", "title__s"} <= columns
    assert "views__s" not in columns
