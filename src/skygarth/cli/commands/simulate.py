"""``skygarth simulate``: whole clouds in virtual time, with every fault we know."""

from __future__ import annotations

from skygarth.cli.faults import DONE, FAILED, UsageFault
from skygarth.cli.options import SPEAK, Output
from skygarth.cli.terminal import Terminal, table

SEEDS = 20


def simulate(*, seeds: int | None = None, seed: int | None = None, output: Output = SPEAK) -> int:
    """Run simulated clouds and check what must always hold.

    A seed decides everything that happens; the same seed replays it exactly.

    Args:
        seeds: How many seeds to run; 20, or one if a seed is given.
        seed: The first of them; 0 unless given.
    """
    from skygarth.testing.simulation import simulate as run  # only here: --help must be fast

    count = seeds if seeds is not None else (SEEDS if seed is None else 1)
    if count < 1:
        raise UsageFault(f"there is nothing to run. seeds={count}", hint="give at least one")
    first = seed or 0
    terminal = Terminal(output)
    with terminal.progress("simulating") as on_progress:
        report = run(range(first, first + count), on_progress=lambda done: on_progress(done, count))
    raw = [
        {
            "seed": history.seed,
            "trace": history.trace,
            "events": history.events,
            "faults": {str(fault): times for fault, times in history.faults.items()},
            "violations": list(history.violations),
            "story": list(history.story),
        }
        for history in report.histories
    ]
    rows = [(failure.seed, fault) for failure in report.failures for fault in failure.violations]
    met = [(str(fault), histories) for fault, histories in report.histories_by_fault.items()]
    terminal.facts(
        {"items": raw, "next": None},
        lambda: (
            table(["seed", "what did not hold"], rows)
            if rows
            else table(["fault", "histories with it"], met)
        ),
    )
    if report.failures:
        failure = report.failures[0]
        terminal.done("\n".join(("how it came to that:", *failure.story)))
        terminal.done(f"replay it with `skygarth simulate --seed {failure.seed}`")
        return FAILED
    terminal.done(f"{count} histories of {report.events} events: all that must hold held")
    return DONE
