"""Whether the database file is still the one that was opened."""

from __future__ import annotations

from pathlib import Path

from skygarth.node.data_folder import DataFolder


def test_a_file_that_is_there_is_well(tmp_path: Path) -> None:
    """However often it is written."""
    file = tmp_path / "skygarth.db"
    file.write_bytes(b"one")
    folder = DataFolder(file)
    file.write_bytes(b"two")

    assert folder.fault is None


def test_a_file_that_was_deleted_is_missed(tmp_path: Path) -> None:
    """Its path and the way out are told (SG-DATA-003)."""
    file = tmp_path / "skygarth.db"
    file.write_bytes(b"one")
    folder = DataFolder(file)
    file.unlink()
    fault = folder.fault

    assert fault is not None
    assert fault.code == "SG-DATA-003"
    assert str(file) in fault.message
    assert "deleted" in fault.message


def test_another_file_of_the_same_name_is_no_help(tmp_path: Path) -> None:
    """Nobody who opens it finds what this process has written (SG-DATA-003)."""
    file = tmp_path / "skygarth.db"
    file.write_bytes(b"one")
    folder = DataFolder(file)
    file.rename(tmp_path / "aside.db")
    file.write_bytes(b"one")
    assert folder.fault is not None
    replaced = folder.fault.message
    file.unlink()
    (tmp_path / "aside.db").rename(file)

    assert "replaced" in replaced
    assert folder.fault is None


def test_a_database_in_memory_is_always_there() -> None:
    """It ends with the process anyway."""
    assert DataFolder(":memory:").fault is None
