"""Every node publishes a card, and reads those of the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.port import Entry
from skygarth.clock.manual_clock import ManualClock
from skygarth.formats.records import Card, encode_record
from skygarth.model.errors import Unavailable
from skygarth.model.position import Incarnation
from skygarth.node.cluster_key import ClusterKey, ClusterKeys
from skygarth.node.membership import CARD_PURPOSE, SPARED_SECONDS, Membership, Signer

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
    every_seconds=60.0,
)
OTHER = replace(CARD, incarnation=Incarnation("b" * 32), name="b")
KEYS = ClusterKeys([ClusterKey(bytes(32))])


def member(
    bucket: MemoryBucket, clock: ManualClock, card: Card, signer: Signer | None = None
) -> Membership:
    """The membership of a node with a fixed card."""
    return Membership(bucket, clock, lambda: card, signer=signer)


def states(membership: Membership) -> dict[str, str]:
    """The state of each node, by its name."""
    return {found.card.name: found.state for found in membership.members(afresh=True)}


class AwayBucket(MemoryBucket):
    """A bucket that can be out of reach.

    Attributes:
        away: whether it is.
    """

    away = False

    def put(self, key: str, body: bytes) -> None:
        """Write, unless it is away."""
        if self.away:
            raise Unavailable("the bucket is away", code="SG-BUCKET-001")
        super().put(key, body)

    def list(self, prefix: str) -> list[Entry]:
        """List, unless it is away."""
        if self.away:
            raise Unavailable("the bucket is away", code="SG-BUCKET-001")
        return super().list(prefix)


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


def test_old_authors_have_one_name_on_every_node() -> None:
    """Who read their segments and who began with a snapshot call them alike (MBR-11)."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    old, older, living = (Incarnation(digit * 32) for digit in "123")
    former = {old: "was b", older: "", living: "was c"}
    for card in (
        replace(OTHER, former=former),
        replace(OTHER, incarnation=Incarnation("d" * 32), name="copy", former={older: "", old: ""}),
        replace(OTHER, incarnation=living, name="c"),
    ):
        member(bucket, clock, card).publish(every_seconds=0)
    reader, newcomer = member(bucket, clock, CARD), member(bucket, clock, CARD)
    reader.heard_of(old, "heard")
    reader.members()

    wanted = [old, older, living]
    for each in (reader, newcomer):
        assert [each.names(wanted)[who] for who in wanted] == ["was b", "b", "c"]


def test_an_untrusted_card_names_nobody() -> None:
    """What it tells of former identities is not believed (MBR-11)."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    old = Incarnation("1" * 32)
    member(bucket, clock, replace(OTHER, former={old: "b"})).publish(every_seconds=0)
    mine = member(bucket, clock, CARD, KEYS.signer(CARD_PURPOSE))

    assert old not in mine.names([old])


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
    never = mine.cards_age_seconds
    mine.members()
    other = replace(CARD, incarnation=Incarnation("b" * 32), name="b")
    member(bucket, clock, other).publish(every_seconds=0)
    clock.advance_us(1_000_000)
    remembered, age = mine.members(), mine.cards_age_seconds
    afresh = mine.members(afresh=True)

    assert [found.card.name for found in remembered] == ["a"]
    assert (never, age) == (None, 1.0)
    assert [found.card.name for found in afresh] == ["a", "b"]
    assert mine.cards_age_seconds == 0.0


def test_a_card_is_overdue_after_two_and_a_half_intervals() -> None:
    """Each node is measured by what it says of itself: two cards may be missed (MBR-2)."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    quick = replace(CARD, incarnation=Incarnation("c" * 32), name="c", every_seconds=2.0)
    mine = member(bucket, clock, CARD)
    for each in (member(bucket, clock, OTHER), member(bucket, clock, quick), mine):
        each.publish(every_seconds=0)

    seen = []
    for seconds in (10, 1, 144, 1):
        clock.advance_us(seconds * 1_000_000)
        seen.append(states(mine))

    assert [each["c"] for each in seen] == ["ready", "silent", "silent", "silent"]
    assert [each["b"] for each in seen] == ["ready", "ready", "ready", "silent"]
    assert {each["a"] for each in seen} == {"ready"}


def test_the_last_node_alive_sees_the_others_fall_silent() -> None:
    """Nothing new stands in the bucket then but one's own card: that is the clock (MBR-3)."""
    clock = ManualClock(1_000_000)
    ahead = ManualClock(9_000_000_000_000)  # the bucket's calendar is another than the node's
    bucket = MemoryBucket(ahead.now_ms)
    mine = member(bucket, clock, CARD)
    member(bucket, clock, OTHER).publish(every_seconds=0)
    mine.publish(every_seconds=60)
    for each in (clock, ahead):
        each.advance_us(156_000_000)

    assert states(mine) == {"a": "ready", "b": "silent"}


def test_a_calendar_that_jumps_makes_nobody_silent() -> None:
    """What time a node believes it is has no say in who is alive (MBR-3)."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(lambda: 5_000_000)
    mine = member(bucket, clock, CARD)
    member(bucket, clock, OTHER).publish(every_seconds=0)
    mine.publish(every_seconds=60)
    clock.jump_us(3_600_000_000)

    assert states(mine) == {"a": "ready", "b": "ready"}


def test_after_the_bucket_was_away_nobody_is_buried_at_once() -> None:
    """Every card is old then; who lives writes another within seconds (MBR-3)."""
    clock = ManualClock(1_000_000)
    bucket = AwayBucket(clock.now_ms)
    mine = member(bucket, clock, CARD)
    dead = replace(CARD, incarnation=Incarnation("d" * 32), name="d", every_seconds=0.0)
    for each in (member(bucket, clock, OTHER), member(bucket, clock, dead), mine):
        each.publish(every_seconds=0)
    clock.advance_us(10_000_000)
    before = states(mine)

    bucket.away = True
    clock.advance_us(3_600_000_000)
    cut_off = states(mine)
    with pytest.raises(Unavailable):
        mine.publish(every_seconds=60)
    bucket.away = False
    mine.publish(every_seconds=60)
    just_back = states(mine)
    clock.advance_us(round(SPARED_SECONDS * 1_000_000))

    assert before == cut_off == just_back == {"a": "ready", "b": "ready", "d": "silent"}
    assert states(mine) == {"a": "ready", "b": "silent", "d": "silent"}


def test_a_node_that_has_become_unwell_says_so_at_once() -> None:
    """As it does when its state changes; how busy it is can wait (MBR-1)."""
    clock = ManualClock(1_000_000)
    cards = [
        CARD,
        replace(CARD, load=3.0),
        replace(CARD, unwell=("disk",)),
        replace(CARD, unwell=("disk",), state="lagging"),
    ]
    saying = iter(cards)
    mine = Membership(MemoryBucket(clock.now_ms), clock, lambda: next(saying))

    written = [mine.publish(every_seconds=60) for _ in cards]

    assert written == [True, False, True, True]


def test_a_card_without_the_clouds_signature_is_not_trusted() -> None:
    """It is shown as what it is: not signed, signed with another key, or changed since (MBR-4)."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    signer = KEYS.signer(CARD_PURPOSE)
    stranger = ClusterKeys([ClusterKey(b"x" * 32)]).signer(CARD_PURPOSE)
    others = [replace(OTHER, incarnation=Incarnation(each * 32), name=each) for each in "cdef"]
    signers = [signer, None, stranger, signer]
    for card, by in zip(others, signers, strict=True):
        member(bucket, clock, card, by).publish(every_seconds=0)
    changed = bucket.get(f"node/{'f' * 32}/card").body.replace(b"127.0.0.1", b"203.0.113.9")
    bucket.put(f"node/{'f' * 32}/card", changed)

    assert states(member(bucket, clock, CARD, signer)) == {
        "a": "ready",
        "c": "ready",
        "d": "untrusted",
        "e": "untrusted",
        "f": "untrusted",
    }
    assert set(states(member(bucket, clock, CARD)).values()) == {"ready"}


def test_a_node_whose_key_is_nobody_elses_is_told_so() -> None:
    """As long as one other signs with it, the fault is another's (MBR-4)."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    stranger = ClusterKeys([ClusterKey(b"x" * 32)]).signer(CARD_PURPOSE)
    third = replace(OTHER, incarnation=Incarnation("c" * 32), name="c")
    alone = member(bucket, clock, CARD, stranger)
    alone.publish(every_seconds=0)
    differs = []
    for card, signer in ((CARD, stranger), (OTHER, KEYS.signer(CARD_PURPOSE)), (third, stranger)):
        member(bucket, clock, card, signer).publish(every_seconds=0)
        alone.members(afresh=True)
        differs.append(alone.key_differs)

    assert differs == [False, True, False]


def test_a_signature_for_something_else_signs_no_card() -> None:
    """A key has a purpose: what it signs elsewhere is worth nothing here (MBR-4)."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    member(bucket, clock, OTHER, KEYS.signer("forward")).publish(every_seconds=0)

    assert states(member(bucket, clock, CARD, KEYS.signer(CARD_PURPOSE)))["b"] == "untrusted"


def test_a_card_under_anothers_key_is_no_card() -> None:
    """Even a signed one: it would bring a node back, or put one in another's place (MBR-4)."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    bucket.put(f"node/{'c' * 32}/card", encode_record(OTHER))

    assert states(member(bucket, clock, CARD)) == {"a": "ready"}


def test_a_forgotten_node_is_gone_for_everybody() -> None:
    """Its card and its ack are removed, and nothing else (MBR-10)."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    member(bucket, clock, OTHER).publish(every_seconds=0)
    for name in ("ack", "floor"):
        bucket.put(f"node/{OTHER.incarnation}/{name}", b"{}")
    bucket.put(f"tail/{OTHER.incarnation}-0000000000000001", b"a segment")
    mine = member(bucket, clock, CARD)
    mine.members()
    mine.forget(OTHER.incarnation)

    assert states(mine) == {"a": "ready"}
    assert [entry.key.partition("/")[0] for entry in bucket.list("")] == ["node", "tail"]


class Interrupted:
    """A bucket in which something happens while a write is under way."""

    def __init__(self, inner: MemoryBucket) -> None:
        self._inner = inner
        self.meanwhile: Callable[[], object] = lambda: None

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def put(self, key: str, body: bytes) -> None:
        """Let it happen, then write."""
        self.meanwhile()
        self._inner.put(key, body)


def test_whoever_has_fallen_silent_stays_silent_until_he_writes_again() -> None:
    """The age of a card only grows, whatever can be told of the bucket's time (MBR-3)."""
    clock = ManualClock(1_000_000)
    bucket = MemoryBucket(clock.now_ms)
    other = replace(CARD, incarnation=Incarnation("b" * 32), name="b", every_seconds=2.0)
    member(bucket, clock, other).publish(every_seconds=0)
    watched = Interrupted(bucket)
    mine = Membership(watched, clock, lambda: CARD)  # type: ignore[arg-type]
    mine.publish(every_seconds=0)
    clock.advance_us(11_000_000)
    before = mine.members()[1].state
    states: list[str] = []
    watched.meanwhile = lambda: states.append(mine.members(afresh=True)[1].state)
    mine.publish(every_seconds=0)
    member(bucket, clock, other).publish(every_seconds=0)

    assert (before, states) == ("silent", ["silent"])
    assert mine.members(afresh=True)[1].state == "ready"


def test_a_card_tells_how_far_its_writers_clock_is_off() -> None:
    """By what the writer called now and what the bucket did."""
    clock = ManualClock()
    bucket = MemoryBucket(clock.now_ms)
    member(bucket, clock, replace(OTHER, written_ms=clock.now_ms() + 4_000)).publish(
        every_seconds=0
    )
    found = {each.card.name: each for each in member(bucket, clock, CARD).members()}

    assert found["b"].clock_ahead_seconds == 4.0
    assert found["a"].clock_ahead_seconds is None


def test_one_slow_put_is_no_clock_that_is_behind() -> None:
    """A card that was tried for long is dated late; the one before, or the next, says otherwise."""
    clock = ManualClock()
    bucket = MemoryBucket(clock.now_ms)
    here = member(bucket, clock, CARD)
    offsets = []
    for late_ms in (0, 9_000, 8_000, 100):
        card = replace(OTHER, written_ms=clock.now_ms() - late_ms)
        member(bucket, clock, card).publish(every_seconds=0)
        offsets += [m.clock_ahead_seconds for m in here.members(afresh=True) if m.card.name == "b"]
        clock.sleep(60)

    assert offsets == [0.0, 0.0, -8.0, -0.1]


def test_a_bucket_without_a_clock_tells_of_nobodys() -> None:
    """Unknown is not zero."""
    clock, bucket = ManualClock(), MemoryBucket()
    member(bucket, clock, OTHER).publish(every_seconds=0)
    found = member(bucket, clock, CARD).members()

    assert [each.clock_ahead_seconds for each in found] == [None, None]
