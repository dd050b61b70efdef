"""A small library of articles in sections, to ask questions of."""

from __future__ import annotations

from dataclasses import dataclass

import apsw

from skygarth.database.port import METADATA
from skygarth.database.sqlite.selecting import compile_count, compile_selection
from skygarth.database.sqlite.tables import create_type_table
from skygarth.model.query import Condition, Selection
from skygarth.model.schema import FieldSchema, Kind, Stored, TypeSchema

SECTION = TypeSchema(
    name="section",
    fields=(
        FieldSchema(name="name", kind=Kind.TEXT),
        FieldSchema(name="parent", kind=Kind.LINK, link_type="section", tree=True),
    ),
    path_field="name",
)
ARTICLE = TypeSchema(
    name="article",
    fields=(
        FieldSchema(name="title", kind=Kind.TEXT, search=True),
        FieldSchema(name="body", kind=Kind.LONG_TEXT, search=True),
        FieldSchema(name="views", kind=Kind.INTEGER),
        FieldSchema(name="tags", kind=Kind.LIST, item_kind=Kind.TEXT),
        FieldSchema(name="section", kind=Kind.LINK, link_type="section"),
        FieldSchema(name="order", kind=Kind.INTEGER),  # a word of SQL is a name like others
    ),
)
SCHEMAS = {"section": SECTION, "article": ARTICLE}

Values = dict[str, Stored]


def guid(number: int) -> bytes:
    """A GUID that sorts by its number."""
    return number.to_bytes(16, "big")


SECTIONS: dict[int, Values] = {
    101: {"name": "news", "parent": None},
    102: {"name": "archive", "parent": guid(101)},
    103: {"name": "gone", "parent": guid(101), "_deleted": 1},
}
ARTICLES: dict[int, Values] = {
    1: {"title": "Hello", "body": "Good day", "views": 3, "section": guid(101), "order": 2},
    2: {"title": "hello again", "body": None, "views": None, "section": guid(102), "order": 1},
    3: {"title": "Hélène's 100%", "body": "", "views": 0, "tags": '["a","b"]', "section": None},
    4: {"title": "", "body": "x", "views": -1, "tags": "[]", "section": guid(103)},
    5: {"title": 'a "quoted" word', "body": "hello", "views": 3, "tags": '["a\\"b"]'},
    6: {"title": "Hello", "body": "deleted", "views": 3, "section": guid(101), "_deleted": 1},
}


@dataclass(frozen=True)
class Library:
    """A database with some articles and sections."""

    connection: apsw.Connection

    def numbers(self, selection: Selection) -> list[int]:
        """The articles that are selected, by their numbers."""
        sql, bindings = compile_selection(selection, SCHEMAS)
        rows = self.connection.execute(sql, bindings).fetchall()
        return [_number(row[0]) for row in rows]

    def where(self, condition: Condition) -> list[int]:
        """The live articles that satisfy a condition."""
        return self.numbers(Selection("article", condition))

    def count(self, selection: Selection) -> int:
        """How many are selected."""
        sql, bindings = compile_count(selection, SCHEMAS)
        ((found,),) = self.connection.execute(sql, bindings).fetchall()
        assert isinstance(found, int)
        return found


def _add(connection: apsw.Connection, schema: TypeSchema, number: int, values: Values) -> None:
    metadata: Values = dict.fromkeys(METADATA, 0) | {"_creator": "ada", "_revisor": "ada"}
    row: Values = {"guid": guid(number), "_stamp": b"\0" * 16, **metadata, **values}
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" * len(row))
    connection.execute(
        f'INSERT INTO "t_{schema.name}"({names}) VALUES({marks})', tuple(row.values())
    )


def _number(found: object) -> int:
    assert isinstance(found, bytes)
    return int.from_bytes(found, "big")


def library_of_articles() -> Library:
    """Two types with a few rows; whoever uses it only reads."""
    connection = apsw.Connection(":memory:")
    for schema, rows in ((SECTION, SECTIONS), (ARTICLE, ARTICLES)):
        create_type_table(connection, schema)
        for number, values in rows.items():
            _add(connection, schema, number, values)
    connection.execute("PRAGMA query_only = ON")
    return Library(connection)
