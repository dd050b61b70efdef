"""Where nodes stand in the picture."""

from __future__ import annotations

import pytest
from tests.web.watching.clouds import A, another, facts, identity, peer_of

from skygarth.web.dashboard.picture import CHIP_HEIGHT, NARROW, WIDE, Shape, picture_of
from skygarth.web.watching.facts import PooledRoute
from skygarth.web.watching.view import NodeView, view_cloud

POOLS = (("web",), ("web",), ("search",), ("web", "media"), ())


def _nodes(count: int) -> list[NodeView]:
    others = [
        another(f"n{number}", 100 + number, pools=POOLS[number % len(POOLS)])
        for number in range(count - 1)
    ]
    return view_cloud(facts(*others)).nodes[:count]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 10, 30, 60])
@pytest.mark.parametrize("shape", [WIDE, NARROW])
def test_nothing_overlaps_and_nobody_is_missing(count: int, shape: Shape) -> None:
    """However many nodes there are, each has its own place inside its panel and the picture."""
    nodes = _nodes(count)
    picture = picture_of(nodes, shape)
    boxes = []
    for panel in picture.panels:
        assert panel.x >= shape.left
        assert panel.x + panel.width <= picture.width
        assert panel.y + panel.height <= picture.height
        for chip in panel.chips:
            boxes.append((chip.x, chip.y, chip.width))
            assert panel.x <= chip.x <= chip.x + chip.width <= panel.x + panel.width
            assert panel.y <= chip.y <= chip.y + CHIP_HEIGHT <= panel.y + panel.height

    assert len(boxes) == count
    for x, y, width in boxes:
        near = [
            1
            for a, b, other in boxes
            if x < a + other and a < x + width and abs(y - b) < CHIP_HEIGHT
        ]
        assert len(near) == 1


def test_pools_stand_together_the_largest_first() -> None:
    """One looks for a pool, not for a node's name."""
    panels = picture_of(_nodes(11), WIDE).panels

    assert [panel.title for panel in panels] == ["web", "media, web", "no pool", "search"]
    assert all({c.node.group for c in panel.chips} == {panel.title} for panel in panels)


def test_an_arrow_leads_from_who_is_behind_to_the_author() -> None:
    """Those who lack nothing have none, and the worst come first."""
    b = another("b", 11, vector={A: 4})
    c = another("c", 12, vector={A: 9}, pools=("media",))
    cloud = view_cloud(facts(b, c, sync={"peers": (peer_of(b), peer_of(c))}))
    arrows = picture_of(cloud.nodes, WIDE).arrows

    assert [arrow.says for arrow in arrows] == ["b lacks 6 of a", "c lacks 1 of a"]


def test_a_whole_cloud_that_is_behind_draws_few_arrows() -> None:
    """Thirty arrows would be a knot."""
    others = [another(f"n{n}", 100 + n, vector={A: n % 9}) for n in range(29)]

    assert 0 < len(picture_of(view_cloud(facts(*others)).nodes, WIDE).arrows) <= 12


def test_a_log_whose_author_is_gone_has_no_arrow() -> None:
    """There is nobody to point at."""
    gone = peer_of(another("z", 99), reaches=5)
    cloud = view_cloud(facts(another("b", 11), sync={"peers": (gone,)}))

    assert identity(99) in {log.incarnation for log in cloud.logs}
    assert picture_of(cloud.nodes, NARROW).arrows == []


def test_a_node_hands_requests_on_to_the_pools_of_its_routes() -> None:
    """One arrow to each group of nodes that answers some of them; none to its own."""
    nodes = (another("b", 11, pools=("search",)), another("c", 12, pools=("media",)))
    routes = (
        PooledRoute("/search", "search"),
        PooledRoute("/found", "search"),
        PooledRoute("/", "web"),
    )
    cloud = view_cloud(facts(*nodes, routes=routes))
    ways = picture_of(cloud.nodes, WIDE, cloud.routes).routes

    assert [way.says for way in ways] == ["a hands /search, /found on to search"]
