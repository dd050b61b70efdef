"""Where things stand in the picture of a cloud: nodes around the bucket, or below it.

Wide screens show nodes in two columns beside the bucket; narrow ones show them
in one column below it. Only places are computed here; the template draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

CARD_WIDTH, CARD_HEIGHT = 250, 92
WIDE, NARROW = 850, 420
ROW = 124


@dataclass(frozen=True, slots=True)
class Placed(Generic[Item]):
    """A node, the corner of its card, and the ways to the bucket and back."""

    item: Item
    x: float
    y: float
    sends: str
    fetches: str


@dataclass(frozen=True, slots=True)
class Picture(Generic[Item]):
    """A whole picture: its size, the middle of the bucket, and the nodes."""

    width: int
    height: int
    bucket_x: float
    bucket_y: float
    nodes: list[Placed[Item]]


def wide_picture(items: Sequence[Item]) -> Picture[Item]:
    """Nodes left and right of the bucket, in turns."""
    columns = (items[::2], items[1::2])
    rows = max(len(columns[0]), 1)
    height = max(rows * ROW + 20, 260)
    middle = height / 2
    placed = []
    for is_right, column in enumerate(columns):
        top = middle - len(column) * ROW / 2
        for row, item in enumerate(column):
            y = top + row * ROW + (ROW - CARD_HEIGHT) / 2
            placed.append(_beside(item, y, middle, is_right=bool(is_right)))
    # In the order in which the nodes came, for those who hear the picture read.
    order = [id(item) for item in items]
    placed.sort(key=lambda place: order.index(id(place.item)))
    return Picture(WIDE, round(height), WIDE / 2, middle, placed)


def _beside(item: Item, y: float, middle: float, *, is_right: bool) -> Placed[Item]:
    x = WIDE - CARD_WIDTH - 10 if is_right else 10
    edge = x if is_right else x + CARD_WIDTH
    rim = WIDE / 2 + (74 if is_right else -74)
    bend = (edge + rim) / 2
    centre = y + CARD_HEIGHT / 2
    target = middle + max(-30.0, min(30.0, (centre - middle) / 4))

    def way(start: tuple[float, float], end: tuple[float, float]) -> str:
        return (
            f"M{start[0]:.0f} {start[1]:.0f}"
            f"C{bend:.0f} {start[1]:.0f} {bend:.0f} {end[1]:.0f} {end[0]:.0f} {end[1]:.0f}"
        )

    return Placed(
        item,
        x,
        y,
        sends=way((edge, centre - 9), (rim, target - 9)),
        fetches=way((rim, target + 9), (edge, centre + 9)),
    )


def narrow_picture(items: Sequence[Item]) -> Picture[Item]:
    """Nodes below the bucket, hanging on two lines."""
    top, step, x = 150, CARD_HEIGHT + 22, NARROW - CARD_WIDTH - 40
    bucket_x, bucket_y = 210.0, 66.0
    placed = []
    for row, item in enumerate(items):
        y = top + row * step
        centre = y + CARD_HEIGHT / 2
        placed.append(
            Placed(
                item,
                x,
                y,
                sends=f"M{x} {centre - 9:.0f}H62V{bucket_y - 9:.0f}H136",
                fetches=f"M136 {bucket_y + 9:.0f}H82V{centre + 9:.0f}H{x}",
            )
        )
    return Picture(NARROW, top + max(len(items), 1) * step, bucket_x, bucket_y, placed)
