"""A node's database and repository without the node: what an application's process opens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.content import Story
from skygarth import Repository
from skygarth.clock.chance import Chance
from skygarth.clock.guid_maker import GuidMaker
from skygarth.clock.wall_clock import WallClock
from skygarth.database.sqlite.database import SqliteDatabase
from skygarth.node.local_database import open_local_database


@dataclass(frozen=True)
class Store:
    """An opened data folder."""

    database: SqliteDatabase
    repository: Repository

    def close(self) -> None:
        """Let go of it; the write-ahead log is folded into the file."""
        self.database.close()


def open_store(folder: Path) -> Store:
    """Open, or make, a data folder that knows `Story`."""
    clock, chance = WallClock(), Chance()
    database = open_local_database(folder, clock=clock, chance=chance).database
    repository = Repository(database, guids=GuidMaker(clock, chance))
    repository.register(Story)
    return Store(database, repository)
