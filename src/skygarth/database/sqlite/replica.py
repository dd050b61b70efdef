"""The face of the database that replication uses: pack, merge, populate, remember."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import apsw

from skygarth.database.port import ContentView, Identity, Merged, Packed
from skygarth.database.sqlite import snapshotting
from skygarth.database.sqlite.asking import rows_of
from skygarth.database.sqlite.catalogue import TypeCatalogue
from skygarth.database.sqlite.change_reading import change_of
from skygarth.database.sqlite.connection import open_connection
from skygarth.database.sqlite.image import attached
from skygarth.database.sqlite.merge import SegmentMerge
from skygarth.database.sqlite.outbox import Outbox
from skygarth.database.sqlite.packing import choose_range, pack
from skygarth.merging.law import ObjectChange, Purge
from skygarth.model.errors import Damaged
from skygarth.model.position import Incarnation, Position, Vector

_FOREIGN_FAULTS = (apsw.SQLError, apsw.ConstraintError, apsw.MismatchError, UnicodeDecodeError)
"""What statements over an image meet if it holds what no author of ours writes."""

Transaction = Callable[[], AbstractContextManager[apsw.Connection]]


class SqliteReplica(Outbox):
    """See `skygarth.database.port.Replica`."""

    def __init__(
        self,
        connection: apsw.Connection,
        catalogue: TypeCatalogue,
        transaction: Transaction,
        lock: AbstractContextManager[object],
        path: str,
        now_us: Callable[[], int],
    ) -> None:
        super().__init__(connection, catalogue, transaction, lock)
        self._path = path
        self._now_us = now_us

    # -- sending -------------------------------------------------------------------

    def pack(self, objects_max: int) -> Packed | None:
        """Whole changesets from the outbox, oldest first; None if there are none."""
        with self._attached(), self._transaction() as connection:
            after = self.published_through()
            taken = choose_range(connection, after, objects_max)
            if taken is None:
                return None
            packed = pack(connection, self._catalogue, taken)
            if packed is None:
                self._set("published_through", taken.through)
            return packed

    # -- receiving -------------------------------------------------------------------

    def change_of(self, image: bytes, guid: bytes) -> ObjectChange | Purge | None:
        """What a verified segment's image says of one object; None if it does not touch it."""
        return change_of(image, guid)

    def merge(
        self,
        position: Position,
        image: bytes,
        *,
        digest: str = "",
        previous: str = "",
        stamp: bytes = b"",
    ) -> Merged:
        """Apply a verified segment and advance its log, in one commit."""
        with self._attached(image), self._transaction() as connection:
            log, applied = self._log(position.incarnation)
            if position.sequence <= applied:
                return Merged((0, 0), 0, 0)
            assert position.sequence == applied + 1, "a segment is applied in its log's order"
            self._prove_chain(log, position, previous)
            waiting = self.has_unpublished()
            merge = SegmentMerge(connection, self._catalogue, log, self._now_us(), stamp)
            try:
                changes = merge.run()
            except _FOREIGN_FAULTS as cause:
                raise Damaged(
                    f"a segment cannot be merged. position='{position}' reason={cause}",
                    code="SG-SEGMENT-023",
                    hint="see `skygarth sync quarantine`",
                ) from cause
            self._remember_stamp(stamp)
            if changes[1] and not waiting:
                self._set("published_through", changes[1])  # keeps the outbox short to look through
            connection.execute(
                "UPDATE log SET applied = ?, digest = ? WHERE id = ?",
                (position.sequence, digest, log),
            )
            return Merged(changes, merge.objects, merge.set_aside)

    def _prove_chain(self, log: int, position: Position, previous: str) -> None:
        """A segment must name the very segment that was applied before it (SEG-7)."""
        known = rows_of(self._connection, "SELECT digest FROM log WHERE id = ?", (log,))[0][0]
        if known and previous and known != previous:
            raise Damaged(
                f"a log's chain is broken. position='{position}' previous={previous[:16]!r}"
                f" applied={known[:16]!r}",
                code="SG-SEGMENT-024",
                hint="somebody replaced a segment of this log; see `skygarth sync quarantine`",
            )

    # -- snapshots --------------------------------------------------------------------

    @contextmanager
    def view(self) -> Iterator[ContentView]:
        """One consistent view of everything that replicates."""
        if self._path == ":memory:":
            with self._lock, snapshotting.viewed(self._connection) as view:
                yield view
            return
        connection = open_connection(self._path)
        try:
            with snapshotting.viewed(connection) as view:
                yield view
        finally:
            connection.close()

    def populate(self, image: bytes, token: str) -> None:
        """Load one snapshot chunk."""
        with self._attached(image), self._transaction() as connection:
            snapshotting.load_chunk(connection, self._catalogue, token)

    def populated(self) -> set[str]:
        """Tokens of chunks already loaded."""
        return {token for (token,) in self._ask("SELECT token FROM chunk")}

    def finish_populating(self, vector: Vector) -> None:
        """Build what was put off, and stand at the snapshot's vector."""
        with self._spilling(), self._transaction() as connection:
            snapshotting.finish_loading(connection, self._catalogue)
            self._remember_stamp(snapshotting.greatest_stamp(connection, self._catalogue))
            for incarnation, through in vector.items():
                log, applied = self._log(incarnation)
                connection.execute(
                    "UPDATE log SET applied = ? WHERE id = ?", (max(applied, through), log)
                )

    @contextmanager
    def _spilling(self) -> Iterator[None]:
        """Sort in files: indexes of a million objects must not take memory for a million."""
        with self._lock:
            self._connection.execute("PRAGMA temp_store = FILE")
            try:
                yield
            finally:
                self._connection.execute("PRAGMA temp_store = MEMORY")
                self._connection.execute("PRAGMA shrink_memory")

    # -- quarantine --------------------------------------------------------------------

    def quarantine(self, position: Position, code: str, reason: str) -> None:
        """Read this log no further than before `position` (REP-40)."""
        with self._transaction() as connection:
            log, _ = self._log(position.incarnation)
            connection.execute(
                "UPDATE log SET refused_from = ?, code = ?, reason = ? WHERE id = ?",
                (position.sequence, code, reason, log),
            )

    def quarantined(self) -> dict[Incarnation, tuple[int, str, str]]:
        """(sequence, code, reason) of each log that is refused."""
        rows = self._ask(
            "SELECT incarnation, refused_from, code, reason FROM log WHERE refused_from NOTNULL"
        )
        return {incarnation: (sequence, code, why) for incarnation, sequence, code, why in rows}

    def release(self, incarnation: Incarnation) -> None:
        """Try a refused log again."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE log SET refused_from = NULL, code = NULL, reason = NULL"
                " WHERE incarnation = ?",
                (incarnation,),
            )

    def identity(self) -> Identity:
        """Whose database this is, and where its own log stands."""
        with self._lock:
            return Identity(
                repository=self._get("repository", ""),
                incarnation=Incarnation(self._get("incarnation", "")),
                sequence=self._get("sequence", 0),
                digest=self._get("digest", ""),
                fingerprint=self._get("fingerprint", ""),
            )

    @contextmanager
    def _attached(self, image: bytes | None = None) -> Iterator[None]:
        """Attach an image while no other thread uses the writing connection."""
        with self._lock, attached(self._connection, image):
            yield
