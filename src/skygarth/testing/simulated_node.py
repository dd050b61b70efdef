"""One node of a simulated cloud: the real machine, conductor and database, without threads.

A node is its disk (the database, with everything committed) and, while it runs,
a process: replicator, conductor and all they keep in memory. Stopping it loses
the process; requests that are under way may still be carried out (a zombie),
their answers reach nobody.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from skygarth.bucket.port import Bucket
from skygarth.clock.chance import Chance
from skygarth.clock.guid_maker import GuidMaker
from skygarth.clock.hybrid_clock import HybridClock
from skygarth.database.port import Merged
from skygarth.database.sqlite.database import SqliteDatabase
from skygarth.model.errors import Damaged, Unavailable
from skygarth.model.position import Position
from skygarth.model.stamp import Stamp
from skygarth.node.conductor import Conditions, Conductor
from skygarth.node.local_database import settle_identity
from skygarth.node.populating import SnapshotReader
from skygarth.node.runtime import REQUESTS
from skygarth.node.snapshots import SnapshotTaken, take_snapshot
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.replicator import Replicator
from skygarth.replication.timing import Timing
from skygarth.testing.agenda import Agenda, SkewedClock
from skygarth.testing.edit_ledger import Edit, EditLedger
from skygarth.testing.local_edits import TYPES, LocalEdits
from skygarth.testing.weather import Fault

OFFSET_MS_MAX = 30_000
CHUNK_OBJECTS = 3
"""Few, so that a snapshot of a simulated cloud has several chunks."""


class StoppedHere(Exception):
    """The process ended at this very step; its disk keeps what was committed."""


class World(Protocol):
    """What a node meets outside itself."""

    @property
    def agenda(self) -> Agenda:
        """Virtual time."""
        ...

    @property
    def is_unconditional(self) -> bool:
        """Whether the bucket is one that ignores create-only writes."""
        ...

    @property
    def timing(self) -> Timing:
        """How all nodes send, poll and retry."""
        ...

    def tell_story(self, node: str, line: str) -> None:
        """Note what happens."""
        ...

    def send(self, node: SimulatedNode, instruction: do.Instruction) -> None:
        """Let a request travel; its answer comes back as an event, or never."""
        ...

    def before_deed(self, node: SimulatedNode, instruction: do.Instruction) -> Fault | None:
        """What strikes a deed in the database before it is done."""
        ...

    def after_deed(self, node: SimulatedNode, instruction: do.Instruction) -> Fault | None:
        """What strikes right after a deed was committed."""
        ...


@dataclass(slots=True, eq=False)
class Process:
    """What a stop loses."""

    replicator: Replicator
    conductor: Conductor
    wake_us: float = field(default=float("inf"))


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of a node's disk, and what had been committed by then."""

    image: bytes
    journal: tuple[Edit, ...]


class SimulatedNode:
    """A node and its disk.

    Args:
        bucket: the shared bucket as this node reaches it.
        backup: what its disk begins with; None for an empty one.
        fingerprint: of host and disk; a copy that does not know it has the original's.

    Attributes:
        journal: what was committed here, a copy's ancestors included.
        is_lost: gone for good, disk and all.
    """

    def __init__(
        self,
        name: str,
        world: World,
        bucket: Bucket,
        chance: Chance,
        ledger: EditLedger,
        *,
        fingerprint: str = "",
        backup: Backup | None = None,
        skew_ms: int = 0,
    ) -> None:
        self.name = name
        self.clock = SkewedClock(world.agenda, skew_ms)
        self.fingerprint = fingerprint or f"host of {name}"
        self.is_lost = False
        self.is_cut = False
        self.process: Process | None = None
        self.bucket = bucket
        self.kept_backup: Backup | None = None
        self._world = world
        self._chance = chance
        self._ledger = ledger
        self._make_guid = GuidMaker(self.clock, chance)
        self._new_clock()
        self.restore(backup)

    @property
    def is_running(self) -> bool:
        """Whether its process runs."""
        return self.process is not None

    @property
    def unpublished(self) -> int:
        """How many changes wait to be published."""
        return self.database.replica().unpublished()[0]

    # -- disk ------------------------------------------------------------------------

    def back_up(self) -> Backup:
        """A copy of the disk as it is committed."""
        return Backup(self.database.image(), tuple(self.journal))

    def restore(self, backup: Backup | None) -> None:
        """Put a copy in the place of the disk; None for an empty one."""
        assert self.process is None, "a disk is exchanged while nothing runs on it"
        self.database = SqliteDatabase(
            ":memory:",
            stamp=self._stamp,
            now_us=self.clock.now_us,
            observe=self._recall,
            image=backup.image if backup else None,
        )
        self.database.ensure_types(TYPES)
        self.journal: list[Edit] = list(backup.journal) if backup else []
        self.edits = LocalEdits(
            self.database, self.name, self._chance, self._ledger, self._make_guid
        )

    # -- process ---------------------------------------------------------------------

    def start(self) -> None:
        """Begin a process on this disk, as a real node does."""
        assert self.process is None
        assert not self.is_lost
        self._new_clock()
        settle_identity(self.database, self._hybrid, self._chance, self.fingerprint)
        replica = self.database.replica()
        conductor = Conductor(
            bucket=self.bucket,
            database=self.database,
            clock=self._hybrid,
            now_ms=self.clock.now_ms,
            chance=self._chance,
            conditions=Conditions(
                name=self.name,
                fingerprint=self.fingerprint,
                unconditional=self._world.is_unconditional,
            ),
            snapshots=SnapshotReader(self.bucket, replica, progress=self._loaded),
            merged=self._merged,
            published=lambda _through: None,
            monotonic=self.clock.monotonic,
        )
        replicator = Replicator(self._world.timing, lambda: self._chance.uniform(0, 1))
        self.process = Process(replicator, conductor)
        self.tell(conductor.started(self.fingerprint))
        self.tell(ev.LocalChanged(self.unpublished))

    def stop(self, why: str) -> None:
        """End the process, whatever it was doing."""
        self.process = None
        self._world.tell_story(self.name, f"stops: {why}")

    def commit_something(self, *, urgent: bool = False) -> None:
        """A local transaction by chance."""
        assert self.process is not None, "who commits is the process"
        self.changed(self.edits.commit_something(), urgent=urgent)

    def changed(self, edits: list[Edit], *, urgent: bool = False) -> None:
        """A local transaction has committed."""
        self.journal += edits
        self.tell(ev.LocalChanged(self.unpublished, urgent=urgent))

    def take_snapshot(self) -> SnapshotTaken | None:
        """Write a snapshot into the bucket; None if that is not possible now."""
        if self.process is None or not self.process.replicator.repository or self.unpublished:
            return None
        try:
            return take_snapshot(
                self.bucket,
                self.database,
                repository=self.process.replicator.repository,
                node=self.name,
                now_ms=self.clock.now_ms(),
                chunk_objects=CHUNK_OBJECTS,
            )
        except (Unavailable, Damaged):
            return None

    def tell(self, event: ev.Event) -> None:
        """Let the replicator know of something, and carry out what it says."""
        try:
            self._step(event)
        except StoppedHere as stopped:
            self.stop(str(stopped))
        self._plan_wake()

    def _step(self, event: ev.Event) -> None:
        waiting = deque([event])
        while waiting and self.process is not None:
            event = waiting.popleft()
            self._world.tell_story(self.name, f"hears {event!r}")
            now = self._world.agenda.now_ms
            for instruction in self.process.replicator.step(event, now):
                self._world.tell_story(self.name, f"does {instruction!r}")
                if isinstance(instruction, REQUESTS):
                    self._world.send(self, instruction)
                    continue
                answer = self._do(instruction)
                if answer is not None:
                    waiting.append(answer)

    def _do(self, instruction: do.Instruction) -> ev.Event | None:
        """A deed in the database; a stop may strike before or after it, a full disk instead."""
        assert self.process is not None
        struck = self._world.before_deed(self, instruction)
        if struck is Fault.DISK_FULL:
            fault = Unavailable("the disk is full", code="SG-DATABASE-005")
            return ev.RequestFailed(instruction, fault=fault)
        if struck is not None:
            raise StoppedHere(f"before {type(instruction).__name__}")
        answer = self.process.conductor.carry_out(instruction)
        if self._world.after_deed(self, instruction) is not None:
            raise StoppedHere(f"after {type(instruction).__name__}")
        return answer

    def _loaded(self, _done: int, _total: int) -> None:
        """A stop may strike between two chunks."""
        if self._world.after_deed(self, do.LoadSnapshot()) is not None:
            raise StoppedHere("between two chunks of a snapshot")

    def _merged(self, position: Position, merged: Merged, _author: str) -> None:
        self._world.tell_story(self.name, f"has merged {position}, {merged.set_aside} set aside")

    def _stamp(self) -> Stamp:
        """The disk outlives the process; so it asks for the clock of the one that runs."""
        return self._hybrid.stamp()

    def _recall(self, stamp: bytes) -> None:
        self._hybrid.recall(stamp)

    def _new_clock(self) -> None:
        """A process begins with a clock that knows nothing yet."""
        self._hybrid = HybridClock(self.clock.now_ms, bytes(16), offset_ms_max=OFFSET_MS_MAX)

    def _plan_wake(self) -> None:
        process = self.process
        if process is None:
            return
        agenda = self._world.agenda
        due_ms = process.replicator.wake_at(agenda.now_ms)
        due_us = max(due_ms * 1_000, agenda.now_us + 1_000)
        if due_us == float("inf") or agenda.now_us < process.wake_us <= due_us:
            return
        process.wake_us = due_us
        agenda.plan((due_us - agenda.now_us) / 1_000, lambda: self._wake(process, due_us))

    def _wake(self, process: Process, due_us: float) -> None:
        if self.process is process and process.wake_us == due_us:
            process.wake_us = float("inf")
            self.tell(ev.Tick())
