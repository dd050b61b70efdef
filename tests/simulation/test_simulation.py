"""Whole clouds under every fault, seed by seed; a seed that fails replays exactly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from skygarth.testing import CALM, Fault, SimulationReport, Weather, run_seed, simulate
from skygarth.testing.simulation import STEPS

GROUPS = 6
SEEDS = 30
SEEDS_LONG = 300
FIRST_LONG = 650
SOURCE = Path(__file__).parents[2] / "src"


@pytest.mark.parametrize("group", range(GROUPS))
def test_what_must_hold_holds_under_every_fault(group: int) -> None:
    """
    Whatever the network, disks, clocks and people do, nodes converge, nothing
    acknowledged is lost, nothing purged comes back and copies part ways (I1 to I10).
    """
    share = SEEDS // GROUPS
    report = simulate(range(group * share, (group + 1) * share))

    assert _told(report) == ""


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("group", range(20))
def test_many_more_seeds(group: int) -> None:
    """The same, for seeds that an ordinary run has no time for."""
    share = SEEDS_LONG // 20
    report = simulate(range(FIRST_LONG + group * share, FIRST_LONG + (group + 1) * share))

    assert _told(report) == ""


CRASHES = Weather(deeds={Fault.CRASH: 0.2})
"""Only a node that dies while its write travels leaves a zombie, so let nodes die often."""


def test_every_kind_of_fault_happens() -> None:
    """A fault that never strikes proves nothing, so few seeds are enough to meet each."""
    met: set[Fault] = set()
    for seed in range(1000, 1032):
        met |= set(run_seed(seed, steps=STEPS // 2).faults)
        met |= set(run_seed(seed, steps=STEPS // 2, weather=CRASHES).faults)
        if met == set(Fault):
            break

    assert set() == set(Fault) - met


def test_a_calm_cloud_converges_without_a_single_fault() -> None:
    """In calm weather nothing strikes."""
    assert set() == CALM.kinds


def test_one_seed_is_one_history() -> None:
    """The same seed gives the same events, in the same order, at the same times."""
    assert run_seed(3).trace == run_seed(3).trace


def test_a_history_does_not_depend_on_the_process() -> None:
    """Neither hash seeds nor addresses in memory reach a history: another process replays it."""
    command = "from skygarth.testing import run_seed; print(run_seed(5, steps=40).trace)"
    traces = {
        subprocess.run(
            [sys.executable, "-c", command],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(SOURCE)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(traces) == 1


def _told(report: SimulationReport) -> str:
    """Every failure with what led to it."""
    return "\n\n".join(
        "\n".join(
            (
                f"seed {failure.seed} (skygarth simulate --seed {failure.seed}):",
                *failure.violations,
                "after:",
                *failure.story[-40:],
            )
        )
        for failure in report.failures
    )
