"""One node's SQLite database: a file, its types, its one writer and many readers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import apsw

from skygarth.database.port import Committed, Writing
from skygarth.database.sqlite.asking import number, rows_of
from skygarth.database.sqlite.catalogue import TypeCatalogue
from skygarth.database.sqlite.checkpointing import Checkpointer
from skygarth.database.sqlite.connection import READER_CACHE_KIB, check_integrity, open_connection
from skygarth.database.sqlite.reading import SqliteReading
from skygarth.database.sqlite.replica import SqliteReplica
from skygarth.database.sqlite.tables import LAYOUT_VERSION, create_common_tables
from skygarth.database.sqlite.writing import SqliteWriting
from skygarth.model.errors import Unavailable, Unsupported
from skygarth.model.schema import TypeSchema
from skygarth.model.stamp import Stamp

_NOT_WAL = b"\1\1"
"""File format versions in a header, for a copy that has no write-ahead log beside it."""

_DISK_FAULTS = (apsw.FullError, apsw.BusyError, apsw.IOError, apsw.ReadOnlyError)


class SqliteDatabase:
    """The database of one node; `skygarth.database.port.Database` in SQLite.

    Args:
        path: of the file; ``:memory:`` for one that ends with the process.
        stamp: gives the stamp of the next transaction (a hybrid clock's `stamp`).
        now_us: the moment, microseconds since 1970 UTC.
        observe: told of stamps that other processes gave (a hybrid clock's `observe`).
        image: what a database in memory begins with, as `image` gave it.
        folds_aside: fold the write-ahead log into the file from a thread, not in commits.

    Raises:
        Damaged: the file is no intact database.
        Unavailable: it cannot be opened.
        Unsupported: a newer version wrote it (SG-DATABASE-004).
    """

    def __init__(
        self,
        path: Path | str,
        *,
        stamp: Callable[[], Stamp],
        now_us: Callable[[], int],
        observe: Callable[[bytes], None] | None = None,
        image: bytes | None = None,
        folds_aside: bool = False,
    ) -> None:
        self.path = path
        self._stamp = stamp
        self._now_us = now_us
        self._lock = threading.RLock()
        self._local = threading.local()
        self._observed_version = -1
        self._readers: list[apsw.Connection] = []
        self._refusal: Unavailable | None = None
        self._connection = open_connection(path)
        if image is not None:
            assert str(path) == ":memory:", "a file has its own beginning"
            self._connection.deserialize("main", image)
        check_integrity(self._connection, path)
        self._checkpointer = Checkpointer(str(path)) if folds_aside else None
        if self._checkpointer is not None:
            self._checkpointer.watch(self._connection)
        with self._immediate():
            self._check_layout()
            create_common_tables(self._connection)
        self._catalogue = TypeCatalogue(self._connection)
        self._observe = observe
        self._seen_version = number(self._connection, "PRAGMA data_version")
        self._replica = SqliteReplica(
            self._connection, self._catalogue, self.transaction, self._lock, str(path), now_us
        )

    def _check_layout(self) -> None:
        version = rows_of(self._connection, "PRAGMA user_version")[0][0]
        assert isinstance(version, int)
        if version > LAYOUT_VERSION:
            raise Unsupported(
                f"a newer version wrote this database. layout={version} known={LAYOUT_VERSION}",
                code="SG-DATABASE-004",
                hint="upgrade this node, or start it with an empty data folder",
            )
        if version < LAYOUT_VERSION:
            self._connection.execute(f"PRAGMA user_version = {LAYOUT_VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """A write transaction on the one writing connection.

        Raises:
            Unavailable: the disk is full, or another process keeps the database (SG-DATABASE-005).
        """
        with self._lock:
            try:
                with self._immediate():
                    yield self._connection
            except BaseException:
                self._catalogue.refresh()  # types that were learnt in it are gone with it
                raise

    @contextmanager
    def _immediate(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
            self._observed_version = self._connection.data_version()
        except BaseException as fault:
            self._roll_back()
            if isinstance(fault, _DISK_FAULTS):
                raise self._explained(fault) from fault
            raise

    def _explained(self, fault: Exception) -> Unavailable:
        """A fault of the disk as an error with a way out."""
        return Unavailable(
            f"the database cannot be written. path={str(self.path)!r} reason={fault}",
            code="SG-DATABASE-005",
            hint="make room on the disk, or end the process that keeps the file locked",
        )

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    # -- types ------------------------------------------------------------------

    def ensure_types(self, schemas: Iterable[TypeSchema]) -> None:
        """Make tables and columns for what is new."""
        with self.transaction():
            self._catalogue.refresh()
            self._catalogue.declare(tuple(schemas))

    def types(self) -> dict[str, TypeSchema]:
        """Every type that this database has tables for."""
        return self._catalogue.schemas()

    # -- faces --------------------------------------------------------------------

    def reading(self) -> SqliteReading:
        """This thread's view of what is committed."""
        found: SqliteReading | None = getattr(self._local, "reading", None)
        if found is None:
            found = SqliteReading(self._reader(), self._catalogue)
            self._local.reading = found
        return found

    def _reader(self) -> apsw.Connection:
        """A connection for this thread; a database in memory has only the one."""
        if str(self.path) == ":memory:":
            return self._connection
        connection = open_connection(self.path, cache_kib=READER_CACHE_KIB)
        connection.execute("PRAGMA query_only = ON")
        # Not under the lock: a thread that begins to read must not wait for a running transaction.
        self._readers.append(connection)
        return connection

    def writing(self, author: str) -> AbstractContextManager[Writing]:
        """A local transaction."""
        return _LocalTransaction(self, author)

    def begin(self, author: str) -> SqliteWriting:
        """Open a local transaction; `_LocalTransaction` ends it."""
        if self._refusal is not None:
            raise self._refusal
        self._lock.acquire()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._observe_neighbours()
            return SqliteWriting(
                self._connection, self._catalogue, self._stamp(), self._now_us(), author
            )
        except _DISK_FAULTS as fault:
            self._give_up()
            raise self._explained(fault) from fault
        except BaseException:
            self._give_up()
            raise

    def end(self, writing: SqliteWriting) -> None:
        """Commit a local transaction."""
        try:
            committed = writing.finish()
            self._connection.execute("COMMIT")
            self._observed_version = self._connection.data_version()
        except _DISK_FAULTS as fault:
            self._give_up()
            raise self._explained(fault) from fault
        except BaseException:
            self._give_up()
            raise
        self._lock.release()
        self._local.committed = committed

    def abandon(self) -> None:
        """Roll a local transaction back."""
        self._give_up()

    def _give_up(self) -> None:
        try:
            self._roll_back()
        finally:
            self._lock.release()

    def _observe_neighbours(self) -> None:
        """Another process has committed: this one's next stamp must be greater than its last.

        The file's data version is SQLite's own counter; it moves with our commits too, so it is
        noted after each of them.
        """
        version = self._connection.data_version()
        if version != self._observed_version:
            self._observed_version = version
            stamp = self._replica.greatest_stamp()
            if stamp and self._observe is not None:
                self._observe(stamp)

    def committed(self, writing: Writing) -> Committed:
        """What this thread's last transaction did."""
        committed = self._local.committed
        assert isinstance(writing, SqliteWriting)
        assert isinstance(committed, Committed), "no transaction has ended in this thread"
        return committed

    def changed_by_neighbours(self) -> bool:
        """Whether another process has committed since the last call."""
        with self._lock:
            version = number(self._connection, "PRAGMA data_version")
            changed = version != self._seen_version
            self._seen_version = version
        return changed

    def exclusive(self) -> AbstractContextManager[object]:
        """Keep every other thread of this process from writing while the block runs."""
        return self._lock

    def refuse_writes(self, why: Unavailable) -> None:
        """Raise this from now on where somebody begins a local transaction; reading goes on."""
        self._refusal = why

    def replica(self) -> SqliteReplica:
        """The face that replication uses."""
        return self._replica

    def image(self) -> bytes:
        """The whole database as it is committed, as bytes: a backup, or a copy's beginning."""
        with self._lock:
            body = self._connection.serialize("main")
        return body[:18] + _NOT_WAL + body[20:]

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log into the file."""
        if self._checkpointer is not None:
            self._checkpointer.stop()
        with self._lock:
            for connection in (*self._readers, self._connection):
                connection.close()
            self._readers.clear()


class _LocalTransaction:
    """``with database.writing(author)``: a class, since it is entered for every single write."""

    __slots__ = ("_author", "_database", "_writing")

    def __init__(self, database: SqliteDatabase, author: str) -> None:
        self._database = database
        self._author = author
        self._writing: SqliteWriting | None = None

    def __enter__(self) -> Writing:
        self._writing = self._database.begin(self._author)
        return self._writing

    def __exit__(self, kind: object, fault: object, trace: object) -> None:
        assert self._writing is not None
        if fault is None:
            self._database.end(self._writing)
        else:
            self._database.abandon()
