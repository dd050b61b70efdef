"""One node at a time on a data folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from skygarth.assembly.data_lock import DataLock
from skygarth.model.errors import Conflict, Unavailable


def test_a_second_node_is_refused(tmp_path: Path) -> None:
    """While one holds the folder, another is told so, with a way out."""
    lock = DataLock(tmp_path / "data")

    with pytest.raises(Conflict) as caught:
        DataLock(tmp_path / "data")

    assert caught.value.code == "SG-DATA-002"
    lock.release()


def test_a_released_folder_can_be_taken(tmp_path: Path) -> None:
    """The lock ends with its holder; no stale file stands in the way."""
    DataLock(tmp_path).release()

    DataLock(tmp_path).release()


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    """A file where the folder should be is a clear error."""
    (tmp_path / "data").write_text("in the way", encoding="utf-8")

    with pytest.raises(Unavailable) as caught:
        DataLock(tmp_path / "data")

    assert caught.value.code == "SG-DATA-001"
