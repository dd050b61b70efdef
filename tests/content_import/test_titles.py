"""A title is one line of plain text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skygarth.content_import.titles import (
    TITLE_LENGTH_MAX,
    fitting_title,
    one_line,
    plain_title,
    title_from_slug,
)


def test_markup_in_titles_is_resolved() -> None:
    """Jekyll printed them as HTML; what is no known markup is the author's own."""
    assert plain_title("R&amp;D with <em>care</em>") == "R&D with care"
    assert plain_title("Of a < b and <video>") == "Of a < b and <video>"


def test_a_slug_gives_words() -> None:
    """Hyphens and underscores stand for blanks."""
    assert title_from_slug("a-new_day") == "A new day"
    assert title_from_slug("") == ""


def test_blanks_collapse_and_controls_go() -> None:
    """A title has one line."""
    assert one_line(" a\n\tb\x00\ud800 ") == "a b"


@given(st.text(min_size=200, max_size=300))
def test_titles_fit(title: str) -> None:
    """A short title stays; a long one ends in an ellipsis."""
    fitting = fitting_title(title)

    assert len(fitting) <= TITLE_LENGTH_MAX
    assert fitting == title or fitting.endswith("…")
