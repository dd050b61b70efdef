"""Opening SQLite so that many readers, one writer and several processes get along.

WAL lets readers go on while one transaction writes; a busy timeout makes a
second process wait its turn. ``synchronous=NORMAL`` keeps every commit through
a crash of the process; after a power cut the last ones may be gone, which the
start then meets as a database that the bucket is ahead of (REP-22).
"""

from __future__ import annotations

from pathlib import Path

import apsw

from skygarth.database.sqlite.asking import rows_of
from skygarth.model.errors import Damaged, Unavailable

BUSY_TIMEOUT_MS = 10_000
CACHE_KIB = 16_384
READER_CACHE_KIB = 2_048
"""A node may have forty reading threads; the system caches the file for all of them."""
CHECKPOINT_PAGES = 4_000
STATEMENT_CACHE = 200


def open_connection(path: Path | str, *, cache_kib: int = CACHE_KIB) -> apsw.Connection:
    """A connection with everything set that every connection of ours needs.

    Raises:
        Unavailable: the file cannot be opened (SG-DATABASE-001).
        Damaged: the file is no database (SG-DATABASE-002).
    """
    try:
        connection = apsw.Connection(str(path), statementcachesize=STATEMENT_CACHE)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        harden(connection)
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            f"cache_size=-{cache_kib}",
            "temp_store=MEMORY",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
            "cell_size_check=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except (apsw.NotADBError, apsw.CorruptError) as cause:
        raise Damaged(
            f"this file is no intact database. path={str(path)!r}",
            code="SG-DATABASE-002",
            hint="move the data folder away: the node fills a new one from its bucket",
        ) from cause
    except (apsw.CantOpenError, apsw.IOError, apsw.BusyError, apsw.ReadOnlyError) as cause:
        raise Unavailable(
            f"the database cannot be opened. path={str(path)!r} reason={cause}",
            code="SG-DATABASE-001",
            hint="check that the folder exists, is writable and has room",
        ) from cause
    return connection


def harden(connection: apsw.Connection) -> None:
    """Trust no schema, and take SQL as the standard has it."""
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    connection.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 0)


def check_integrity(connection: apsw.Connection, path: Path | str) -> None:
    """Look for damage before anything is built upon it.

    Raises:
        Damaged: SQLite found a fault (SG-DATABASE-003).
    """
    try:
        fault = rows_of(connection, "PRAGMA quick_check(1)")[0][0]
    except (apsw.CorruptError, apsw.NotADBError) as cause:
        fault = str(cause)
    if fault != "ok":
        raise Damaged(
            f"the database is damaged. path={str(path)!r} fault={fault!r}",
            code="SG-DATABASE-003",
            hint="move the data folder away: the node fills a new one from its bucket;"
            " what it had not published is in the old file",
        )
