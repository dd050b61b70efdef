"""A lag is told where somebody can know it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.web.watching.clouds import OWN, A, another, facts, identity

from skygarth.node.membership import Member
from skygarth.web.watching.lags import Lack, applied_by, lacks_of, lag_of, own_lag


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("ready", {"paused": True}),
        ("ready", {"bucket_reachable": False, "last_error": "timeout"}),
        ("halted", {"state": "halted"}),
        ("populating", {}),
        ("starting", {}),
    ],
)
def test_whoever_hears_of_nothing_new_knows_no_lag(state: str, change: dict[str, object]) -> None:
    """Zero would be read as: all is well."""
    own = replace(OWN, state=state, sync=replace(OWN.sync, **change))  # type: ignore[arg-type]

    assert own_lag(own).seconds is None
    assert own_lag(own).why_unknown


def test_a_node_that_is_well_knows_its_lag() -> None:
    """A whole disk is no reason not to know it."""
    assert own_lag(replace(OWN, lag_seconds=1.26)).seconds == 1.3


@pytest.mark.parametrize(
    "change",
    [
        {"age_seconds": 4_000.0},
        {"trusted": False},
        {"state": "populating"},
        {"state": "halted"},
        {"unwell": ("bucket",)},
        {"unwell": ("clock",)},
        {"unwell": ("cut off",)},
    ],
)
def test_another_node_has_no_lag_that_its_card_cannot_tell(change: dict[str, object]) -> None:
    """Silent, untrusted, unwell: nothing follows from the number on its card."""
    member = another("b", **change)

    assert lag_of(member, facts(member)).seconds is None


def test_a_bucket_that_is_away_hides_everybody() -> None:
    """Cards that cannot be read any more say nothing of now."""
    member = another("b", lag_seconds=0.0)
    away = facts(member, sync={"bucket_reachable": False, "last_error": "timeout"})
    old = facts(member, cards_age_seconds=300.0)
    never = facts(member, cards_age_seconds=None)

    assert [lag_of(member, known).seconds for known in (away, old, never)] == [None] * 3
    assert "cannot read its card" in lag_of(member, away).why_unknown


def test_a_card_that_is_spared_is_old_all_the_same() -> None:
    """Nobody is called dead after the bucket was away, and nobody is called up to date."""
    member = Member(another("b").card, 900.0, is_spared=True)

    assert member.state == "ready"
    assert lag_of(member, facts(member)).why_unknown == "its card is old"


def test_lacks_are_told_by_author_the_most_first() -> None:
    """The own log lacks nothing, and a log that nobody has is lacked whole."""
    b, c = identity(11), identity(12)
    logs = [("a", A, 10), ("b", b, 7), ("c", c, 30)]
    members = another("b", 11), another("c", 12)
    known = facts(*members)

    assert lacks_of(members[0], known, {A: 8, b: 7}, logs) == [Lack("c", c, 30), Lack("a", A, 2)]
    assert lacks_of(members[1], known, {}, logs) == [Lack("a", A, 10), Lack("b", b, 7)]


@pytest.mark.parametrize(
    ("still_seconds", "lag_seconds", "lacks"), [(30.0, 0.0, 0), (90.0, 0.0, 2), (30.0, 4.0, 2)]
)
def test_what_was_published_since_the_card_says_nothing_about_its_writer(
    still_seconds: float, lag_seconds: float, lacks: int
) -> None:
    """A card that says nothing is behind is contradicted only by what was there when it did."""
    b = another("b", 11, age_seconds=60.0, lag_seconds=lag_seconds, vector={A: 8})
    known = facts(b, still_seconds={A: still_seconds})
    found = lacks_of(b, known, {A: 8}, [("a", A, 10)])

    assert sum(lack.segments for lack in found) == lacks


def test_what_a_node_wrote_it_has() -> None:
    """Its card may be from before that."""
    member = another("b", 11, vector={A: 4})

    assert applied_by(member, {A: 10, identity(11): 9}) == {A: 4, identity(11): 9}
