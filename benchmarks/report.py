"""The findings as text: on the terminal, and as `docs/benchmarks.md`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks.results import Finding, Reach

OPENING = """\
# Benchmarks

What `make bench` last measured. Whoever is compared took turns in one run, and
the ratios are medians over rounds, so they hold on a slower machine too; the
rates are of this one. The scripts are in `benchmarks/`, one idea a file.
"""


def terminal(finding: Finding) -> str:
    """One finding for the eye."""
    widths = [max(map(len, column)) for column in zip(finding.columns, *finding.rows, strict=True)]
    lines = [finding.title]
    for row in (finding.columns, *finding.rows):
        first, *rest = (cell.rjust(w) for cell, w in zip(row, widths, strict=True))
        lines.append("  " + "  ".join([first.strip().ljust(widths[0]), *rest]).rstrip())
    lines += [
        f"  {_verdict(reach)}: {reach.wanted}; found {reach.found}" for reach in finding.reaches
    ]
    return "\n".join(lines)


def document(
    findings: Sequence[Finding], *, machine: Mapping[str, str], when: str, load: str
) -> str:
    """All findings as Markdown."""
    lines = [OPENING, "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in machine.items()]
    lines += [f"| measured | {when} UTC; load averages {load} |", ""]
    lines += ["## What we want to hold", "", "| | wanted | found | |", "|---|---|---|---|"]
    for finding in findings:
        lines += [
            f"| {finding.title} | {reach.wanted} | {reach.found} | {_verdict(reach)} |"
            for reach in finding.reaches
        ]
    for finding in findings:
        lines += ["", *_section(finding)]
    return "\n".join(lines) + "\n"


def _section(finding: Finding) -> Iterator[str]:
    yield f"## {finding.title}"
    yield ""
    yield finding.how
    yield ""
    yield _row(finding.columns)
    yield _row(["---", *["---:"] * (len(finding.columns) - 1)])
    yield from map(_row, finding.rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _verdict(reach: Reach) -> str:
    return {True: "met", False: "not met", None: "open: the machine was busy"}[reach.met]
