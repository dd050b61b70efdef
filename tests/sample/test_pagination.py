"""Long lists are shown in parts, and the parts are offered."""

from __future__ import annotations

import pytest

from skygarth.model.errors import NotFound
from skygarth.sample.pagination import Pagination, page_of


@pytest.mark.parametrize(
    ("number", "total", "offered"),
    [
        (1, 0, (1,)),
        (1, 60, (1, 2, 3)),
        (1, 1098, (1, 2, 3, None, 55)),
        (4, 1098, (1, 2, 3, 4, 5, 6, None, 55)),
        (5, 1098, (1, 2, 3, 4, 5, 6, 7, None, 55)),
        (30, 1098, (1, None, 28, 29, 30, 31, 32, None, 55)),
        (55, 1098, (1, None, 53, 54, 55)),
    ],
)
def test_first_last_and_near_pages_are_offered(
    number: int, total: int, offered: tuple[int | None, ...]
) -> None:
    """A gap stands for two pages at least: one would be offered itself."""
    assert offered == Pagination(number, total).offered


def test_a_page_knows_its_neighbours() -> None:
    """The first has none before, the last none after."""
    first, last = Pagination(1, 41), Pagination(3, 41)

    assert (first.previous, first.next, first.offset) == (None, 2, 0)
    assert (last.previous, last.next, last.offset) == (2, None, 40)


@pytest.mark.parametrize("asked", ["0", "4", "-1", "x", "1.5", "²", "9" * 20])
def test_a_page_that_is_not_there_is_not_found(asked: str) -> None:
    """Whatever stands in the address."""
    with pytest.raises(NotFound):
        page_of(asked, 41)


def test_without_a_number_it_is_the_first() -> None:
    """An empty list has one page, too."""
    assert page_of("", 0).number == 1
    assert page_of("3", 41).number == 3
