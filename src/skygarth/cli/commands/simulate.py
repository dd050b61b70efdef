"""``skygarth simulate``: whole clouds in virtual time, with every fault we know."""

from __future__ import annotations

from skygarth.cli.faults import DONE, FAILED, UsageFault
from skygarth.cli.options import SPEAK, Output
from skygarth.cli.terminal import Terminal, table


def simulate(*, seeds: int = 20, seed: int | None = None, output: Output = SPEAK) -> int:
    """Run simulated clouds and check what must always hold.

    A seed decides everything that happens; the same seed replays it exactly.

    Args:
        seeds: How many seeds to run, from 0 on.
        seed: Run only this one.
    """
    from skygarth.testing.simulation import run_seed  # only here: --help must be fast

    if seeds < 1:
        raise UsageFault(f"there is nothing to run. seeds={seeds}", hint="give at least one")
    chosen = range(seeds) if seed is None else (seed,)
    terminal = Terminal(output)
    with terminal.progress("simulating") as on_progress:
        reports = []
        for number, each in enumerate(chosen, 1):
            reports.append(run_seed(each))
            on_progress(number, len(chosen))
    broken = [report for report in reports if report.violations]
    raw = [
        {"seed": report.seed, "trace": report.trace_digest, "violations": list(report.violations)}
        for report in reports
    ]
    rows = [(report.seed, violation) for report in broken for violation in report.violations]
    terminal.facts(
        {"items": raw, "next": None},
        lambda: (
            table(["seed", "what did not hold"], rows)
            if rows
            else f"{len(reports)} seeds, all well"
        ),
    )
    if broken:
        terminal.done(f"replay one with `skygarth simulate --seed {broken[0].seed}`")
    return FAILED if broken else DONE
