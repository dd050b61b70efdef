"""Nodes that do jobs on counted time: real repositories, cards, claims and desks, and no threads.

Time passes only when a test says so. Segments travel through a list in the order
in which they were published; a node that is cut off publishes and fetches none,
and its requests to the bucket are lost.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from tests.repositories import RepositoryNode
from tests.repository.journal import Article, Note, Section

from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.manual_clock import ManualClock
from skygarth.database.port import Packed
from skygarth.model.errors import SkygarthError
from skygarth.model.position import Incarnation, Position
from skygarth.node.claims import Claims
from skygarth.node.job_deciding import Peer
from skygarth.node.job_desk import JobDesk
from skygarth.node.job_office import peers_of
from skygarth.node.membership import Membership
from skygarth.node.own_card import OwnCard, Tenure
from skygarth.node.traffic import Traffic
from skygarth.node.traits import NodeTraits
from skygarth.repository import JobChange
from skygarth.repository.pool_jobs import PoolJob
from skygarth.testing.faulty_bucket import Fate, FaultyBucket

CARD_SECONDS = 10.0
PATIENCE_SECONDS = 10.0
SILENT_SECONDS = 31.0
"""Whoever has written no card for so long is silent: two and a half intervals and five seconds."""


@dataclass
class ManualCloud:
    """What the nodes share.

    Attributes:
        done: (letter of the node, what its function was called with), in order.
    """

    clock: ManualClock = field(default_factory=ManualClock)
    segments: list[tuple[Position, Packed]] = field(default_factory=list)
    done: list[tuple[str, JobChange]] = field(default_factory=list)
    nodes: list[ManualNode] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bucket = MemoryBucket(self.clock.now_ms)
        self.nonces = itertools.count()

    def add(self, letter: str, *pools: str, with_function: bool = True) -> ManualNode:
        """One more node."""
        node = ManualNode(self, letter, pools or ("media",), with_function=with_function)
        self.nodes.append(node)
        return node

    def run(self, seconds: float, step_seconds: float = 1.0) -> None:
        """Let time pass; nodes that are dead do nothing."""
        alive = [node for node in self.nodes if not node.is_dead]
        for _ in range(round(seconds / step_seconds)):
            self.clock.advance_us(round(step_seconds * 1_000_000))
            for node in alive:
                node.live()

    def who_did(self) -> list[str]:
        """The letters of those who called a function, in order."""
        return [letter for letter, _ in self.done]


class ManualNode:
    """One node: its repository, and the real parts that do jobs.

    Attributes:
        is_dead: its process has ended, without a word.
        is_cut: the bucket cannot be reached.
    """

    def __init__(
        self, cloud: ManualCloud, letter: str, pools: tuple[str, ...], *, with_function: bool
    ) -> None:
        self.letter = letter
        self.cloud = cloud
        self.state = "ready"
        self.is_dead = self.is_cut = False
        self.pools = frozenset(pools)
        self._node = RepositoryNode(letter)
        self.repository = self._node.repository
        self.repository.register(Section, Article, Note)
        self.incarnation = self._node.incarnation
        self.monotonic = cloud.clock.monotonic
        self.card = self._make_card(pools)
        self.bucket = FaultyBucket(
            cloud.bucket, lambda *_: Fate.LOST if self.is_cut else Fate.FINE, lambda _: None
        )
        self.membership = Membership(self.bucket, cloud.clock, lambda: self.card.make())
        self.claims = Claims(
            self.bucket,
            owner=lambda: self.incarnation,
            monotonic=self.monotonic,
            nonce=lambda: str(next(cloud.nonces)),
        )
        self.desk = JobDesk(self, self.repository, patience_seconds=PATIENCE_SECONDS)
        self._fetched = self._published = 0
        if with_function:
            self.repository.on("created", Note, pool="media", once=True, name="look")(self._look)
        self.desk.listen()
        self.publish_card()

    # -- life ---------------------------------------------------------------------------------

    def live(self) -> None:
        """A second of a node's life."""
        self.publish_card()
        self.exchange()
        self.desk.step()
        while self.desk.work():
            self.desk.step()
        self.exchange()

    def become(self, *pools: str) -> None:
        """Start anew, for other work, and say so."""
        self.pools = frozenset(pools)
        self.card = self._make_card(pools)
        self.state = "starting"
        self.publish_card()
        self.is_dead, self.state = False, "ready"

    def _make_card(self, pools: tuple[str, ...]) -> OwnCard:
        traits = NodeTraits(name=self.letter, pools=pools, card_seconds=CARD_SECONDS)
        return OwnCard(self, traits, Traffic(self.monotonic), self.cloud.clock)

    def write(self, text: str = "") -> Note:
        """A change that asks for a job."""
        return self.repository.create(Note(text=text))

    def notes(self) -> list[str]:
        """What all notes say."""
        return sorted(note.text for note in self.repository.query(Note))

    def jobs(self) -> list[PoolJob]:
        """Jobs that are not done."""
        return self.repository.query(PoolJob).all()

    def exchange(self) -> None:
        """Publish what is new here, apply what is new elsewhere."""
        if not self.is_cut:
            self._publish()
            self._fetch()

    def publish_card(self) -> None:
        """Write the card when it is due."""
        began_at = self.monotonic()
        try:
            if self.membership.publish(every_seconds=CARD_SECONDS):
                self.card.was_written(self.incarnation, began_at)
        except SkygarthError:
            assert self.is_cut

    def _look(self, change: JobChange) -> None:
        self.cloud.done.append((self.letter, change))

    # -- the office -----------------------------------------------------------------------------

    @property
    def vector(self) -> dict[Incarnation, int]:
        """Applied through, by log."""
        return self._node.database.replica().vector()

    def lag_seconds(self) -> float:
        """How far it is behind."""
        return 0.0

    @property
    def tenure(self) -> Tenure:
        """Since when it has been sure of being taken for alive."""
        return self.card.tenure

    @property
    def alive_until(self) -> float:
        """Until when nobody can take it for dead."""
        return self.card.alive_until

    def peers(self, *, afresh: bool) -> tuple[Peer, ...]:
        """The nodes as their cards tell."""
        return peers_of(self.membership, afresh=afresh)

    def working(self) -> AbstractContextManager[None]:
        """Nobody drains in the middle of a job here."""
        return nullcontext()

    def catch_up(self, with_: Collection[Incarnation], timeout: float) -> bool:
        """Have everything own in the bucket, and apply all that stands there."""
        self.exchange()
        return not self.is_cut

    def wait_durable(self, sequence: int, level: str, timeout: float) -> str:
        """Publish."""
        self.exchange()
        return "local" if self.is_cut else level

    # -- segments ---------------------------------------------------------------------------------

    def _publish(self) -> None:
        replica = self._node.database.replica()
        packed = replica.pack(100_000)
        if packed is not None:
            self._published += 1
            position = Position(self.incarnation, self._published)
            replica.published(position, "digest", packed.through)
            self.cloud.segments.append((position, packed))

    def _fetch(self) -> None:
        for position, packed in self.cloud.segments[self._fetched :]:
            self._fetched += 1
            if position.incarnation != self.incarnation:
                self._node.observe(packed.stamp_max)
                merged = self._node.database.replica().merge(position, packed.image)
                self.repository.announce_imported(*merged.changes)
