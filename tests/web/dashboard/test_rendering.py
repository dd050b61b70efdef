"""The dashboard's HTML."""

from __future__ import annotations

import pytest
from tests.web.cloud_nodes import CloudNode

from skygarth.web.content_figures import FiguresReader
from skygarth.web.dashboard.rendering import PARTS, Pages, tone_of
from skygarth.web.dashboard.state import (
    ConflictSide,
    ConflictView,
    DashboardState,
    StateReader,
)


@pytest.fixture
def state(node: CloudNode) -> DashboardState:
    """The state of a node alone."""
    return StateReader(node.node, FiguresReader(node.node), node.node.clock.now_us).read()


def test_the_page_holds_just_what_the_stream_would_send(state: DashboardState) -> None:
    """A part is the same text in the page and in the stream."""
    pages = Pages()
    page = pages.overview(state, "./", {"form": "f", "open_admin": True})

    for part in PARTS:
        assert pages.part(part.name, state, "f").strip() in page, part.name


@pytest.mark.parametrize(
    ("kind", "shown", "missing"),
    [
        ("field", ["Keep what shows", "Take this one", "Or another value"], []),
        ("name", ["Another name"], ["Keep what shows", "Take this one"]),
        ("cycle", ["Leave it at the root"], ["Take this one", "another value"]),
    ],
)
def test_each_kind_of_conflict_offers_what_settles_it(
    state: DashboardState, kind: str, shown: list[str], missing: list[str]
) -> None:
    """A button that would be refused is not there."""
    side = ConflictSide([], "a", "")
    conflict = ConflictView("id", kind, "book", "guid", "/path", "name", side, side)
    state.conflicts.append(conflict)
    text = Pages().part("conflicts", state, "f")
    state.conflicts.clear()

    assert [words for words in shown if words not in text] == []
    assert [words for words in missing if words in text] == []


def test_states_have_tones() -> None:
    """Ready is good, silent is bad, what is under way is a warning."""
    assert [tone_of(s) for s in ("ready", "silent", "lagging", "left", "cut off")] == [
        "good",
        "bad",
        "warn",
        "away",
        "warn",
    ]
