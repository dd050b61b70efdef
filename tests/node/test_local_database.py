"""A data folder opened: the database, its identity and its clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from skygarth.clock.chance import SeededChance
from skygarth.clock.manual_clock import ManualClock
from skygarth.model.errors import Unavailable
from skygarth.model.schema import FieldSchema, Kind, TypeSchema
from skygarth.node.local_database import DATABASE_FILE, LocalDatabase, open_local_database

NOTE = TypeSchema(name="note", fields=(FieldSchema(name="title", kind=Kind.TEXT),))
DAY_US = 86_400_000_000


def opened(folder: Path, clock: ManualClock) -> LocalDatabase:
    """The folder's database."""
    return open_local_database(folder, clock=clock, chance=SeededChance(1), types=[NOTE])


def test_a_new_folder_gets_an_identity_and_keeps_it(tmp_path: Path) -> None:
    """The incarnation is minted with the database."""
    clock = ManualClock(DAY_US)
    first = opened(tmp_path / "data", clock)
    incarnation = first.database.replica().identity().incarnation
    first.database.close()

    again = opened(tmp_path / "data", clock)

    assert incarnation
    assert again.database.replica().identity().incarnation == incarnation
    assert again.database.replica().identity().fingerprint == again.fingerprint
    again.database.close()


def test_stamps_go_on_after_a_clock_was_set_back(tmp_path: Path) -> None:
    """What is stored is older than whatever is stamped next, whatever the clock says (CLK-3)."""
    clock = ManualClock(3 * DAY_US)
    first = opened(tmp_path, clock)
    with first.database.writing("me") as writing:
        writing.create("note", bytes(16), ["x"], published_us=None)
    first.database.close()

    again = opened(tmp_path, ManualClock(2 * DAY_US))

    with again.database.writing("me") as later:
        assert later.stamp > writing.stamp
    again.database.close()


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    """A file in the way is a clear error."""
    (tmp_path / "data").write_text("in the way", encoding="utf-8")

    with pytest.raises(Unavailable) as caught:
        opened(tmp_path / "data", ManualClock(DAY_US))

    assert caught.value.code == "SG-DATA-001"
    assert not (tmp_path / "data" / DATABASE_FILE).exists()
