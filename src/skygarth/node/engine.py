"""What replicates in a node, put together: the machine's hands, its threads and its journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from skygarth.bucket.port import Bucket
from skygarth.clock.chance import Chance
from skygarth.clock.port import Clock
from skygarth.database.port import Merged
from skygarth.model.position import Incarnation, Position
from skygarth.node.conductor import Conditions, Conductor
from skygarth.node.journal import Journal
from skygarth.node.local_database import LocalDatabase
from skygarth.node.populating import SnapshotReader
from skygarth.node.requests import RequestThreads, ahead_in_threads
from skygarth.node.runtime import Runtime
from skygarth.node.traits import NodeTraits
from skygarth.replication.replicator import Replicator

CHUNKS_AHEAD = 3
_log = structlog.get_logger("skygarth.node")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Who is told of what replication does, and what it has to ask for that.

    Attributes:
        populated: (chunks loaded, chunks in all) of a snapshot.
        merged: a segment was merged, by the author of this name.
        published: through which feed sequence local changes are in the bucket.
        name_of: a node's name by its incarnation, from memory.
    """

    populated: Callable[[int, int], None]
    merged: Callable[[Position, Merged, str], None]
    published: Callable[[int], None]
    name_of: Callable[[Incarnation], str]


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts."""

    conductor: Conductor
    runtime: Runtime

    def start(self, traits: NodeTraits, local: LocalDatabase, bucket: str) -> None:
        """Set them going; returns at once."""
        _log.info(
            "the node starts",
            name=traits.name,
            address=traits.address or None,
            bucket=bucket,
            data=str(local.database.path),
            incarnation=local.database.replica().identity().incarnation,
        )
        self.runtime.start(self.conductor.started(local.fingerprint))


def make_engine(
    machine: Replicator,
    traits: NodeTraits,
    local: LocalDatabase,
    bucket: Bucket,
    clock: Clock,
    chance: Chance,
    threads: RequestThreads,
    reports: Reports,
) -> Engine:
    """Put them together; `Runtime.start` sets them going."""
    reader = SnapshotReader(
        bucket,
        local.database.replica(),
        ahead=ahead_in_threads(threads, CHUNKS_AHEAD),
        progress=reports.populated,
    )
    conductor = Conductor(
        bucket=bucket,
        database=local.database,
        clock=local.hybrid_clock,
        now_ms=clock.now_ms,
        monotonic=clock.monotonic,
        chance=chance,
        conditions=Conditions(
            name=traits.name,
            fingerprint=local.fingerprint,
            unconditional=traits.allow_unconditional,
            probe=True,
        ),
        snapshots=reader,
        merged=reports.merged,
        published=reports.published,
        mint=local.mint,
    )
    journal = Journal(
        machine,
        bucket.url,
        name_of=reports.name_of,
        clock_offset_ms=lambda: local.hybrid_clock.offset_ms,
        monotonic=clock.monotonic,
    )
    runtime = Runtime(machine, conductor, local.database, clock, threads, journal)
    return Engine(conductor, runtime)
