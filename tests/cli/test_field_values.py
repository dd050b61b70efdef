"""Text that one types becomes what the field's schema says it is."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from skygarth.cli.faults import UsageFault
from skygarth.cli.field_values import fields_from

SCHEMA = {
    "properties": {
        "title": {"type": "string"},
        "views": {"type": "integer"},
        "rank": {"type": ["number", "null"]},
        "open": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "published": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
        "extra": {"type": "object"},
    }
}


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("title=Hello", {"title": "Hello"}),
        ("title=5", {"title": "5"}),
        ("title=a=b", {"title": "a=b"}),
        ("title=", {"title": ""}),
        ("views=3", {"views": 3}),
        ("rank=1.5", {"rank": 1.5}),
        ("rank=", {"rank": None}),
        ("open=true", {"open": True}),
        ("tags=a, b", {"tags": ["a", "b"]}),
        ('tags=["a, b"]', {"tags": ["a, b"]}),
        ("published=", {"published": None}),
        ("published=2008-07-01T00:00:00Z", {"published": "2008-07-01T00:00:00Z"}),
        ('extra={"a": 1}', {"extra": {"a": 1}}),
        ("title:=null", {"title": None}),
        ("unknown=5", {"unknown": "5"}),
    ],
)
def test_the_schema_says_what_text_means(assignment: str, expected: dict[str, object]) -> None:
    """After `=` stands text, after `:=` JSON; a field that is not declared takes text."""
    assert fields_from([assignment], SCHEMA) == expected


def test_a_later_assignment_replaces_an_earlier_one() -> None:
    """Scripts may append to defaults."""
    assert fields_from(["title=a", "title=b"], SCHEMA) == {"title": "b"}


def test_text_can_come_from_a_file_or_from_stdin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`@file` reads a file, `@-` what is piped in."""
    body = tmp_path / "body.md"
    body.write_text("From a file.", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO("From a pipe."))

    assert fields_from([f"title=@{body}"], SCHEMA) == {"title": "From a file."}
    assert fields_from(["title=@-"], SCHEMA) == {"title": "From a pipe."}


@pytest.mark.parametrize(
    "assignment",
    ["title", "=x", "1a=x", "views=many", "open=perhaps", "title:=[", "title=@no/file"],
)
def test_what_cannot_be_understood_is_a_fault_of_usage(assignment: str) -> None:
    """A wrong assignment stops the command before anything is sent."""
    with pytest.raises(UsageFault):
        fields_from([assignment], SCHEMA)
