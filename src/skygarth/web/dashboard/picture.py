"""Where things stand in the picture of a cloud: pools of nodes, each on a branch to the bucket.

Wide screens show the bucket at the left and pools beside it, several in a row
where they fit; narrow ones show two columns below it. Arrows lead from a node to
the author of what it lacks. Only places are computed here; the template draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skygarth.web.watching.view import NodeView, RouteView

CHIP_HEIGHT = 54
CHIP_GAP = 10
PAD = 12
TITLE_HEIGHT = 26
ROW_GAP = 26
PANEL_GAP = 18
ARROWS_MAX = 12


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of screen a picture is for.

    Attributes:
        left: where panels begin; `top` likewise.
        columns: nodes beside each other, at most.
        trunk: where the line runs from which branches lead to panels.
        bucket: its middle; the second number is None where it stands halfway down.
    """

    width: int
    left: int
    top: int
    columns: int
    trunk: int
    bucket: tuple[int, int | None]
    height_min: int


WIDE = Shape(1240, 216, 22, 6, 184, (88, None), 190)
NARROW = Shape(420, 30, 148, 2, 12, (210, 62), 280)


@dataclass(frozen=True, slots=True)
class Chip:
    """A node and its place."""

    node: NodeView
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Panel:
    """The nodes of the same pools, and the way from there to the bucket."""

    title: str
    x: float
    y: float
    width: float
    height: float
    way: str
    chips: list[Chip]


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a node to the author of what it lacks most of."""

    path: str
    says: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole picture.

    Attributes:
        bucket_x: the middle of the bucket.
        arrows: who is behind whom.
        routes: from this node to the pools to which it hands requests on.
    """

    width: int
    height: int
    bucket_x: float
    bucket_y: float
    panels: list[Panel]
    arrows: list[Arrow]
    routes: list[Arrow]


@dataclass(frozen=True, slots=True)
class _Group:
    title: str
    nodes: list[NodeView]
    columns: int

    @property
    def rows(self) -> int:
        return -(-len(self.nodes) // self.columns)

    @property
    def height(self) -> float:
        return TITLE_HEIGHT + self.rows * (CHIP_HEIGHT + CHIP_GAP) - CHIP_GAP + PAD


def picture_of(
    nodes: Sequence[NodeView], shape: Shape, routes: Sequence[RouteView] = ()
) -> Picture:
    """Lay out all nodes, by pools."""
    groups = _groups(nodes, shape.columns)
    # Few nodes get wide cards rather than a picture with an empty half.
    columns = min(
        shape.columns,
        max((sum(g.columns for g in row) for row in _rows(groups, shape.columns)), default=1),
    )
    columns = max(columns, min(shape.columns, 3))
    rows = _rows(groups, columns)
    height = shape.top + sum(max(g.height for g in row) + ROW_GAP for row in rows)
    spare = max(0, shape.height_min - round(height))
    height = round(height) + spare
    bucket_x, fixed_y = shape.bucket
    top = shape.top + (spare / 2 if fixed_y is None else 0.0)
    bucket_y = height / 2 if fixed_y is None else float(fixed_y)
    panels = list(_panels(rows, shape, columns, top, bucket_y))
    return Picture(
        shape.width,
        height,
        bucket_x,
        bucket_y,
        panels,
        _arrows([c for p in panels for c in p.chips]),
        list(_ways_on(panels, routes, shape.left - 14)),
    )


def _groups(nodes: Sequence[NodeView], columns: int) -> list[_Group]:
    """By pools, the largest group first."""
    by_title: dict[str, list[NodeView]] = {}
    for node in nodes:
        by_title.setdefault(node.group, []).append(node)
    found = [_Group(title, group, min(columns, len(group))) for title, group in by_title.items()]
    return sorted(found, key=lambda group: (-len(group.nodes), group.title))


def _rows(groups: Sequence[_Group], columns: int) -> list[list[_Group]]:
    """Groups side by side where they fit."""
    rows: list[list[_Group]] = []
    for group in groups:
        fits = (row for row in rows if sum(g.columns for g in row) + group.columns <= columns)
        row = next(fits, None)
        if row is None:
            rows.append([group])
        else:
            row.append(group)
    return rows


def _panels(
    rows: list[list[_Group]], shape: Shape, columns: int, top: float, bucket_y: float
) -> Iterator[Panel]:
    unit = (shape.width - shape.left - 2 + PANEL_GAP) / columns
    y = top
    for row in rows:
        x = float(shape.left)
        for group in row:
            width = group.columns * unit - PANEL_GAP
            start = shape.bucket[0] + (70 if shape.trunk > shape.bucket[0] else -70)
            way = f"M{start} {bucket_y:.0f}H{shape.trunk}V{y - 11:.0f}H{x + 26:.0f}V{y - 1:.0f}"
            chips = list(_chips(group, x, y, width))
            yield Panel(group.title, x, y, width, group.height, way, chips)
            x += width + PANEL_GAP
        y += max(group.height for group in row) + ROW_GAP


def _chips(group: _Group, x: float, y: float, width: float) -> Iterator[Chip]:
    inner = width - 2 * PAD
    chip_width = (inner - (group.columns - 1) * CHIP_GAP) / group.columns
    for place, node in enumerate(group.nodes):
        row, column = divmod(place, group.columns)
        yield Chip(
            node,
            x + PAD + column * (chip_width + CHIP_GAP),
            y + TITLE_HEIGHT + row * (CHIP_HEIGHT + CHIP_GAP),
            chip_width,
        )


def _arrows(chips: Sequence[Chip]) -> list[Arrow]:
    """From those who lack most to the author of most of it."""
    by_log = {chip.node.incarnation: chip for chip in chips}
    behind = sorted((c for c in chips if c.node.lacks), key=lambda chip: -chip.node.behind)
    found = [
        _arrow(
            chip, by_log[lack.incarnation], f"{chip.node.name} lacks {lack.segments} of {lack.of}"
        )
        for chip in behind
        for lack in chip.node.lacks[:1]
        if lack.incarnation in by_log
    ]
    return found[:ARROWS_MAX]


def _ways_on(panels: Sequence[Panel], routes: Sequence[RouteView], gutter: int) -> Iterator[Arrow]:
    """From the asked node to each other group of nodes that answers some of its routes.

    They run between cards and left of all panels, so that they cross no word.
    """
    here = next((c for panel in panels for c in panel.chips if c.node.is_here), None)
    handed_on = [route for route in routes if not route.is_here]
    for panel in panels:
        pools = panel.chips[0].node.pools
        addresses = [route.address for route in handed_on if route.pool in pools]
        if here is None or here in panel.chips or not addresses:
            continue
        below = here.y + CHIP_HEIGHT
        yield Arrow(
            f"M{here.x + 22:.0f} {below:.0f}v5H{gutter}V{panel.y - 5:.0f}H{panel.x + 60:.0f}v5",
            f"{here.node.name} hands {', '.join(addresses)} on to {panel.title}",
        )


def _arrow(chip: Chip, author: Chip, says: str) -> Arrow:
    """A line that leaves upwards or downwards, and comes in on the side that is nearer."""
    is_below = author.y > chip.y
    is_beside = author.y == chip.y
    start_y = chip.y + (CHIP_HEIGHT if is_below else 0)
    end_y = author.y + (CHIP_HEIGHT if not is_below and not is_beside else 0)
    bend = 16 if is_below else -16
    x1, x2 = chip.x + chip.width / 2, author.x + author.width / 2
    come = -bend if not is_beside else bend
    return Arrow(
        f"M{x1:.0f} {start_y:.0f}C{x1:.0f} {start_y + bend:.0f} {x2:.0f} {end_y + come:.0f} "
        f"{x2:.0f} {end_y:.0f}",
        says,
    )
