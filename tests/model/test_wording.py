"""Names and values read well in messages."""

from __future__ import annotations

import pytest

from skygarth.model.wording import shortened, snake_case


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("Article", "article"),
        ("BlogPost", "blog_post"),
        ("HTMLPage", "html_page"),
        ("PageV2", "page_v2"),
        ("Page2Old", "page2_old"),
    ],
)
def test_a_class_name_becomes_a_type_name(name: str, snake: str) -> None:
    """Words are told apart by their capitals."""
    assert snake == snake_case(name)


def test_a_value_takes_one_line() -> None:
    """However long it is, and without taking long."""
    assert shortened("abc") == "'abc'"
    assert len(shortened("x" * 10**6)) <= 61
    assert len(shortened(["x"] * 1000)) <= 61
    assert shortened(1 << 4000) == "an integer of 4001 bits"
