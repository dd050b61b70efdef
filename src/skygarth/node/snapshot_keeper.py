"""When a node takes a snapshot: on demand, and by itself when the tail has grown long."""

from __future__ import annotations

from collections.abc import Callable

from skygarth.bucket.port import Bucket
from skygarth.database.port import Database
from skygarth.model.errors import Conflict, TimedOut
from skygarth.node.snapshots import SnapshotTaken, take_snapshot
from skygarth.replication.replicator import Replicator

SNAPSHOT_AFTER_SEGMENTS = 200


class SnapshotKeeper:
    """Counts segments, and takes snapshots.

    Args:
        publish_rest: publishes what waits; False if the time (seconds) ran out.
    """

    def __init__(
        self,
        machine: Replicator,
        bucket: Bucket,
        database: Database,
        *,
        name: str,
        now_ms: Callable[[], int],
        publish_rest: Callable[[float], bool],
    ) -> None:
        self._machine = machine
        self._bucket = bucket
        self._database = database
        self._name = name
        self._now_ms = now_ms
        self._publish_rest = publish_rest
        self._segments = 0

    def saw_segment(self) -> None:
        """The tail is one segment longer."""
        self._segments += 1

    @property
    def is_due(self) -> bool:
        """Whether the tail has grown long since the last snapshot of this node."""
        return self._segments >= SNAPSHOT_AFTER_SEGMENTS

    def take(self, timeout: float) -> SnapshotTaken:
        """Write a snapshot now.

        Raises:
            TimedOut: local changes could not be published first.
            Conflict: the node has not met its repository, or the bucket holds none any more.
        """
        if not self._machine.is_at_home:
            raise Conflict(
                "the node does not reach its repository",
                code="SG-SNAPSHOT-013",
                hint="wait until it is ready; `skygarth sync status` shows how it stands",
            )
        if not self._publish_rest(timeout):
            raise TimedOut(
                "local changes could not be published before the snapshot",
                code="SG-SNAPSHOT-014",
                hint="look at `skygarth sync status`",
            )
        taken = take_snapshot(
            self._bucket,
            self._database,
            repository=self._machine.repository,
            node=self._name,
            now_ms=self._now_ms(),
        )
        self._segments = 0
        return taken
