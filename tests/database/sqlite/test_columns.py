"""Columns of a type's table."""

from __future__ import annotations

import apsw
import pytest

from skygarth.database.sqlite.columns import (
    Columns,
    base_column,
    field_declaration,
    head_stamp,
    literal,
    quoted,
    stamp_column,
)
from skygarth.model.schema import FieldSchema, Kind, MergeRule, Stored, TypeSchema

PAGE = TypeSchema(
    name="page",
    fields=(
        FieldSchema(name="order", kind=Kind.TEXT),
        FieldSchema(name="hits", kind=Kind.INTEGER, merge=MergeRule.COUNTER),
    ),
)


def test_columns_are_sorted_by_how_they_merge() -> None:
    """Metadata that people edit merge by heads, as fields do; counters do not."""
    columns = Columns.of(PAGE)

    assert columns.headed == ("_published", "_hidden", "_deleted", "order")
    assert columns.counters == ("hits",)
    assert set(columns.stored) >= {"guid", "_stamp", "order", "order__s", "_deleted__s", "hits"}
    assert "hits__s" not in columns.stored


def test_names_are_quoted() -> None:
    """A word of SQL is a name like others."""
    columns = Columns.of(PAGE)

    assert quoted("order") == '"order"'
    assert '"order"' in columns.row
    assert (columns.table, columns.image_table, columns.search_table) == (
        '"t_page"',
        '"o_page"',
        '"f_page"',
    )


@pytest.mark.parametrize("name", ['a"b', "a\0b"])
def test_a_name_that_could_end_its_quotes_is_our_mistake(name: str) -> None:
    """Schemas refuse such names long before; SQL is never made of one."""
    with pytest.raises(AssertionError):
        quoted(name)


def test_companions_cannot_be_fields() -> None:
    """Double underscores mark them, and no field has these."""
    assert (stamp_column("title"), base_column("title")) == ("title__s", "title__b")


def test_a_row_stamp_stands_for_fields_without_their_own() -> None:
    """A row that was written once costs one stamp."""
    assert head_stamp("order", "t") == 'coalesce(t."order__s", t._stamp)'


@pytest.mark.parametrize(
    "value", [None, 0, -(2**63), 1.5, 1e300, "", "it's", 'say "hi"', "a;--", b"", b"\0'\xff"]
)
def test_a_literal_is_read_back_as_its_value(value: Stored) -> None:
    """ALTER TABLE takes no parameters, so defaults are written out."""
    ((found,),) = apsw.Connection(":memory:").execute(f"SELECT {literal(value)}").fetchall()

    assert value == found


@pytest.mark.parametrize(
    ("field", "declaration"),
    [
        (FieldSchema(name="a", kind=Kind.TEXT, default="it's"), "\"a\" TEXT DEFAULT 'it''s'"),
        (FieldSchema(name="b", kind=Kind.FLOAT), '"b" REAL'),
        (FieldSchema(name="c", kind=Kind.BYTES, default=b"\1"), "\"c\" BLOB DEFAULT x'01'"),
        (PAGE.fields[1], '"hits" INTEGER DEFAULT 0'),
        (FieldSchema(name="d", kind=Kind.BOOLEAN, default=1), '"d" INTEGER DEFAULT 1'),
    ],
)
def test_a_field_is_declared_with_affinity_and_default(
    field: FieldSchema, declaration: str
) -> None:
    """Counters begin at 0; other fields without a default begin as null."""
    assert declaration == field_declaration(field)
