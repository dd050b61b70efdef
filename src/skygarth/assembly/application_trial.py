"""Loads an application in a process of its own and prints what it is, as JSON.

A version that does not even load must not end the one that serves; so a node
asks this module first: ``python -m skygarth.assembly.application_trial FOLDER ENTRY``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from skygarth.assembly.application import load_application
from skygarth.model.errors import SkygarthError


def main(arguments: list[str]) -> int:
    """Load ENTRY from FOLDER; the exit code."""
    folder, entry = arguments
    try:
        application = load_application(entry, folder=Path(folder))
    except SkygarthError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    sys.stdout.buffer.write(msgspec.json.encode({"components": application.versions}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
