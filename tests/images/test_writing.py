"""What a person changed is not written over, and no secret gets into a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from skygarth.images import Rendering, refuse_secrets, write_rendering
from skygarth.model.errors import Conflict, Denied

FIRST = Rendering("x", {"a": "1\n", "below/run.sh": "2\n"}, executables=frozenset({"below/run.sh"}))


def test_files_are_written_with_their_permissions(tmp_path: Path) -> None:
    """In folders that are made for them."""
    written = write_rendering(FIRST, tmp_path / "out")

    assert written == [tmp_path / "out" / "a", tmp_path / "out" / "below" / "run.sh"]
    assert stat.S_IMODE(written[1].stat().st_mode) == 0o755


def test_unchanged_files_are_replaced(tmp_path: Path) -> None:
    """When the bucket moves, one renders again."""
    write_rendering(FIRST, tmp_path)
    write_rendering(Rendering("x", {"a": "new\n"}), tmp_path)

    assert (tmp_path / "a").read_text() == "new\n"


def test_changed_files_stay(tmp_path: Path) -> None:
    """All of them, and the unchanged beside them, unless one insists (SG-IMAGE-002)."""
    write_rendering(FIRST, tmp_path)
    (tmp_path / "a").write_text("mine\n")
    with pytest.raises(Conflict) as refusal:
        write_rendering(Rendering("x", {"a": "new\n", "below/run.sh": "new\n"}), tmp_path)

    assert refusal.value.code == "SG-IMAGE-002"
    assert (tmp_path / "below" / "run.sh").read_text() == "2\n"
    write_rendering(Rendering("x", {"a": "new\n"}), tmp_path, force=True)
    assert (tmp_path / "a").read_text() == "new\n"


def test_foreign_files_stay(tmp_path: Path) -> None:
    """A file that stood there before is nobody's to replace."""
    (tmp_path / "a").write_text("theirs\n")

    with pytest.raises(Conflict):
        write_rendering(FIRST, tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """With the way out (SG-IMAGE-005)."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Denied) as refusal:
        write_rendering(FIRST, tmp_path / "file" / os.curdir / "below")

    assert refusal.value.code == "SG-IMAGE-005"


def test_a_secret_of_the_environment_is_not_written() -> None:
    """Its name is told, its value is not (SG-IMAGE-004)."""
    rendering = Rendering("x", {"a": "region = correct-horse-battery\n"})
    with pytest.raises(Denied) as refusal:
        refuse_secrets(rendering, {"AWS_SECRET_ACCESS_KEY": "correct-horse-battery"})

    assert refusal.value.code == "SG-IMAGE-004"
    assert "correct-horse" not in str(refusal.value)
    refuse_secrets(
        rendering, {"EDITOR": "correct-horse-battery", "AWS_SECRET_ACCESS_KEY": "region"}
    )
