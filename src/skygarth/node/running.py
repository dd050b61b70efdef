"""One running node: its database, its replication, what it tells of itself.

A `RunningNode` is put together by `skygarth.assembly` and knows nothing of HTTP.
Pages and commands ask it; SIGTERM ends in `stop`, which publishes what is left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from skygarth.bucket.metered import Meter
from skygarth.bucket.port import Bucket
from skygarth.clock.chance import Chance
from skygarth.clock.port import Clock
from skygarth.database.port import Merged
from skygarth.model.errors import SkygarthError, Unsupported
from skygarth.model.position import Incarnation, Position, Vector, covers
from skygarth.node.claims import Claims
from skygarth.node.companions import Companions
from skygarth.node.content_digests import ContentDigests
from skygarth.node.data_folder import DataFolder
from skygarth.node.draining import FINISH_SECONDS, Draining, Surroundings
from skygarth.node.engine import Reports, make_engine
from skygarth.node.forgetting import Forgotten, forget_nodes
from skygarth.node.lag import LagWatch
from skygarth.node.local_database import LocalDatabase
from skygarth.node.membership import Member, Membership, Signer
from skygarth.node.object_history import ObjectHistories
from skygarth.node.own_card import OwnCard
from skygarth.node.refill_order import Refilled, order_refill
from skygarth.node.reporting import Reporter
from skygarth.node.requests import RequestThreads
from skygarth.node.snapshot_keeper import SnapshotKeeper
from skygarth.node.snapshots import SnapshotTaken
from skygarth.node.standing import Standing
from skygarth.node.status import ContentDigest, CostStatus, SyncStatus
from skygarth.node.traffic import Traffic
from skygarth.node.traits import NodeTraits
from skygarth.node.upkeep import Duty, Upkeep
from skygarth.replication import events as ev
from skygarth.replication.replicator import Replicator
from skygarth.repository.repository import Repository

DATA_FOLDER_SECONDS = 2.0
FAREWELL_SECONDS = 0.7
REQUEST_THREADS = 8
FEED_ENTRIES_KEPT = 100_000
"""A reader of the change feed that is further behind has to read the objects themselves."""


class RunningNode:
    """A node; `start` begins replication, `stop` ends it."""

    def __init__(
        self,
        traits: NodeTraits,
        local: LocalDatabase,
        repository: Repository,
        bucket: Bucket,
        meter: Meter,
        clock: Clock,
        chance: Chance,
        *,
        signer: Signer | None = None,
    ) -> None:
        self.traits = traits
        self.repository = repository
        self.database = local.database
        self.bucket = bucket
        self.meter = meter
        self.clock = clock
        self.populating = (0, 0)
        self.companions = Companions()
        self.traffic = Traffic(clock.monotonic)
        self.end_process: Callable[[], None] | None = None
        self._local = local
        self._threads = RequestThreads(REQUEST_THREADS, "skygarth-request")
        self.replicator = Replicator(traits.timing, lambda: chance.uniform(0, 1))
        self.card = OwnCard(self, traits, self.traffic, clock, local.database.replica().former)
        self.membership = Membership(bucket, clock, self.card.make, signer=signer)
        self._engine = make_engine(
            self.replicator,
            traits,
            local,
            bucket,
            clock,
            chance,
            self._threads,
            Reports(
                populated=self._populated,
                merged=self._merged,
                published=self._published,
                name_of=lambda who: self.membership.names().get(who, who[:8]),
            ),
        )
        self._runtime = self._engine.runtime
        self._data_folder = DataFolder(self.database.path)
        self._lag = LagWatch(self.replicator.peers, clock.monotonic)
        self._digests = ContentDigests(self.database, lambda: self.vector, lambda: self.populating)
        self._reporter = Reporter(
            self._runtime,
            self.database,
            bucket,
            meter,
            clock,
            local.hybrid_clock,
            self._lag,
            self.membership.names,
        )
        self.claims = Claims(
            bucket,
            owner=lambda: self.incarnation,
            monotonic=clock.monotonic,
            nonce=lambda: chance.bytes(8).hex(),
        )
        self.draining = self._make_draining()
        self._snapshots = SnapshotKeeper(
            self.replicator,
            bucket,
            self.database,
            name=traits.name,
            now_ms=clock.now_ms,
            publish_rest=self._publish_rest,
        )
        self.histories = ObjectHistories(
            bucket,
            self.database,
            self.repository,
            repository_id=lambda: self.repository_id,
            node=traits.name,
        )
        self._standing = Standing(
            self.replicator,
            self.database,
            self._data_folder,
            self.draining,
            self._lag,
            lag_seconds_max=traits.lag_seconds_max,
            last_error=self._reporter.last_error,
        )
        self._upkeep = Upkeep(
            clock,
            [
                Duty("data folder", self._watch_data_folder, DATA_FOLDER_SECONDS),
                Duty("vital signs", self.card.measure, min(10.0, traits.card_seconds)),
                Duty("card", self._publish_card, min(2.0, traits.card_seconds)),
                Duty("snapshot", self._snapshot_if_due, 5.0),
                Duty("feed", self._trim_feed, 60.0),
            ],
        )
        repository.durability = self.wait_durable
        repository.on_commit = self._runtime.changed

    def _make_draining(self) -> Draining:
        around = Surroundings(
            traffic=self.traffic,
            withdraw=self.companions.withdraw,
            rejoin=self.companions.return_to_traffic,
            publish=self._publish_rest,
            tell=self._publish_card,
            linger_seconds=lambda: self.companions.linger_seconds,
        )
        return Draining(around, self.clock.monotonic, quiet_seconds=self.traits.quiet_seconds)

    # -- life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to replicate; returns at once."""
        self._engine.start(self.traits, self._local, self.bucket.url)
        self._upkeep.start()
        self.companions.start()

    def stop(self, timeout: float = 3.0) -> bool:
        """Publish what is left, say goodbye, end; whether everything was published in time."""
        if self._standing.has_left:
            return True
        self._standing.has_left = True
        self.draining.stop()
        self.companions.withdraw()
        done = self._publish_rest(timeout)
        self.companions.stop()
        self._upkeep.stop()
        self._runtime.stop()
        farewell = threading.Thread(target=self._farewell, daemon=True)
        farewell.start()
        farewell.join(timeout=FAREWELL_SECONDS)
        self._threads.close()
        self.database.close()
        return done

    def _publish_rest(self, timeout: float) -> bool:
        count, last = self.database.replica().unpublished()
        return count == 0 or self._runtime.wait_published(last, timeout)

    def _farewell(self) -> None:
        if not self.replicator.is_at_home:
            return  # nobody has heard of it
        try:
            self.membership.publish(every_seconds=0)
        except SkygarthError:
            return  # the card grows old by itself

    def drain(self, finish_seconds: float = FINISH_SECONDS) -> None:
        """Take no new traffic, be gone from where visitors look; replication goes on.

        Args:
            finish_seconds: how long visitors who are here already may take.
        """
        self.draining.begin(finish_seconds)

    def return_to_traffic(self) -> None:
        """Undo `drain`, however far it was."""
        self.draining.come_back()

    def leave(self, finish_seconds: float = FINISH_SECONDS) -> None:
        """Drain, and end the process once nothing is left here and nobody is led here.

        Raises:
            Unsupported: the process is somebody else's (SG-NODE-002).
        """
        if self.end_process is None:
            raise Unsupported(
                "the node cannot end this process, which is not its own",
                code="SG-NODE-002",
                hint="drain it, and stop its server when it is drained",
            )
        self.draining.leave(self.end_process, finish_seconds)

    def forget(self, which: str) -> Forgotten:
        """Remove what the bucket tells of nodes that are gone for good.

        Args:
            which: the name or incarnation.

        Raises:
            NotFound: there is no such node.
            Conflict: it is alive (SG-NODE-003).
            Unavailable: the bucket does not answer.
        """
        return forget_nodes(which, self.membership, self.claims, own=self.incarnation)

    # -- what it is ------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The node's name, for people."""
        return self.traits.name

    @property
    def incarnation(self) -> Incarnation:
        """The writer's identity as of now."""
        return self.replicator.publisher.incarnation

    @property
    def state(self) -> str:
        """starting, populating, ready, lagging, halted, broken, draining, drained or left."""
        return self._standing.state

    @property
    def takes_traffic(self) -> bool:
        """Whether visitors may be sent here."""
        return self._standing.takes_traffic

    @property
    def why(self) -> str:
        """Why it is in this state, where the state alone does not tell; "" if it does."""
        return self._standing.why

    @property
    def reservation(self) -> str:
        """Why this node takes no traffic although its content is complete; "" if it may."""
        return self._standing.reservation

    def reserve(self, why: Callable[[], str]) -> None:
        """Have somebody say, whenever asked, why this node may not serve; "" if it may."""
        self._standing.reserve(why)

    def add_duty(self, duty: Duty) -> None:
        """Something more to do once in a while; before `start`."""
        self._upkeep.add(duty)

    @property
    def vector(self) -> dict[Incarnation, int]:
        """Applied through, by log."""
        return self.replicator.vector

    def lag_seconds(self) -> float:
        """For how long it has known of segments that it has not applied, the worst log counts."""
        return self._lag.seconds()

    def sync_status(self) -> SyncStatus:
        """How replication is doing."""
        return self._reporter.sync_status()

    def content_digest(self) -> ContentDigest:
        """One hash over the content, kept until something changes."""
        return self._digests.current()

    def cost(self) -> CostStatus:
        """Requests since the start, and what a month at this rate costs."""
        return self._reporter.cost()

    def members(self) -> list[Member]:
        """Every node that has a card."""
        return self.membership.members()

    # -- what can be asked of it -------------------------------------------------------------------

    def pause(self) -> None:
        """Send and fetch nothing until `resume`, past a stop and a start as well."""
        self.database.replica().pause(paused=True)
        self._runtime.tell(ev.Paused())

    def resume(self) -> None:
        """Replicate again."""
        self.database.replica().pause(paused=False)
        self._runtime.tell(ev.Resumed())

    def release(self, incarnation: Incarnation) -> None:
        """Try a quarantined log again."""
        self._runtime.tell(ev.Released(incarnation))

    # -- what notices need (skygarth.node.news) ------------------------------------------------

    @property
    def repository_id(self) -> str:
        """The repository that the bucket holds; "" until the node has met it."""
        return self.replicator.repository

    def known_through(self, incarnation: Incarnation) -> int:
        """How far a log is known to reach; 0 for an unknown one."""
        log = self.replicator.peers.logs.get(incarnation)
        return 0 if log is None else log.known_through

    def heard_of(self, position: Position) -> None:
        """Somebody says that a log reaches this far."""
        self._runtime.tell(ev.NoticeHeard(position))

    def when_segment_is_stored(self, seen: Callable[[Position, int, str], None]) -> None:
        """Have somebody told of each own segment in the bucket; it must return soon."""
        self._engine.conductor.when_stored.append(seen)

    def wait_durable(self, sequence: int, level: str, timeout: float) -> str:
        """Wait until a local change has reached a level; the level reached."""
        if level != "bucket":
            return "local"
        return "bucket" if self._runtime.wait_published(sequence, timeout) else "local"

    def wait_for_vector(self, needed: Vector, timeout: float) -> bool:
        """Wait until this node stands at or past a vector; False if the time ran out."""
        return self._runtime.wait_until(lambda: covers(self.vector, needed), timeout)

    def take_snapshot(self, timeout: float = 10.0) -> SnapshotTaken:
        """Write a snapshot now.

        Raises:
            TimedOut: local changes could not be published first.
            Conflict: the node is still starting.
        """
        return self._snapshots.take(timeout)

    def refill(self, timeout: float = 30.0) -> Refilled:
        """Fill a bucket that lost its content from this node (REP-27).

        Raises:
            Conflict: there is nothing to refill, or it must not be done.
            TimedOut: it goes on, and takes longer.
        """
        return order_refill(self._runtime, self.bucket, self.database, timeout)

    # -- duties ------------------------------------------------------------------------------------

    def _publish_card(self) -> None:
        if self.replicator.is_at_home:
            began_at, incarnation = self.clock.monotonic(), self.incarnation
            if self.membership.publish(every_seconds=self.traits.card_seconds):
                self.card.was_written(incarnation, began_at)

    def _watch_data_folder(self) -> None:
        """What is written to a file that nobody can find any more is refused, not lost."""
        fault = self._data_folder.fault
        if fault is not None:
            self.database.refuse_writes(fault)
            self._runtime.tell(ev.DatabaseLost(fault.code, fault.message, fault.hint))

    def _snapshot_if_due(self) -> None:
        if self._snapshots.is_due and self.state == "ready":
            self.take_snapshot()

    def _trim_feed(self) -> None:
        self.database.replica().trim_feed(FEED_ENTRIES_KEPT)

    def _populated(self, done: int, total: int) -> None:
        self.populating = (done, total)

    def _published(self, through: int) -> None:
        self._snapshots.saw_segment()
        self._runtime.published(through)

    def _merged(self, position: Position, merged: Merged, author: str) -> None:
        self.membership.heard_of(position.incarnation, author)
        self._snapshots.saw_segment()
        first, last = merged.changes
        if last:
            self.repository.announce_imported(first, last)
        else:
            self._digests.merged_silently()
