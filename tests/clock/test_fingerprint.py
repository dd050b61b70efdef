"""Telling a copied folder and a cloned machine (CLK-9)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from skygarth.clock.fingerprint import host_fingerprint
from skygarth.model.errors import NotFound


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file that stands for a database."""
    path = tmp_path / "node" / "skygarth.db"
    path.parent.mkdir()
    path.write_bytes(b"content")
    return path


def test_it_is_stable_while_the_file_is_written(database: Path) -> None:
    """A restart meets the fingerprint that was stored, whatever was written meanwhile."""
    before = host_fingerprint(database)
    database.write_bytes(b"other content")

    assert before == host_fingerprint(str(database))


def test_it_survives_a_renamed_folder(database: Path) -> None:
    """A moved folder is the same database: nobody else has it."""
    before = host_fingerprint(database)
    moved = database.parent.rename(database.parent.with_name("elsewhere"))

    assert before == host_fingerprint(moved / database.name)


def test_it_differs_for_a_copied_folder(database: Path) -> None:
    """A copy has another inode, so two nodes never write under one identity (CLK-9)."""
    copied = shutil.copytree(database.parent, database.parent.with_name("copy"))

    assert host_fingerprint(database) != host_fingerprint(copied / database.name)


def test_it_differs_on_another_machine(database: Path, tmp_path: Path) -> None:
    """A cloned disk meets another machine id."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.write_text("0" * 32)
    theirs.write_text("1" * 32)

    assert host_fingerprint(database, [ours]) != host_fingerprint(database, [theirs])


def test_a_machine_without_an_id_has_a_fingerprint(database: Path, tmp_path: Path) -> None:
    """In a container without machine id the file's identity remains; an empty id is none."""
    empty = tmp_path / "empty"
    empty.write_text("")

    assert host_fingerprint(database, []) == host_fingerprint(database, [tmp_path, empty])


def test_an_absent_file_has_none(tmp_path: Path) -> None:
    """There is no identity before there is a database."""
    with pytest.raises(NotFound) as caught:
        host_fingerprint(tmp_path / "absent.db")

    assert caught.value.code == "SG-CLOCK-002"
