"""Two texts, and where they differ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skygarth.web.dashboard.differences import WORDS_MAX, Piece, as_text, compare


def test_only_the_words_that_differ_are_marked() -> None:
    """What both have is plain, on both sides."""
    left, right = compare("A cloud that runs", "A cloud that walks")

    assert left == [Piece("A cloud that "), Piece("runs", differs=True)]
    assert right == [Piece("A cloud that "), Piece("walks", differs=True)]


@given(st.text(max_size=60), st.text(max_size=60))
def test_pieces_are_the_whole_text(one: str, other: str) -> None:
    """Marking neither loses nor adds a letter."""
    left, right = compare(one, other)

    assert "".join(piece.text for piece in left) == one
    assert "".join(piece.text for piece in right) == other


def test_long_texts_are_left_unmarked() -> None:
    """Comparing must not take longer than reading."""
    text = "word " * WORDS_MAX

    assert compare(text, "other") == ([Piece(text)], [Piece("other")])


def test_values_are_shown_as_people_read_them() -> None:
    """Texts as they are, the rest as JSON, and nothing as such."""
    assert as_text("Ý") == "Ý"
    assert as_text(None) == "nothing"
    assert as_text(["a", 1]) == '["a",1]'
