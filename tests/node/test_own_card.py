"""A node knows until when nobody can take it for dead, and through which time that was so."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from skygarth.clock.manual_clock import ManualClock
from skygarth.formats.records import Card
from skygarth.model.position import Incarnation
from skygarth.node.membership import Member
from skygarth.node.own_card import OwnCard
from skygarth.node.traffic import Traffic
from skygarth.node.traits import NodeTraits

A, B = Incarnation("a" * 32), Incarnation("b" * 32)


@dataclass
class Facts:
    """A node, as its card sees it."""

    incarnation: Incarnation = A
    state: str = "ready"
    vector: dict[Incarnation, int] = field(default_factory=dict)

    def lag_seconds(self) -> float:
        """How far it is behind."""
        return 0.0


@pytest.fixture
def facts() -> Facts:
    """What may change."""
    return Facts()


@pytest.fixture
def card(facts: Facts) -> OwnCard:
    """Of a node that writes it every ten seconds."""
    clock = ManualClock()
    traits = NodeTraits(name="a", card_seconds=10)
    return OwnCard(facts, traits, Traffic(clock.monotonic), clock)


def test_whoever_wrote_no_card_is_not_sure(card: OwnCard) -> None:
    """Others cannot know that it is there."""
    assert card.alive_until == float("-inf")


def test_a_node_is_sure_for_less_time_than_others_wait(card: OwnCard) -> None:
    """Three seconds less, counted from before the card was put (JOB-5, MBR-2)."""
    card.was_written(A, 100.0)
    made: Card = card.make()

    assert card.alive_until == 127.0
    assert Member(made, age_seconds=card.alive_until + 3 - 100.0).state == "ready"
    assert Member(made, age_seconds=card.alive_until + 3.1 - 100.0).state == "silent"


def test_cards_in_time_make_one_tenure(card: OwnCard) -> None:
    """One that comes too late begins another: others may have thought it dead (JOB-6)."""
    tenures = []
    for at in (100.0, 110.0, 136.0, 163.0, 170.0):
        card.was_written(A, at)
        tenures.append(card.tenure)

    assert tenures == [(A, 1), (A, 1), (A, 1), (A, 2), (A, 2)]


def test_a_card_tells_whom_its_database_went_by_before(facts: Facts) -> None:
    """Asked for once for each identity; the newest 200, and never the present one (MBR-11)."""
    clock, asked = ManualClock(), []
    former = {Incarnation(f"{number:032}"): "old" for number in range(300)} | {A: "a"}

    def ask() -> dict[Incarnation, str]:
        asked.append(facts.incarnation)
        return former

    card = OwnCard(facts, NodeTraits(name="a"), Traffic(clock.monotonic), clock, ask)
    first = [card.make() for _ in range(3)][-1].former
    facts.incarnation = B
    later = [card.make() for _ in range(3)][-1].former

    assert asked == [A, B]
    assert (A in first, later[A], len(first), len(later)) == (False, "a", 199, 200)
    assert min(later) == f"{101:032}"


def test_a_new_identity_is_another_node(card: OwnCard, facts: Facts) -> None:
    """It is not sure before its own card is written, and what the former one knew is void."""
    card.was_written(A, 100.0)
    facts.incarnation = B

    assert card.alive_until == float("-inf")
    card.was_written(B, 101.0)
    assert (card.tenure, card.alive_until) == ((B, 2), 128.0)
