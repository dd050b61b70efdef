"""Every node publishes a card, and reads those of the others."""

from __future__ import annotations

from dataclasses import replace

from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.manual_clock import ManualClock
from skygarth.formats.records import Card
from skygarth.model.position import Incarnation
from skygarth.node.membership import Membership

CARD = Card(
    incarnation=Incarnation("a" * 32),
    name="a",
    address="http://127.0.0.1:1",
    pools=("web",),
    versions={},
    state="ready",
    started_ms=1,
    written_ms=1,
    lag_seconds=0.0,
    vector={},
)


def member(bucket: MemoryBucket, clock: ManualClock, card: Card) -> Membership:
    """The membership of a node with a fixed card."""
    return Membership(bucket, clock, lambda: card)


def test_nodes_see_each_other() -> None:
    """Whoever published a card is listed by everybody, oneself included."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    other = replace(CARD, incarnation=Incarnation("b" * 32), name="b")
    member(bucket, clock, other).publish(every_seconds=0)

    names = [found.card.name for found in member(bucket, clock, CARD).members()]

    assert names == ["a", "b"]


def test_an_author_has_a_name_before_his_card_is_read() -> None:
    """A segment says who wrote it; what a card says later counts more."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    mine = member(bucket, clock, CARD)
    writer = Incarnation("b" * 32)
    mine.heard_of(writer, "b")

    assert mine.names([writer])[writer] == "b"

    member(bucket, clock, replace(CARD, incarnation=writer, name="new b")).publish(every_seconds=0)
    mine.members()

    assert mine.names([writer])[writer] == "new b"


def test_an_unchanged_card_is_written_seldom() -> None:
    """Writing costs a request: only a new state or an old card is written."""
    clock = ManualClock(1_000_000)
    mine = member(MemoryBucket(clock.now_ms), clock, CARD)

    written = [mine.publish(every_seconds=60) for _ in range(3)]
    clock.advance_us(61_000_000)

    assert written == [True, False, False]
    assert mine.publish(every_seconds=60)


def test_an_old_card_means_silent() -> None:
    """By the bucket's own clock: the age of a card is told against the newest one."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    other = replace(CARD, incarnation=Incarnation("b" * 32), name="b")
    member(bucket, clock, other).publish(every_seconds=0)
    clock.advance_us(1_000_000_000)
    mine = member(bucket, clock, CARD)
    mine.publish(every_seconds=0)

    states = {found.card.name: found.state for found in mine.members()}

    assert states == {"a": "ready", "b": "silent"}


def test_garbage_in_place_of_a_card_hides_only_that_card() -> None:
    """One unreadable card keeps nobody from seeing the rest."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    bucket.put(f"node/{'c' * 32}/card", b"garbage")

    assert [found.card.name for found in member(bucket, clock, CARD).members()] == ["a"]


def test_cards_are_read_afresh_where_somebody_asks_who_is_there_now() -> None:
    """A card that was written a moment ago is seen, however recently cards were read."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    mine = member(bucket, clock, CARD)
    assert mine.cards_age_seconds is None
    mine.members()
    other = replace(CARD, incarnation=Incarnation("b" * 32), name="b")
    member(bucket, clock, other).publish(every_seconds=0)
    clock.advance_us(1_000_000)
    remembered, age = mine.members(), mine.cards_age_seconds
    afresh = mine.members(afresh=True)

    assert [found.card.name for found in remembered] == ["a"]
    assert age == 1.0
    assert [found.card.name for found in afresh] == ["a", "b"]
    assert mine.cards_age_seconds == 0.0
