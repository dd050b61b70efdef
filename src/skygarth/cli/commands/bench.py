"""``skygarth bench``: how fast it is on this machine, beside others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from skygarth.cli.faults import NO_SOURCE_TREE
from skygarth.model.errors import NotFound

BENCHMARKS = Path("benchmarks")


def bench(*which: str) -> int:
    """Measure speed beside raw SQLite, three ORMs and Litestream; writes docs/benchmarks.md.

    The benchmarks come with the source and need what it needs: run this in a
    checkout, or use `make bench`.

    Args:
        which: Names of benchmarks; by default all.
    """
    if not (BENCHMARKS / "__main__.py").is_file():
        raise NotFound(
            f"the benchmarks are not here. folder='{BENCHMARKS}'",
            code=NO_SOURCE_TREE,
            hint="run it in a checkout of the source: make bench",
        )
    command = [sys.executable, "-m", "benchmarks", *which]
    return subprocess.run(command, check=False).returncode
