"""Types in the words of JSON Schema."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from skygarth.model.attributes import Attr, Json, attr
from skygarth.model.json_schema import json_schema
from skygarth.model.types import Type, schema_of


class Invoice(Type, path="number"):
    """One field of several kinds."""

    number: Attr[str] = attr(max_length=9, pattern="[0-9]+")
    total: Attr[Decimal] = attr(places=2, minimum=0)
    due: Attr[date | None] = attr(default=None)
    state: Attr[str] = attr(choices=("open", "paid"), default="open")
    lines: Attr[list[int]] = attr(default=[], max_length=99)
    notes: Attr[Json] = attr(default=None)
    reminders: Attr[int] = attr(default=0, merge="counter", minimum=0)
    parent: Attr[Invoice | None] = attr(default=None, tree=True)


def test_a_type_is_described() -> None:
    """Whoever knows JSON Schema knows what to send."""
    described = json_schema(schema_of(Invoice))

    assert described["required"] == ["number", "total"]
    assert described["properties"] == {
        "number": {
            "type": "string",
            "maxLength": 9,
            "pattern": "^(?:[0-9]+)$",
            "x-skygarth": {"kind": "text"},
        },
        "total": {
            "type": "string",
            "format": "decimal",
            "x-skygarth": {"kind": "decimal", "places": 2, "minimum": 0},
        },
        "due": {"type": ["string", "null"], "format": "date", "x-skygarth": {"kind": "date"}},
        "state": {
            "type": "string",
            "enum": ["open", "paid"],
            "default": "open",
            "x-skygarth": {"kind": "enum"},
        },
        "lines": {
            "type": "array",
            "items": {"type": "integer"},
            "maxItems": 99,
            "default": [],
            "x-skygarth": {"kind": "list"},
        },
        "notes": {"x-skygarth": {"kind": "json"}},
        "reminders": {
            "type": "integer",
            "minimum": 0,
            "maximum": (1 << 63) - 1,
            "default": 0,
            "x-skygarth": {"kind": "integer", "merge": "counter"},
        },
        "parent": {
            "type": ["string", "null"],
            "format": "uuid",
            "x-skygarth": {"kind": "link", "link_type": "invoice", "tree": True},
        },
    }
