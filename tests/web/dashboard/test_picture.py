"""Where nodes stand in the picture."""

from __future__ import annotations

import pytest

from skygarth.web.dashboard.picture import (
    CARD_HEIGHT,
    CARD_WIDTH,
    Picture,
    narrow_picture,
    wide_picture,
)


def _boxes(picture: Picture[str]) -> list[tuple[float, float]]:
    return [(place.x, place.y) for place in picture.nodes]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7, 10])
def test_cards_overlap_neither_each_other_nor_the_edge(count: int) -> None:
    """However many nodes there are, each card has its own place inside the picture."""
    names = [f"node {number}" for number in range(count)]
    for picture in (wide_picture(names), narrow_picture(names)):
        boxes = _boxes(picture)

        assert [place.item for place in picture.nodes] == names
        for x, y in boxes:
            assert 0 <= x <= picture.width - CARD_WIDTH
            assert 0 <= y <= picture.height - CARD_HEIGHT
            assert sum(abs(x - a) < CARD_WIDTH and abs(y - b) < CARD_HEIGHT for a, b in boxes) == 1


def test_nodes_with_one_name_have_two_places() -> None:
    """Equal items are told apart by where they came in the list."""
    picture = wide_picture(["same", "same"])

    assert len(set(_boxes(picture))) == 2
