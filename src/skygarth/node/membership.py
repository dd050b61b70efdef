"""Who else is there: every node publishes a card, and reads those of the others.

A card is for people and for routing; replication does not depend on it. Cards
are written when the state changes and once in a while, and read when somebody
asks, since looking costs requests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from skygarth.bucket.port import Bucket
from skygarth.clock.port import Clock
from skygarth.formats import bucket_keys as keys
from skygarth.formats.records import Card, decode_card, encode_record
from skygarth.model.errors import Damaged, NotFound, Unavailable
from skygarth.model.position import Incarnation

SILENT_SECONDS = 900.0
"""A node whose card is older than this is called silent."""

STRANGERS_SECONDS = 30.0
"""How long an incarnation without a known card stays without a name: looking costs requests."""


@dataclass(frozen=True, slots=True)
class Member:
    """A node as its card tells, and how long ago that was by the bucket's clock."""

    card: Card
    age_seconds: float

    @property
    def state(self) -> str:
        """The state on the card; ``silent`` if the card is old."""
        if self.card.state in {"left", "evicted"}:
            return self.card.state
        return self.card.state if self.age_seconds <= SILENT_SECONDS else "silent"


class Membership:
    """Writes this node's card and reads everybody's.

    Args:
        make_card: this node's card as of now.
        fresh_seconds: cards read less long ago than this are not read again.
    """

    def __init__(
        self,
        bucket: Bucket,
        clock: Clock,
        make_card: Callable[[], Card],
        *,
        fresh_seconds: float = 2.0,
    ) -> None:
        self._bucket = bucket
        self._clock = clock
        self._make_card = make_card
        self._fresh_seconds = fresh_seconds
        self._lock = threading.Lock()
        self._members: dict[Incarnation, Member] = {}
        self._seen: dict[str, tuple[str, Card]] = {}
        self._authors: dict[Incarnation, str] = {}
        self._read_at = float("-inf")
        self._written: Card | None = None
        self._written_at = float("-inf")

    def publish(self, *, every_seconds: float) -> bool:
        """Write the card if its state has changed or it is old; whether it was written.

        Raises:
            Unavailable: the bucket does not answer.
        """
        card = self._make_card()
        now = self._clock.monotonic()
        changed = self._written is None or (self._written.state, self._written.incarnation) != (
            card.state,
            card.incarnation,
        )
        if not changed and now - self._written_at < every_seconds:
            return False
        self._bucket.put(keys.card_key(card.incarnation), encode_record(card))
        self._written, self._written_at = card, now
        return True

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
                except Unavailable:
                    pass  # what is known is better than nothing; health tells of the bucket
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

        A card's name wins over a segment's: it is what the node is called now.
        """
        unknown = set(wanted) - self._members.keys() - self._authors.keys()
        if unknown and self._clock.monotonic() - self._read_at >= STRANGERS_SECONDS:
            self.members()
        carded = {incarnation: member.card.name for incarnation, member in self._members.items()}
        return self._authors | carded

    def _read_cards(self) -> None:
        entries = self._bucket.list(keys.NODE_PREFIX)
        newest = max((entry.modified_ms for entry in entries), default=0)
        found: dict[Incarnation, Member] = {}
        for entry in entries:
            incarnation = keys.parse_card_key(entry.key)
            if incarnation is None:
                continue
            mark = f"{entry.modified_ms}-{entry.size}-{entry.etag}"
            seen = self._seen.get(entry.key)
            if seen is None or seen[0] != mark:
                try:
                    seen = (mark, decode_card(self._bucket.get(entry.key).body))
                except (Damaged, NotFound):
                    continue  # half a card is no card; the next one will do
                self._seen[entry.key] = seen
            found[incarnation] = Member(seen[1], (newest - entry.modified_ms) / 1000)
        self._members = found
