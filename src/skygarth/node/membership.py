"""Who else is there: every node publishes a card, and reads those of the others.

A card is for people and for routing; replication does not depend on it. Cards
are written when the state changes and once in a while, and read when somebody
asks, since looking costs requests (docs/protocol/membership.md).

Whether a node is alive is told by the bucket's clock alone: how long ago its card
was written, as the bucket dates it. What time it is there, one's own card tells
best: one knows when that was put, and sees how the bucket dated it (MBR-3).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from skygarth.bucket.port import Bucket, Entry
from skygarth.clock.port import Clock
from skygarth.formats import bucket_keys as keys
from skygarth.formats.records import (
    Card,
    decode_card,
    encode_record,
    sign_card,
    signed_part_of_card,
)
from skygarth.model.errors import Damaged, NotFound, Unavailable
from skygarth.model.position import Incarnation

_log = structlog.get_logger("skygarth.node")

OVERDUE_TIMES = 2.5
OVERDUE_SECONDS = 5.0
"""A card is overdue after so many of its own intervals and so many seconds more (MBR-2)."""

SPARED_SECONDS = 15.0
"""After the bucket was away every card is old: so long until its writers have caught up."""

STRANGERS_SECONDS = 30.0
"""How long an incarnation without a known card stays without a name: looking costs requests."""

GONE = frozenset({"left", "evicted"})
"""States that last, however old the card."""

DEAD = GONE | {"silent"}
"""States of a node that is not there any more, as far as its card can tell."""

CARD_PURPOSE = "card"


class Signer(Protocol):
    """Signs with the cluster's key, for cards alone."""

    def sign(self, message: bytes) -> str:
        """The signature of some bytes."""
        ...

    def verify(self, message: bytes, signature: str) -> bool:
        """Whether a key that counts gave this signature for these bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """A node as its card tells, and how long ago that was by the bucket's clock.

    Attributes:
        trusted: its card carries the cloud's signature, or the cloud has no key.
        is_spared: nothing follows from its age, for the bucket was away until just now.
        clock_ahead_seconds: how far its clock is ahead of the bucket's, negative behind, a
            second more or less; None where that cannot be told.
    """

    card: Card
    age_seconds: float
    trusted: bool = True
    is_spared: bool = False
    clock_ahead_seconds: float | None = None

    @property
    def state(self) -> str:
        """The state on the card; ``untrusted`` or ``silent`` where that cannot be relied on."""
        if not self.trusted:
            return "untrusted"
        if self.card.state in GONE or self.is_spared or not self.is_overdue:
            return self.card.state
        return "silent"

    @property
    def is_overdue(self) -> bool:
        """Whether the node should have written another card long ago (MBR-2)."""
        return self.age_seconds > OVERDUE_TIMES * self.card.every_seconds + OVERDUE_SECONDS


@dataclass(frozen=True, slots=True)
class _Read:
    """A card as it was read, and what tells that it has been overwritten.

    Attributes:
        clock_ahead_seconds: by this card alone: what its writer called now, less what the
            bucket did. A put that was tried for long looks like a clock that is behind.
        steadily_ahead_seconds: the smaller one of this card's and the last one's.
    """

    mark: str
    card: Card
    trusted: bool
    clock_ahead_seconds: float | None
    steadily_ahead_seconds: float | None


class Membership:
    """Writes this node's card and reads everybody's.

    Args:
        make_card: this node's card as of now.
        fresh_seconds: cards read less long ago than this are not read again.
        signer: signs this node's card and verifies the others'; None without a cluster key.

    Attributes:
        reads: how many times cards were read, so that one can tell whether they could be.
        key_differs: whether others sign with keys, and none with one that this node has.
    """

    def __init__(
        self,
        bucket: Bucket,
        clock: Clock,
        make_card: Callable[[], Card],
        *,
        fresh_seconds: float = 2.0,
        signer: Signer | None = None,
    ) -> None:
        self._bucket = bucket
        self._clock = clock
        self._make_card = make_card
        self._fresh_seconds = fresh_seconds
        self._signer = signer
        self._lock = threading.Lock()
        self._publishing = threading.Lock()
        self._members: dict[Incarnation, Member] = {}
        self._seen: dict[str, _Read] = {}
        self._authors: dict[Incarnation, str] = {}
        self._former: frozenset[Incarnation] = frozenset()
        self.key_differs = False
        self._read_at = float("-inf")
        self._written: Card | None = None
        self._written_at = float("-inf")
        self._puts = 0
        self.reads = 0
        self._is_blind = False
        self._sees_since = float("-inf")

    def publish(self, *, every_seconds: float) -> bool:
        """Write the card if its state has changed or it is old; whether it was written.

        Raises:
            Unavailable: the bucket does not answer.
        """
        with self._publishing:
            return self._publish(every_seconds)

    def members(self, *, afresh: bool = False) -> list[Member]:
        """Every node that has a card, this one included, by name; from memory if read just now.

        Args:
            afresh: read cards now, however recently they were read.
        """
        with self._lock:
            now = self._clock.monotonic()
            if afresh or now - self._read_at >= self._fresh_seconds:
                try:
                    self._read_cards()
                    self._read_at = now
                    self.reads += 1
                except Unavailable:
                    # What is known is better than nothing, and nobody is called dead because
                    # we cannot see him; health tells of the bucket.
                    self._is_blind = True
            own = self._make_card()
            known = self._members | {own.incarnation: Member(own, 0.0)}
        return sorted(known.values(), key=lambda member: (member.card.name, member.card.started_ms))

    @property
    def cards_age_seconds(self) -> float | None:
        """How long ago cards were read; None if they never could be."""
        age = self._clock.monotonic() - self._read_at
        return None if age == float("inf") else age

    def heard_of(self, incarnation: Incarnation, name: str) -> None:
        """A segment says who wrote it, often before the author's card is read."""
        self._authors[incarnation] = name

    def names(self, wanted: Iterable[Incarnation] = ()) -> Mapping[Incarnation, str]:
        """Name by incarnation; cards are read if one is wanted that nobody knows yet.

        A card's name wins over a segment's: it is what the node is called now. So does what a
        card tells of its former identities, but not over the card of such a one (MBR-11).
        """
        unknown = set(wanted) - self._members.keys() - self._authors.keys() - self._former
        if unknown and self._clock.monotonic() - self._read_at >= STRANGERS_SECONDS:
            self.members()
        members = list(self._members.values())
        carded = {member.card.incarnation: member.card.name for member in members}
        return self._authors | former_names(members) | carded

    def forget(self, incarnation: Incarnation) -> None:
        """Remove what stands in the bucket of a node that is gone for good: card and ack.

        Its log stays: that is content.

        Raises:
            Unavailable: the bucket does not answer.
        """
        with self._lock:
            self._bucket.delete(keys.ack_key(incarnation))
            self._bucket.delete(keys.card_key(incarnation))
            self._members.pop(incarnation, None)

    def _publish(self, every_seconds: float) -> bool:
        card = self._make_card()
        now = self._clock.monotonic()
        changed = self._written is None or _said(self._written) != _said(card)
        if not changed and now - self._written_at < every_seconds:
            return False
        signed = card if self._signer is None else sign_card(card, self._signer.sign)
        self._puts += 1
        try:
            self._bucket.put(keys.card_key(card.incarnation), encode_record(signed))
        except Unavailable:
            self._is_blind = True
            raise
        finally:
            self._puts += 1
        self._written, self._written_at = card, self._clock.monotonic()
        return True

    def _read_cards(self) -> None:
        puts, written, written_at = self._puts, self._written, self._written_at
        entries = self._bucket.list(keys.NODE_PREFIX)
        at = self._clock.monotonic()
        now_ms = max((entry.modified_ms for entry in entries), default=0)
        if written is not None and puts == self._puts and puts % 2 == 0:  # it was not put meanwhile
            now_ms = max(now_ms, _bucket_now_ms(entries, written.incarnation, at - written_at))
        spared = self._spared(at)
        found: dict[Incarnation, Member] = {}
        for entry in entries:
            incarnation = keys.parse_card_key(entry.key)
            read = None if incarnation is None else self._read(incarnation, entry)
            if incarnation is None or read is None:
                continue
            age = max(0.0, (now_ms - entry.modified_ms) / 1000)
            before = self._members.get(incarnation)
            if before is not None and before.card is read.card:
                # While the own card is under way the bucket's time is told too early: whoever
                # has fallen silent stays so until he writes again.
                age = max(age, before.age_seconds)
            found[incarnation] = Member(
                read.card, age, read.trusted, incarnation in spared, read.steadily_ahead_seconds
            )
        self._members = found
        self._former = frozenset(former_names(found.values()))
        self._compare_keys(written)

    def _compare_keys(self, written: Card | None) -> None:
        """Say once that nobody else signs with this node's key: it is hardly the others' fault."""
        own = None if written is None else written.incarnation
        others = [member for i, member in self._members.items() if i != own]
        signed = [each.trusted for each in others if each.card.signature]
        alone = self._signer is not None and bool(signed) and not any(signed)
        if alone and not self.key_differs:
            _log.warning(
                "no card of another node is signed with this node's cluster key",
                cards=len(signed),
                fix="give all nodes one key: skygarth keys show tells which one a node has",
            )
        self.key_differs = alone

    def _read(self, incarnation: Incarnation, entry: Entry) -> _Read | None:
        """A card, from memory if it has not been overwritten; None if it is none."""
        mark = f"{entry.modified_ms}-{entry.size}-{entry.etag}"
        seen = self._seen.get(entry.key)
        if seen is not None and seen.mark == mark:
            return seen
        try:
            body = self._bucket.get(entry.key).body
            card = decode_card(body)
        except (Damaged, NotFound):
            return None  # half a card is no card; the next one will do (MBR-5)
        if card.incarnation != incarnation:
            return None  # somebody put another's card here (MBR-4)
        before = None if seen is None else seen.clock_ahead_seconds
        ahead = _clock_ahead_seconds(card, entry)
        read = self._seen[entry.key] = _Read(
            mark, card, self._trusts(card, body), ahead, _steady(ahead, before)
        )
        return read

    def _trusts(self, card: Card, body: bytes) -> bool:
        if self._signer is None:
            return True
        return self._signer.verify(signed_part_of_card(body), card.signature)

    def _spared(self, at: float) -> frozenset[Incarnation]:
        """Those who were alive when the bucket was last seen, if it was away until just now."""
        if self._is_blind:
            self._is_blind, self._sees_since = False, at
        if at - self._sees_since >= SPARED_SECONDS:
            return frozenset()
        return frozenset(
            incarnation for incarnation, member in self._members.items() if member.state != "silent"
        )


def former_names(members: Iterable[Member]) -> dict[Incarnation, str]:
    """The names of identities that trusted cards call their former ones, alike on every reader.

    A database and its copy have the same ones; they agree on the name, unless one of them is
    of a version that did not keep it, and goes by another name now.
    """
    told = [
        (incarnation, not name, name or member.card.name)
        for member in members
        if member.trusted
        for incarnation, name in member.card.former.items()
    ]
    return {incarnation: name for incarnation, _, name in sorted(told, reverse=True)}


def _clock_ahead_seconds(card: Card, entry: Entry) -> float | None:
    """How far its writer's clock is ahead of the bucket's; None if the bucket has no clock."""
    return (card.written_ms - entry.modified_ms) / 1000 if entry.modified_ms else None


def _steady(ahead: float | None, before: float | None) -> float | None:
    """What two cards in a row say at least."""
    known = [each for each in (ahead, before) if each is not None]
    return min(known, key=abs, default=None)


def _said(card: Card) -> tuple[object, ...]:
    """What others should hear of at once when it changes (MBR-1)."""
    return card.incarnation, card.state, card.unwell


def _bucket_now_ms(entries: Iterable[Entry], own: Incarnation, seconds: float) -> int:
    """What time it is at the bucket, from one's own card and how long ago it was put (MBR-3).

    Not later than it is: a put is answered after it was dated, and stores round down.
    """
    key = keys.card_key(own)
    dated = next((entry.modified_ms for entry in entries if entry.key == key), None)
    return 0 if dated is None else dated + round(seconds * 1000)
