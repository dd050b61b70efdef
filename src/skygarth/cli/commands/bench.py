"""``skygarth bench``: how fast it is on this machine, beside others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from skygarth.cli.faults import NO_SOURCE_TREE
from skygarth.model.errors import NotFound

BENCHMARKS = Path("benchmarks")


def bench(
    *which: str, quick: Annotated[bool, Parameter(negative="", show_default=False)] = False
) -> int:
    """Measure speed beside SQLite, three ORMs, Litestream, nginx and HAProxy.

    A full run writes docs/benchmarks.md.

    The benchmarks come with the source and need what benchmarks/requirements.txt
    names: run this in a checkout, or use `make bench`, which installs it.

    Args:
        which: Names of benchmarks; by default all.
        quick: Take less than a minute; the figures are rough and are not written down.
    """
    if not (BENCHMARKS / "__main__.py").is_file():
        raise NotFound(
            f"the benchmarks are not here. folder='{BENCHMARKS}'",
            code=NO_SOURCE_TREE,
            hint="run it in a checkout of the source: make bench",
        )
    command = [sys.executable, "-m", "benchmarks", *(["--quick"] if quick else []), *which]
    return subprocess.run(command, check=False).returncode
