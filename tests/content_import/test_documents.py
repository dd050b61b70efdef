"""Documents, faults and notes say themselves in a line."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from skygarth.content_import.documents import Document, Fault, Note


def test_a_fault_says_where_and_what_to_do() -> None:
    """The line is named where it is known."""
    assert str(Fault("a.md", 3, "broken", "mend it")) == "a.md:3: broken (mend it)"
    assert str(Fault("a.md", None, "broken", "mend it")) == "a.md: broken (mend it)"
    assert str(Note("a.md", "shortened the title")) == "a.md: shortened the title"


def test_a_document_is_dated_in_utc() -> None:
    """Local time would be our own mistake, so it stops us."""
    with pytest.raises(AssertionError):
        Document(
            name="a",
            title="A",
            body_html="",
            published=datetime(2012, 1, 1, tzinfo=timezone(timedelta(hours=1))),
            categories=(),
            section_path=("posts",),
            source="a.md",
        )
