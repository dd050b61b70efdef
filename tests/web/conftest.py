"""A real repository on a database of its own, for every test of the web."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from skygarth.clock.chance import SeededChance
from skygarth.clock.guid_maker import GuidMaker
from skygarth.clock.hybrid_clock import HybridClock
from skygarth.clock.manual_clock import ManualClock
from skygarth.database.sqlite.database import SqliteDatabase
from skygarth.repository import Repository

NOON_US = 1_767_268_800_000_000
"""Noon of 1 January 2026, UTC."""


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    """An empty repository, at noon of the first day of 2026."""
    clock = ManualClock(NOON_US)
    hybrid = HybridClock(clock.now_ms, bytes(16))
    database = SqliteDatabase(
        tmp_path / "node.sqlite", stamp=hybrid.stamp, now_us=clock.now_us, observe=hybrid.observe
    )
    yield Repository(database, guids=GuidMaker(clock, SeededChance(1)), author="ada")
    database.close()
