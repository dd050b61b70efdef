"""The dashboard's HTML."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.web.cloud_nodes import CloudNode, watch
from tests.web.watching.clouds import COST, OWN, another, facts

from skygarth.web.content_figures import FiguresReader
from skygarth.web.dashboard.rendering import MARKS, PARTS, Pages, tone_of
from skygarth.web.dashboard.state import (
    ConflictSide,
    ConflictView,
    DashboardState,
    StateReader,
)
from skygarth.web.watching.bucket_census import Census, Kind
from skygarth.web.watching.view import CloudView, view_cloud


@pytest.fixture
def state(node: CloudNode) -> DashboardState:
    """The state of a node alone."""
    return StateReader(node.node, FiguresReader(node.node), watch(node)).read()


def test_the_page_holds_just_what_the_stream_would_send(state: DashboardState) -> None:
    """A part is the same text in the page and in the stream."""
    pages = Pages()
    page = pages.overview(state, "./", {"form": "f", "open_admin": True})

    sent = pages.parts(state, "f")
    assert list(sent) == [part.name for part in PARTS]
    for part in PARTS:
        assert sent[part.name] == pages.part(part.name, state, "f")
        assert sent[part.name].strip() in page, part.name


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


def _shown(name: str, cloud: CloudView) -> str:
    return Pages().part(name, DashboardState(cloud, [], []), "f")


def test_what_is_unknown_is_not_zero() -> None:
    """A node that cannot know its lag shows no number, in figures, table and picture."""
    cloud = view_cloud(facts(another("b", age_seconds=5_000.0), sync={"paused": True}))
    texts = [_shown(name, cloud) for name in ("figures", "nodes", "cloud")]

    assert [text.count(">unknown</span>") for text in texts[:2]] == [1, 2]
    assert "lag unknown: it is cut off on purpose" in texts[2]


def test_a_month_that_cannot_be_told_yet_shows_no_dollars() -> None:
    """Neither among the figures nor beside the requests."""
    early = replace(OWN, cost=replace(COST, seconds=100.0))
    late = view_cloud(facts())

    for name in ("figures", "cost"):
        assert "$" not in _shown(name, view_cloud(facts(own=early)))
        assert "oo early to tell" in _shown(name, view_cloud(facts(own=early)))
        assert "$12.50" in _shown(name, late)


def test_every_table_has_headers_with_a_scope() -> None:
    """Whoever hears a table read knows of which node and which figure a cell speaks."""
    census = Census({"segments": Kind(1, 2)})
    cloud = view_cloud(facts(another("b"), census=census, objects={"book": 3}))
    for part in PARTS:
        text = _shown(part.name, cloud)

        assert re.findall(r"<th(?! scope)(?!ead)[^>]*>", text) == [], part.name
        assert text.count("<table") == text.count("<caption"), part.name


def test_each_state_has_a_shape_and_a_word() -> None:
    """Colours alone tell nothing to many people."""
    nodes = [another(state, 20 + n, state=state) for n, state in enumerate(("ready", "lagging"))]
    picture = _shown("cloud", view_cloud(facts(*nodes, another("silent", 9, age_seconds=9e3))))

    assert len(set(MARKS.values())) == len(MARKS)
    assert 'class="dot" cx=' in picture
    assert 'class="dot" d=' in picture
    assert 'class="cross"' in picture
    assert picture.count(">silent</text>") == 2 * 2  # its name and its state, wide and narrow


def test_names_from_elsewhere_stay_text_in_every_part() -> None:
    """A card's name, pool or address may hold markup; it is shown, never obeyed."""
    evil = "<script>x</script>"
    member = another(evil, pools=(evil,), versions={"skygarth": evil}, unwell=(evil,))
    cloud = view_cloud(facts(member, own=replace(OWN, name=evil)))

    assert [part.name for part in PARTS if "<script" in _shown(part.name, cloud)] == []


def test_forms_are_each_sessions_own() -> None:
    """What is drawn once for all holds nobody's form."""
    side = ConflictSide([], "a", "")
    conflict = ConflictView("id", "field", "book", "guid", "/path", "name", side, side)
    state = DashboardState(view_cloud(facts()), [conflict], [])
    pages = Pages()
    first, second = pages.parts(state, "form-1"), pages.parts(state, "form-2")

    assert "form-1" in first["conflicts"]
    assert "form-2" in second["conflicts"]
    assert [name for name in first if "form-" in first[name]] == ["conflicts"]
    assert first["cloud"] is second["cloud"]


def test_nobody_is_led_to_an_address_that_the_cloud_did_not_sign() -> None:
    """A login page that somebody else put there would get an administrator's token."""
    strange, known = another("x", 20, trusted=False), another("b", 21)
    table = _shown("nodes", view_cloud(facts(strange, known)))

    assert 'href="http://10.0.0.21:8000/admin/"' in table
    assert 'href="http://10.0.0.20' not in table
