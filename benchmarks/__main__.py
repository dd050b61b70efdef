"""``python -m benchmarks``: measure, print, and write `docs/benchmarks.md`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import creating, merging, populating, routing, visible
from benchmarks.effort import Effort
from benchmarks.machine import load, machine
from benchmarks.nodes import ROOT
from benchmarks.report import document, terminal
from benchmarks.results import Finding
from skygarth.assembly.plain_log import log_plainly

DOCUMENT = ROOT / "docs" / "benchmarks.md"
BENCHMARKS: Mapping[str, Callable[[Effort], Iterator[Finding]]] = {
    "create-batched": creating.create_batched,
    "create-single": creating.create_single,
    "get": creating.get,
    "merge": merging.merge,
    "visible": visible.visible,
    "populate": populating.populate,
    "route": routing.routing,
}


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; the document is written when all was, in full."""
    asked = _arguments(arguments)
    chosen = list(dict.fromkeys([*asked.names, *asked.only])) or list(BENCHMARKS)
    log_plainly()
    load_before, began = load(), time.monotonic()
    findings = _run(chosen, quick=asked.quick)
    print(f"measured in {time.monotonic() - began:.0f} s; load averages before {load_before}")
    if asked.quick or len(chosen) < len(BENCHMARKS):
        print("docs/benchmarks.md is left as it is: only a full run writes it")
        return 0
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    text = document(
        findings, machine=machine(), when=when, load=f"{load_before} before, {load()} after"
    )
    DOCUMENT.write_text(text, encoding="utf-8")
    print(f"written: {DOCUMENT.relative_to(ROOT)}")
    return 0


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="as a NAME")
    parser.add_argument("--quick", action="store_true", help="under a minute; rough figures")
    asked = parser.parse_args(arguments)
    unknown = [name for name in (*asked.names, *asked.only) if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    return asked


def _run(names: Sequence[str], *, quick: bool) -> list[Finding]:
    findings: list[Finding] = []
    for name in names:
        folder = Path(tempfile.mkdtemp(prefix="skygarth-bench-"))
        try:
            effort = Effort.quick(folder) if quick else Effort(folder)
            for finding in BENCHMARKS[name](effort):
                findings.append(finding)
                print(terminal(finding), end="\n\n", flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return findings


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
