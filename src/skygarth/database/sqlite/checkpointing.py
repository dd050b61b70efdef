"""Folds the write-ahead log into the file from a thread of its own.

SQLite by default does this inside the commit that finds the log long: a quarter
of the time of a large merge, and now and then a slow single commit. Here a
commit only wakes the thread, which copies on another core while the next
transaction runs.

A log that is written without a pause can never be emptied from outside. So a
commit that finds it several times too long copies the little that is left
itself; the next one then begins the log anew, which bounds it.
"""

from __future__ import annotations

import threading

import apsw
import structlog

from skygarth.database.sqlite.connection import CHECKPOINT_PAGES, open_connection

LOG_PAGES_MAX = 4 * CHECKPOINT_PAGES
"""64 MiB at 4 KiB a page: then a commit folds by itself."""

_CACHE_KIB = 1_024
_log = structlog.get_logger("skygarth.database")


class Checkpointer:
    """Watches one writing connection, and checkpoints its file; the thread begins when needed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._folded_pages = 0
        self._folding = threading.Lock()

    def watch(self, connection: apsw.Connection) -> None:
        """Take over from SQLite's own checkpoints on a connection that writes."""
        connection.set_wal_hook(self._grown)

    def stop(self) -> None:
        """End after the checkpoint at hand; before the connection is closed."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _grown(self, connection: apsw.Connection, name: str, pages: int) -> int:
        """A commit has left the log this long."""
        if name != "main":
            return apsw.SQLITE_OK
        if pages < self._folded_pages:
            self._folded_pages = 0  # the log has begun anew
        if pages >= LOG_PAGES_MAX:
            with self._folding:  # of two at once, SQLite would refuse the second
                self._folded_pages = _fold(connection)
        elif pages - self._folded_pages >= CHECKPOINT_PAGES and not self._stopping:
            self._begin()
            self._wake.set()
        return apsw.SQLITE_OK

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name="skygarth-checkpoint", daemon=True
            )
            self._thread.start()

    def _run(self) -> None:
        connection = open_connection(self._path, cache_kib=_CACHE_KIB)
        try:
            while self._wake.wait() and not self._stopping:
                self._wake.clear()
                with self._folding:
                    self._folded_pages = _fold(connection)
        finally:
            connection.close()


def _fold(connection: apsw.Connection) -> int:
    """Copy what readers allow; how many pages of the log are in the file now."""
    try:
        _, folded = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    except apsw.BusyError:
        return 0  # another process does it
    except apsw.Error as fault:
        # A full disk lets the log grow; the writer meets the fault itself, and says so.
        _log.info("the write-ahead log could not be folded into the file", reason=str(fault))
        return 0
    return max(0, folded)
