"""A real repository on a database of its own, and real nodes, for every test of the web."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.cloud_nodes import CloudNode, running

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


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudNode]:
    """A node alone; tests of one module share its content."""
    with running("a", tmp_path_factory.mktemp("cloud")) as alone:
        yield alone


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CloudNode, CloudNode]]:
    """Two nodes of one cloud."""
    folder = tmp_path_factory.mktemp("cloud")
    with running("a", folder) as a, running("b", folder) as b:
        yield a, b
