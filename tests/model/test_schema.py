"""Schemas travel: what is written is read again, by this version and by others."""

from __future__ import annotations

import pytest

from skygarth.model.errors import Damaged, Invalid
from skygarth.model.schema import (
    FieldSchema,
    Kind,
    MergeRule,
    TypeSchema,
    decode_schema,
    schema_hash,
)

NOTE = TypeSchema(
    name="note",
    fields=(
        FieldSchema(name="name", kind=Kind.TEXT, required=True, max_length=80, pattern="[a-z]+"),
        FieldSchema(name="blob", kind=Kind.BYTES, default=b"\x00\xff"),
        FieldSchema(name="views", kind=Kind.INTEGER, merge=MergeRule.COUNTER, default=0),
        FieldSchema(name="state", kind=Kind.ENUM, choices=("a", "b"), default="a"),
        FieldSchema(name="tags", kind=Kind.LIST, item_kind=Kind.TEXT, default="[]"),
        FieldSchema(name="parent", kind=Kind.LINK, link_type="note", tree=True),
    ),
    path_field="name",
)


def test_a_schema_comes_back_as_it_was() -> None:
    """Every property of every field."""
    assert decode_schema(NOTE.document) == NOTE


def test_equal_schemas_have_equal_bytes() -> None:
    """So a hash names them; the order of types says nothing."""
    other = TypeSchema(name="other", fields=())

    assert NOTE.document == decode_schema(NOTE.document).document
    assert schema_hash((NOTE, other)) == schema_hash((other, NOTE)) != schema_hash((NOTE,))


def test_properties_of_newer_versions_are_left_out() -> None:
    """An older node keeps what it understands."""
    newer = NOTE.document.replace(b'"name":"blob"', b'"name":"blob","colour":"red"')

    assert decode_schema(newer) == NOTE


@pytest.mark.parametrize(
    "document",
    [b"", b"{}", b"[]", b'{"name":"a b","path":null,"fields":[]}', b"\xff"],
)
def test_what_is_no_schema_is_damage(document: bytes) -> None:
    """A segment that carries it cannot be read."""
    with pytest.raises(Damaged) as caught:
        decode_schema(document)

    assert caught.value.code == "SG-SEGMENT-005"


@pytest.mark.parametrize(
    ("known", "future"),
    [(b'"kind":"bytes"', b'"kind":"matrix"'), (b'{"bytes":"00ff"}', b'{"matrix":"00ff"}')],
)
def test_what_only_the_future_knows_is_damage_with_a_way_out(known: bytes, future: bytes) -> None:
    """The node must be upgraded to read it."""
    document = NOTE.document.replace(known, future)
    with pytest.raises(Damaged) as caught:
        decode_schema(document)

    assert document != NOTE.document
    assert "upgrade" in caught.value.hint


def test_a_schema_finds_its_special_fields() -> None:
    """The parent, and what full text covers."""
    assert NOTE.tree_field is NOTE.by_name["parent"]
    assert NOTE.search_fields == ()


@pytest.mark.parametrize("name", ["two words", "_hidden", "a__b", "1st", ""])
def test_names_become_columns(name: str) -> None:
    """So they are plain words."""
    with pytest.raises(Invalid):
        FieldSchema(name=name, kind=Kind.TEXT)
    with pytest.raises(Invalid):
        TypeSchema(name=name, fields=())
