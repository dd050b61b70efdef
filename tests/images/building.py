"""What building a whole system takes: asked for on purpose, for it takes minutes and root.

``SKYGARTH_BUILD_IMAGES=1`` asks for it. ``SKYGARTH_IMAGE_CACHE=FOLDER`` keeps the bare
Debians from which it starts, so that a second run takes less long.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tests.images.programs import program, ran

ROOT = Path(__file__).parents[2]
ASKED = os.environ.get("SKYGARTH_BUILD_IMAGES") == "1" and os.geteuid() == 0

asked_for = pytest.mark.skipif(
    not ASKED, reason="builds a whole system: as root, with SKYGARTH_BUILD_IMAGES=1"
)


def debian(name: str, packages: str, folder: Path) -> Path:
    """A bare Debian 12 with some packages, as a folder, or as an archive where `name` says so."""
    kept = os.environ.get("SKYGARTH_IMAGE_CACHE")
    made = (Path(kept) if kept else folder) / name
    if not made.exists():
        words = ("--mode=root", "--variant=minbase", f"--include={packages}", "bookworm", made)
        ran(program("mmdebstrap", "mmdebstrap"), *words, seconds=1200)
    return made


def wheels(folder: Path) -> Path:
    """A folder with this software and all that it needs, as wheels."""
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    ran(*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT, seconds=300)
    (own,) = folder.glob("skygarth-*.whl")
    ran(*pip, "download", "--only-binary=:all:", "--dest", folder, own, seconds=300)
    return folder
