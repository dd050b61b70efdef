"""A data folder opened: the database, its identity and its clock.

Every process that works on a node's data folder opens it this way, the node
itself, an import, or a command that makes a token; SQLite keeps them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from skygarth.clock.chance import Chance, mint_incarnation
from skygarth.clock.fingerprint import host_fingerprint
from skygarth.clock.hybrid_clock import HybridClock
from skygarth.clock.port import Clock
from skygarth.database.sqlite.database import SqliteDatabase
from skygarth.formats.principals import Identity, Principal
from skygarth.model.errors import Unavailable
from skygarth.model.position import INCARNATION_DIGITS, Incarnation
from skygarth.model.schema import TypeSchema
from skygarth.node.sealing_files import read_node_key

DATABASE_FILE = "skygarth.db"
_NOBODY = bytes(16)

Minting: TypeAlias = Callable[[Chance], Incarnation]


@dataclass(frozen=True, slots=True)
class LocalDatabase:
    """An opened data folder.

    Attributes:
        fingerprint: of this host and file as they are now, and of the key that seals.
        mint: makes a new identity; bound to that key, if there is one (SEA-6).
    """

    database: SqliteDatabase
    hybrid_clock: HybridClock
    fingerprint: str
    mint: Minting = mint_incarnation


def open_local_database(
    data: Path,
    *,
    clock: Clock,
    chance: Chance,
    types: Iterable[TypeSchema] = (),
    offset_ms_max: int = 30_000,
) -> LocalDatabase:
    """Open (or make) the database in a data folder.

    Raises:
        Unavailable: the folder cannot be made or written (SG-DATA-001).
        Damaged: the database is not intact.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise Unavailable(
            f"the data folder cannot be made. path={str(data)!r} reason={cause.strerror!r}",
            code="SG-DATA-001",
            hint="give another folder with --data, or mend the permissions",
        ) from cause
    hybrid = HybridClock(clock.now_ms, _NOBODY, offset_ms_max=offset_ms_max)
    path = data / DATABASE_FILE
    database = SqliteDatabase(
        path,
        stamp=hybrid.stamp,
        now_us=clock.now_us,
        observe=hybrid.recall,
        folds_aside=True,
    )
    database.ensure_types(types)
    fingerprint = host_fingerprint(path)
    mint: Minting = mint_incarnation
    sealing = read_node_key(data)
    if sealing is not None:
        principal = Identity(sealing.seed).principal
        # Under another key it is as if it had moved: its log must be one that the key owns.
        fingerprint = f"{fingerprint}-{principal.id}"
        mint = bound_minting(principal)
    settle_identity(database, hybrid, chance, fingerprint, mint)
    return LocalDatabase(database, hybrid, fingerprint, mint)


def bound_minting(principal: Principal) -> Minting:
    """Makes incarnations that are bound to a key (SEA-6)."""
    return lambda chance: principal.incarnation(chance.bytes(INCARNATION_DIGITS // 4))


def settle_identity(
    database: SqliteDatabase,
    hybrid: HybridClock,
    chance: Chance,
    fingerprint: str,
    mint: Minting = mint_incarnation,
) -> None:
    """Mint an identity for a new database; let the clock stand behind what is stored (CLK-3).

    A database that was moved keeps its identity here: only its replicator, which
    can ask the bucket, may exchange it.
    """
    replica = database.replica()
    if not replica.identity().incarnation:
        replica.take_incarnation(mint(chance), fingerprint)
    hybrid.restart(bytes.fromhex(replica.identity().incarnation))
    stamp = replica.greatest_stamp()
    if stamp:
        hybrid.recall(stamp)
