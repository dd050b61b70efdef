"""`skygarth simulate` runs seeds and tells what happened."""

from __future__ import annotations

import pytest
from tests.cli.commands.conftest import Run

from skygarth.testing import simulation
from skygarth.testing.simulation import History, SimulationReport


def test_a_seed_is_run_and_told_as_json(run: Run) -> None:
    """One seed is one history, with its trace and the faults that struck."""
    ended = run("simulate", "--seed", "3", "--json")
    facts = ended.facts

    assert ended.code == 0
    assert isinstance(facts, dict)
    assert [history["seed"] for history in facts["items"]] == [3]
    assert len(facts["items"][0]["trace"]) == 64


def test_people_see_which_faults_happened(run: Run) -> None:
    """Without faults a simulation proves nothing, so they are counted."""
    ended = run("simulate", "--seeds", "1")

    assert ended.code == 0
    assert "histories with it" in ended.out
    assert "all that must hold held" in ended.err


def test_a_failure_is_told_with_its_story(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What did not hold goes to stdout, how it came to that to stderr, and the code is 1."""
    history = History(7, "t", 1, 1, 1, {}, ("I3: a differs from b",), ("1.0 a commits",))
    monkeypatch.setattr(
        simulation, "simulate", lambda _seeds, on_progress: SimulationReport((history,))
    )
    ended = run("simulate", "--seed", "7")

    assert ended.code == 1
    assert "I3: a differs from b" in ended.out
    assert "1.0 a commits" in ended.err
    assert "skygarth simulate --seed 7" in ended.err


def test_no_seeds_is_a_usage_fault(run: Run) -> None:
    """There must be something to run."""
    assert run("simulate", "--seeds", "0").code == 2
