"""The tables of a node: its objects, its outbox and feed, and how far it has read others.

Everything is made with IF NOT EXISTS and columns are only ever added: an older
version of an application may open the database after a newer one.
"""

from __future__ import annotations

import apsw

from skygarth.database.sqlite.columns import (
    Columns,
    field_declaration,
    quoted,
    stamp_column,
)
from skygarth.model.schema import FieldSchema, TypeSchema

LAYOUT_VERSION = 1

_COMMON = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS types(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, document BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS log(
  id INTEGER PRIMARY KEY, incarnation TEXT NOT NULL UNIQUE, applied INTEGER NOT NULL DEFAULT 0,
  digest TEXT NOT NULL DEFAULT '',
  refused_from INTEGER, code TEXT, reason TEXT);
CREATE TABLE IF NOT EXISTS change(
  sequence INTEGER PRIMARY KEY, changeset INTEGER, type INTEGER NOT NULL, guid BLOB NOT NULL,
  action INTEGER NOT NULL, imported INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS edit(
  change INTEGER NOT NULL, type INTEGER NOT NULL, guid BLOB NOT NULL, field TEXT NOT NULL,
  stamp BLOB NOT NULL, base BLOB, amount INTEGER, author TEXT);
CREATE INDEX IF NOT EXISTS edit_by_change ON edit(change);
CREATE INDEX IF NOT EXISTS edit_by_object ON edit(guid, field);
CREATE TABLE IF NOT EXISTS edit_base(
  change INTEGER NOT NULL, type INTEGER NOT NULL, guid BLOB NOT NULL, field TEXT NOT NULL,
  stamp BLOB NOT NULL, base BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS aside(
  guid BLOB NOT NULL, field TEXT NOT NULL, stamp BLOB NOT NULL, type INTEGER NOT NULL, value,
  PRIMARY KEY(guid, field, stamp)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tombstone(
  guid BLOB PRIMARY KEY, type INTEGER NOT NULL, stamp BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempt(
  sequence INTEGER NOT NULL, digest TEXT NOT NULL, through INTEGER NOT NULL,
  stamp BLOB NOT NULL, PRIMARY KEY(sequence, digest)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS former(
  number INTEGER PRIMARY KEY, incarnation TEXT NOT NULL UNIQUE, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS chunk(token TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cycle_cut(guid BLOB PRIMARY KEY, type INTEGER NOT NULL) WITHOUT ROWID;
"""


def create_common_tables(connection: apsw.Connection) -> None:
    """Make the tables that do not depend on types."""
    for statement in _COMMON.split(";\n"):
        if statement.strip():
            connection.execute(statement)


def create_type_table(connection: apsw.Connection, schema: TypeSchema) -> None:
    """Make a type's table with its indexes and its full-text index."""
    columns = Columns.of(schema)
    fields = "".join(f", {field_declaration(field)}" for field in schema.fields)
    companions = "".join(f", {quoted(stamp_column(name))} BLOB" for name in columns.headed)
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {columns.table}(id INTEGER PRIMARY KEY, guid BLOB NOT NULL,"
        " _stamp BLOB NOT NULL, _created INTEGER NOT NULL, _creator TEXT NOT NULL,"
        " _revised INTEGER NOT NULL, _revisor TEXT NOT NULL, _revision INTEGER NOT NULL,"
        f" _published INTEGER, _hidden INTEGER NOT NULL, _deleted INTEGER NOT NULL"
        f"{fields}{companions})"
    )
    create_indexes(connection, schema)


def add_columns(
    connection: apsw.Connection, schema: TypeSchema, added: tuple[FieldSchema, ...]
) -> None:
    """Give an existing table the columns of new fields; old rows show the default."""
    columns = Columns.of(schema)
    drop_search(connection, schema)
    for field in added:
        connection.execute(f"ALTER TABLE {columns.table} ADD COLUMN {field_declaration(field)}")
        if field.name in columns.headed:
            companion = quoted(stamp_column(field.name))
            connection.execute(f"ALTER TABLE {columns.table} ADD COLUMN {companion} BLOB")
    create_indexes(connection, schema)
    rebuild_search(connection, schema)


def create_indexes(connection: apsw.Connection, schema: TypeSchema) -> None:
    """Unique by GUID; by place in the tree, by link and where a field asks for it; full text."""
    columns = Columns.of(schema)
    connection.execute(
        f"CREATE UNIQUE INDEX IF NOT EXISTS {quoted('g_' + schema.name)} ON {columns.table}(guid)"
    )
    for name, indexed in _indexed(schema).items():
        connection.execute(f"CREATE INDEX IF NOT EXISTS {quoted(name)} ON {columns.table}{indexed}")
    _create_search(connection, columns)


def drop_indexes(connection: apsw.Connection, schema: TypeSchema) -> None:
    """Take the indexes away before a bulk load; `create_indexes` brings them back."""
    for name in (f"g_{schema.name}", *_indexed(schema)):
        connection.execute(f"DROP INDEX IF EXISTS {quoted(name)}")
    drop_search(connection, schema)


def _indexed(schema: TypeSchema) -> dict[str, str]:
    """Index name to its column list, the one by GUID left out."""
    indexes: dict[str, str] = {}
    if schema.path_field is not None:
        parent = f"{quoted(schema.tree_field.name)}, " if schema.tree_field else ""
        indexes[f"p_{schema.name}"] = f"({parent}{quoted(schema.path_field)})"
        if parent:
            indexes[f"n_{schema.name}"] = f"({quoted(schema.path_field)})"
    for field in schema.fields:
        if field.index or (field.link_type is not None and not field.tree):
            indexes[f"i_{schema.name}__{field.name}"] = f"({quoted(field.name)})"
    return indexes


def _create_search(connection: apsw.Connection, columns: Columns) -> None:
    """An external-content FTS5 table, kept by triggers so that merges keep it too."""
    names = [quoted(field.name) for field in columns.schema.search_fields]
    if not names:
        return
    table, search = columns.table, columns.search_table
    listed, new, old = (", ".join(p + n for n in names) for p in ("", "new.", "old."))
    connection.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {search} USING fts5({listed},"
        f" content={quoted('t_' + columns.schema.name)}, content_rowid='id',"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    insert = f"INSERT INTO {search}(rowid, {listed}) VALUES(new.id, {new});"
    remove = f"INSERT INTO {search}({search}, rowid, {listed}) VALUES('delete', old.id, {old});"
    triggers = {
        "fi": f"AFTER INSERT ON {table} BEGIN {insert} END",
        "fd": f"AFTER DELETE ON {table} BEGIN {remove} END",
        "fu": f"AFTER UPDATE OF {listed} ON {table} BEGIN {remove} {insert} END",
    }
    for prefix, body in triggers.items():
        name = quoted(f"{prefix}_{columns.schema.name}")
        connection.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {body}")


def drop_search(connection: apsw.Connection, schema: TypeSchema) -> None:
    """Take the full-text index and its triggers away."""
    for prefix in ("fi", "fd", "fu"):
        connection.execute(f"DROP TRIGGER IF EXISTS {quoted(f'{prefix}_{schema.name}')}")
    connection.execute(f"DROP TABLE IF EXISTS {Columns.of(schema).search_table}")


def rebuild_search(connection: apsw.Connection, schema: TypeSchema) -> None:
    """Fill the full-text index from the table."""
    if schema.search_fields:
        search = Columns.of(schema).search_table
        connection.execute(f"INSERT INTO {search}({search}) VALUES('rebuild')")
