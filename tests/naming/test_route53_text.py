"""TXT values of Route 53 are read back as they were written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skygarth.naming.route53_text import read_text, write_text


def test_odd_bytes_stand_in_octal() -> None:
    """As Amazon's documentation has it."""
    assert write_text(("a b", 'q"u\\o', "ä")) == r'"a b" "q\"u\\o" "\303\244"'
    assert read_text(r'"a b" "q\"u\\o" "\303\244" bare') == ("a b", 'q"u\\o', "ä", "bare")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4).map(tuple))
def test_texts_are_read_back(text: tuple[str, ...]) -> None:
    """Whatever is in them."""
    assert read_text(write_text(text)) == text
