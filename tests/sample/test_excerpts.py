"""A search shows the passage that answers it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skygarth.sample.excerpts import Piece, excerpt, first_hit, marked


def _text(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces)


def test_the_found_words_are_marked() -> None:
    """Whatever their case, and with the endings that full text ignores."""
    assert marked("Clouds and a cloud", "cloud") == (
        Piece("Clouds", found=True),
        Piece(" and a ", found=False),
        Piece("cloud", found=True),
    )


def test_the_passage_lies_around_the_first_hit() -> None:
    """Cut between words, with dots where something is left out."""
    pieces = excerpt("before " * 100 + "needle " + "after " * 100, "needle", 60)

    assert Piece("needle", found=True) in pieces
    assert _text(pieces).startswith("…before")
    assert _text(pieces).endswith("after…")
    assert len(_text(pieces)) < 80


def test_the_first_hit_of_a_long_text_is_found() -> None:
    """Whichever of the words comes first; without a hit it is the text's beginning."""
    text = "before " * 1_000 + "needle"

    assert first_hit(text, "absent needle") == text.index("needle")
    assert first_hit(text, "absent") == 0
    assert first_hit(text, "") == 0


def test_the_passage_holds_as_many_of_the_words_as_it_can() -> None:
    """A place where both words meet is shown rather than an earlier one with half of them."""
    text = "one cloud " + "nothing " * 100 + "a cloud of queues " + "nothing " * 100
    found = [piece.text for piece in excerpt(text, "queue cloud", 60) if piece.found]

    assert found == ["cloud", "queues"]


def test_without_a_hit_the_beginning_is_shown() -> None:
    """The word may stand in the title only."""
    assert excerpt("one two three", "zebra") == (Piece("one two three", found=False),)


def test_short_words_match_whole_only() -> None:
    """Otherwise a search for “a” would mark half the text."""
    assert marked("an a", "a") == (Piece("an ", found=False), Piece("a", found=True))


@given(st.text(), st.text(), st.integers(1, 50))
def test_nothing_is_invented(text: str, search: str, length: int) -> None:
    """A passage holds the text's own words, whatever is searched for in whatever."""
    passage = _text(excerpt(text, search, length)).removeprefix("…").removesuffix("…")

    assert passage.strip() in text
