"""One running node: its database, its replication, what it tells of itself.

A `RunningNode` is put together by `skygarth.assembly` and knows nothing of HTTP.
Pages and commands ask it; SIGTERM ends in `stop`, which publishes what is left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

from skygarth.bucket.metered import Meter
from skygarth.bucket.port import Bucket
from skygarth.clock.chance import Chance
from skygarth.clock.port import Clock
from skygarth.database.port import Merged
from skygarth.formats.records import Card
from skygarth.model.errors import Conflict, SkygarthError, TimedOut
from skygarth.model.position import Incarnation, Position, Vector, covers
from skygarth.node.companions import Companions
from skygarth.node.conductor import Conditions, Conductor
from skygarth.node.local_database import LocalDatabase
from skygarth.node.membership import Member, Membership, Signer
from skygarth.node.populating import SnapshotReader
from skygarth.node.requests import RequestThreads, ahead_in_threads
from skygarth.node.runtime import Runtime
from skygarth.node.snapshots import SnapshotTaken, take_snapshot
from skygarth.node.status import ContentDigest, CostStatus, PeerStatus, SyncStatus
from skygarth.node.traffic import IDLE, Load, Traffic
from skygarth.node.upkeep import Duty, Upkeep
from skygarth.replication import events as ev
from skygarth.replication.phases import Phase
from skygarth.replication.replicator import Replicator
from skygarth.replication.timing import Timing
from skygarth.repository.repository import Repository

REQUEST_THREADS = 8
CHUNKS_AHEAD = 3
SNAPSHOT_AFTER_SEGMENTS = 200
FEED_ENTRIES_KEPT = 100_000
"""A reader of the change feed that is further behind has to read the objects themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTraits:
    """What an operator decides about a node.

    Attributes:
        address: where others reach its HTTP, "" if nowhere.
        components: version of each component of the application, by name.
        card_seconds: between two cards while nothing changes.
        lag_seconds_max: further behind than this, it is not ready.
    """

    name: str
    address: str = ""
    pools: tuple[str, ...] = ("web",)
    components: Mapping[str, str] = field(default_factory=dict)
    timing: Timing = field(default_factory=Timing)
    durability: str = "local"
    allow_unconditional: bool = False
    card_seconds: float = 60.0
    lag_seconds_max: float = 10.0


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
        self.unwell: Callable[[], Iterable[str]] = tuple
        self._reservations: list[Callable[[], str]] = []
        self._local = local
        self._started_ms = clock.now_ms()
        self._started_at = clock.monotonic()
        self._draining = False
        self._stopped = False
        self._behind_since: dict[Incarnation, float] = {}
        self._digest: tuple[object, ContentDigest] | None = None
        self._silent_merges = 0
        self._digest_lock = threading.Lock()
        self._segments_since_snapshot = 0
        self._threads = RequestThreads(REQUEST_THREADS, "skygarth-request")
        self.replicator = Replicator(traits.timing, lambda: chance.uniform(0, 1))
        self._runtime = self._make_runtime(chance)
        self._load: Load = IDLE
        self._unwell: tuple[str, ...] = ()
        self.membership = Membership(bucket, clock, self._card, signer=signer)
        self._upkeep = Upkeep(
            clock,
            [
                Duty("vital signs", self._measure, min(10.0, traits.card_seconds)),
                Duty("card", self._publish_card, min(2.0, traits.card_seconds)),
                Duty("snapshot", self._snapshot_if_due, 5.0),
                Duty("feed", self._trim_feed, 60.0),
            ],
        )
        repository.durability = self.wait_durable
        repository.on_commit = self._runtime.changed

    def _make_runtime(self, chance: Chance) -> Runtime:
        reader = SnapshotReader(
            self.bucket,
            self.database.replica(),
            ahead=ahead_in_threads(self._threads, CHUNKS_AHEAD),
            progress=self._populated,
        )
        conditions = Conditions(
            name=self.traits.name,
            fingerprint=self._local.fingerprint,
            unconditional=self.traits.allow_unconditional,
            probe=True,
        )
        self._conductor = Conductor(
            bucket=self.bucket,
            database=self.database,
            clock=self._local.hybrid_clock,
            now_ms=self.clock.now_ms,
            monotonic=self.clock.monotonic,
            chance=chance,
            conditions=conditions,
            snapshots=reader,
            merged=self._merged,
            published=self._published,
        )
        return Runtime(self.replicator, self._conductor, self.database, self.clock, self._threads)

    # -- life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to replicate; returns at once."""
        self._runtime.start(self._conductor.started(self._local.fingerprint))
        self._upkeep.start()
        self.companions.start()

    def stop(self, timeout: float = 3.0) -> bool:
        """Publish what is left, say goodbye, end; whether everything was published in time."""
        if self._stopped:
            return True
        self._draining = self._stopped = True
        self.companions.withdraw()
        done = self._publish_rest(timeout)
        self.companions.stop()
        self._upkeep.stop()
        self._runtime.stop()
        farewell = threading.Thread(target=self._farewell, daemon=True)
        farewell.start()
        farewell.join(timeout=1.0)
        self._threads.close()
        self.database.close()
        return done

    def _publish_rest(self, timeout: float) -> bool:
        count, last = self.database.replica().unpublished()
        return count == 0 or self._runtime.wait_published(last, timeout)

    def _farewell(self) -> None:
        if not self.replicator.repository:
            return  # nobody has heard of it
        try:
            self.membership.publish(every_seconds=0)
        except SkygarthError:
            return  # the card grows old by itself

    def drain(self) -> None:
        """Take no new traffic; replication goes on."""
        self._draining = True
        self.companions.withdraw()

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
        """starting, populating, ready, lagging, draining or left."""
        if self._stopped:
            return "left"
        if self._draining:
            return "draining"
        if self.replicator.phase in {Phase.CHOOSING, Phase.POPULATING}:
            return "populating"
        if self.reservation:
            return "starting"
        if not self.replicator.is_ready:
            return "ready" if self._serves_alone() else "starting"
        return "lagging" if self.lag_seconds() > self.traits.lag_seconds_max else "ready"

    @property
    def reservation(self) -> str:
        """Why this node takes no traffic although its content is complete; "" if it may."""
        return next(filter(None, (each() for each in self._reservations)), "")

    def reserve(self, why: Callable[[], str]) -> None:
        """Have somebody say, whenever asked, why this node may not serve; "" if it may."""
        self._reservations.append(why)

    def add_duty(self, duty: Duty) -> None:
        """Something more to do once in a while; before `start`."""
        self._upkeep.add(duty)

    def _serves_alone(self) -> bool:
        """A node that holds data serves on while its bucket is away (I1)."""
        return self.replicator.last_fault is not None and bool(self.database.replica().vector())

    @property
    def vector(self) -> dict[Incarnation, int]:
        """Applied through, by log."""
        return self.replicator.vector

    def lag_seconds(self) -> float:
        """For how long it has known of segments that it has not applied, the worst log counts."""
        now = self.clock.monotonic()
        return max((now - since for since in self._watch_lag(now).values()), default=0.0)

    def _watch_lag(self, now: float) -> dict[Incarnation, float]:
        logs = dict(self.replicator.peers.logs)
        behind = {name for name, log in logs.items() if not log.is_caught_up}
        self._behind_since = {name: self._behind_since.get(name, now) for name in behind}
        return self._behind_since

    def sync_status(self) -> SyncStatus:
        """How replication is doing."""
        machine = self.replicator
        lags = self._watch_lag(self.clock.monotonic())
        names = self.membership.names(machine.peers.logs)
        refused = self.database.replica().quarantined()
        now = self.clock.monotonic()
        peers = tuple(
            PeerStatus(
                incarnation=incarnation,
                name=names.get(incarnation, incarnation[:8]),
                known_through=log.known_through,
                applied_through=log.applied_through,
                lag_seconds=now - lags.get(incarnation, now),
                parked=len(log.parked),
                quarantined=refused.get(incarnation),
            )
            for incarnation, log in sorted(dict(machine.peers.logs).items())
        )
        unpublished, _ = self.database.replica().unpublished()
        hybrid = self._local.hybrid_clock
        return SyncStatus(
            state="paused" if machine.is_paused else str(machine.phase),
            bucket=self.bucket.url,
            bucket_reachable=not machine.backoff.failures
            and not machine.publisher.backoff.failures,
            unpublished=unpublished,
            sequence=machine.publisher.sequence,
            peers=peers,
            clock_offset_ms=hybrid.offset_ms,
            clock_trusted=hybrid.trusted,
            last_error=self._last_error(),
            paused=machine.is_paused,
            last_progress_seconds=now - self._runtime.last_progress,
        )

    def _last_error(self) -> str:
        machine = self.replicator
        if self._runtime.fault:
            return self._runtime.fault
        if machine.halted is not None:
            return f"{machine.halted.code}: {machine.halted.reason}; {machine.halted.hint}"
        failing = machine.backoff.failures or machine.publisher.backoff.failures
        fault = machine.last_fault
        return f"{fault.code}: {fault}" if failing and fault is not None else ""

    def content_digest(self) -> ContentDigest:
        """One hash over the content, kept until something changes."""
        with self._digest_lock:
            state = self._content_state()
            if self._digest is None or self._digest[0] != state or not self._digest[1].settled:
                with self.database.replica().view() as view:
                    digest = ContentDigest(view.digest(), view.vector, not view.unpublished)
                self._digest = (state, digest)
            elif self._digest[1].vector != self.vector:
                settled = ContentDigest(self._digest[1].digest, self.vector, settled=True)
                self._digest = (state, settled)
            return self._digest[1]

    def _content_state(self) -> tuple[int, int, tuple[int, int]]:
        """Equal as long as the content is: some changes of it make no entry in the feed.

        A merge may only bring a later stamp for a tombstone, and a snapshot is loaded silently.
        """
        return self.database.reading().change_head(), self._silent_merges, self.populating

    @property
    def _pays(self) -> bool:
        """Whether requests cost money; looking into a folder does not."""
        return self.bucket.url.startswith(("s3:", "gs:", "az:"))

    def cost(self) -> CostStatus:
        """Requests since the start, and what a month at this rate costs."""
        usage = self.meter.snapshot()
        seconds = max(self.clock.monotonic() - self._started_at, 1.0)
        return CostStatus(
            requests={
                "put": usage.puts,
                "get": usage.gets,
                "list": usage.lists,
                "delete": usage.deletes,
            },
            bytes_sent=usage.bytes_put,
            bytes_received=usage.bytes_got,
            dollars=usage.dollars() if self._pays else 0.0,
            dollars_month=usage.dollars_a_month(seconds) if self._pays else 0.0,
            seconds=seconds,
            since_ms=self._started_ms,
        )

    def members(self) -> list[Member]:
        """Every node that has a card."""
        return self.membership.members()

    # -- what can be asked of it -------------------------------------------------------------------

    def pause(self) -> None:
        """Send and fetch nothing until `resume`."""
        self._runtime.tell(ev.Paused())

    def resume(self) -> None:
        """Replicate again."""
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
        self._conductor.when_stored.append(seen)

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
        if not self.replicator.repository:
            raise Conflict(
                "the node has not met its repository yet",
                code="SG-SNAPSHOT-013",
                hint="wait until it is ready",
            )
        if not self._publish_rest(timeout):
            raise TimedOut(
                "local changes could not be published before the snapshot",
                code="SG-SNAPSHOT-014",
                hint="look at `skygarth sync status`",
            )
        taken = take_snapshot(
            self.bucket,
            self.database,
            repository=self.replicator.repository,
            node=self.name,
            now_ms=self.clock.now_ms(),
        )
        self._segments_since_snapshot = 0
        return taken

    # -- duties ------------------------------------------------------------------------------------

    def _card(self) -> Card:
        return Card(
            incarnation=self.incarnation,
            name=self.name,
            address=self.traits.address,
            pools=self.traits.pools,
            versions={"skygarth": version("skygarth")},
            state=self.state,
            started_ms=self._started_ms,
            written_ms=self.clock.now_ms(),
            lag_seconds=self.lag_seconds(),
            vector=self.vector,
            components=self.traits.components,
            load=self._load.at_once,
            requests_per_second=self._load.requests_per_second,
            unwell=self._unwell,
            every_seconds=self.traits.card_seconds,
        )

    def _publish_card(self) -> None:
        if self.replicator.repository:
            self.membership.publish(every_seconds=self.traits.card_seconds)

    def _measure(self) -> None:
        self._load, self._unwell = self.traffic.measure(), tuple(self.unwell())

    def _snapshot_if_due(self) -> None:
        if self._segments_since_snapshot >= SNAPSHOT_AFTER_SEGMENTS and self.state == "ready":
            self.take_snapshot()

    def _trim_feed(self) -> None:
        self.database.replica().trim_feed(FEED_ENTRIES_KEPT)

    def _populated(self, done: int, total: int) -> None:
        self.populating = (done, total)

    def _published(self, through: int) -> None:
        self._segments_since_snapshot += 1
        self._runtime.published(through)

    def _merged(self, position: Position, merged: Merged, author: str) -> None:
        self.membership.heard_of(position.incarnation, author)
        self._segments_since_snapshot += 1
        first, last = merged.changes
        if last:
            self.repository.announce_imported(first, last)
        else:
            self._silent_merges += 1
