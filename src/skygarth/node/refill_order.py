"""An operator orders a refill: refused at once where it must not be, else waited for (REP-27)."""

from __future__ import annotations

from dataclasses import dataclass

from skygarth.bucket.port import Bucket
from skygarth.database.port import Database
from skygarth.model.errors import Conflict, NotFound, TimedOut
from skygarth.model.position import Incarnation, Vector
from skygarth.node.founding import repository_of
from skygarth.node.refilling import refuse_refill
from skygarth.node.runtime import Runtime
from skygarth.replication import events as ev
from skygarth.replication.replicator import Replicator


@dataclass(frozen=True, slots=True)
class Refilled:
    """What came of it.

    Attributes:
        incarnation: under which the node writes from now on.
        vector: of the snapshot that holds what the bucket had lost.
    """

    incarnation: Incarnation
    vector: Vector


def order_refill(runtime: Runtime, bucket: Bucket, database: Database, timeout: float) -> Refilled:
    """Let a node fill the bucket anew, and wait (seconds) until it has.

    Raises:
        Conflict: there is nothing to refill, or it must not be done (SG-REPOSITORY-008 to 014).
        TimedOut: it goes on, and takes longer (SG-REPOSITORY-013).
    """
    machine = runtime.replicator
    _refuse(machine, bucket, database)
    ends = machine.course.refill_ends
    runtime.tell(ev.RefillOrdered())
    if not runtime.wait_until(lambda: machine.course.refill_ends > ends, timeout):
        raise TimedOut(
            f"the bucket is not refilled yet. phase='{machine.phase}'",
            code="SG-REPOSITORY-013",
            hint="the node goes on with it; `skygarth sync status` shows what it waits for",
        )
    vector = machine.course.refilled
    if vector is None:
        fault = machine.halted.reason if machine.halted else str(machine.last_fault)
        raise Conflict(
            f"the bucket was not refilled: {fault}",
            code="SG-REPOSITORY-012",
            hint="`skygarth sync status` shows how the node stands now",
        )
    return Refilled(machine.publisher.incarnation, vector)


def _refuse(machine: Replicator, bucket: Bucket, database: Database) -> None:
    """Raise if a refill makes no sense now, before anything is changed."""
    replica = database.replica()
    repository = replica.identity().repository
    if not repository or not replica.vector() or replica.populated():
        raise Conflict(
            "this node holds no content to refill a bucket from",
            code="SG-REPOSITORY-010",
            hint="order it on the node that holds most: `skygarth status` on each tells",
        )
    if machine.is_paused:
        raise Conflict(
            "replication is paused on this node",
            code="SG-REPOSITORY-011",
            hint="`skygarth sync resume` first",
        )
    try:
        found = repository_of(bucket)
        refuse_refill(bucket, repository, replica.vector())
    except NotFound as absent:
        raise Conflict(absent.message, code=absent.code, hint=absent.hint) from absent
    if found and machine.halted is None and machine.trouble is None:
        raise Conflict(
            "the bucket holds this node's repository, and lacks nothing that it knows of",
            code="SG-REPOSITORY-014",
            hint="there is nothing to refill; `skygarth sync snapshot` writes a snapshot",
        )
