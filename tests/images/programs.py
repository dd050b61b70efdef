"""Programs that judge what was rendered: found, or the test says how to install them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

_FOLDERS = "/usr/bin:/usr/sbin:/usr/local/bin:/bin:/sbin"


def program(name: str, package: str) -> str:
    """Where a program is; skips the test where it is not."""
    found = shutil.which(name, path=_FOLDERS)
    if found is None:
        pytest.skip(f"{name}: apt-get install {package}")
    return found


def ran(*command: str | Path, seconds: float = 60, folder: Path | None = None) -> str:
    """What a program says; fails with that if it does not end well."""
    ended = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    return said
