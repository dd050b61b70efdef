"""One frame of `skygarth top` tells what the dashboard tells, in as many lines as there are."""

from __future__ import annotations

import io

import msgspec
from rich.console import Console
from tests.web.watching.clouds import COST, OWN, another, facts

from skygarth.cli.cloud_answers import CloudAnswer
from skygarth.cli.cloud_frame import frame, plain
from skygarth.web.watching.facts import CloudFacts
from skygarth.web.watching.view import view_cloud


def _answer(known: CloudFacts) -> CloudAnswer:
    """What a node answers that knows this."""
    return msgspec.json.decode(msgspec.json.encode(view_cloud(known)), type=CloudAnswer)


def _lines(cloud: CloudAnswer, lines: int | None = None, fault: str = "") -> list[str]:
    printed = io.StringIO()
    Console(file=printed, width=160).print(frame(cloud, lines=lines, fault=fault))
    return [line.rstrip() for line in printed.getvalue().splitlines()]


def test_alarms_come_first_with_what_helps() -> None:
    """Then the cloud in one line, then its nodes, those in trouble first."""
    known = facts(another("b"), another("z", 12, unwell=("disk",), load=2.5))
    lines = _lines(_answer(known))

    assert lines[0].startswith("✕ The disk of z is full or almost full   skygarth status --node")
    assert "node a: ready · 3 of 3 ready · lag 0.0 s" in lines[1]
    assert [line.split()[0] for line in lines[-3:]] == ["z", "a", "b"]
    assert "ready, unwell: disk" in lines[-3]


def test_a_cloud_that_is_well_says_so() -> None:
    """Silence would be read as a fault of the command."""
    assert _lines(_answer(facts()))[0] == "● all is well: 1 nodes"


def test_what_is_unknown_is_not_zero() -> None:
    """Neither a lag, nor a clock, nor a month."""
    own = OWN
    early = facts(
        another("b", age_seconds=9e3, clock_ahead_seconds=None),
        own=own,
        sync={"bucket_reachable": False, "last_error": "timeout"},
    )
    lines = _lines(_answer(early))

    assert lines[-2].count("unknown") == 2  # b: its lag and its clock
    assert "lag unknown" in lines[2]
    assert "(out of reach)" in lines[2]
    assert COST.dollars_month == 12.5
    assert "$12.50 a month" in lines[2] or "$12.50 a month" in lines[3]


def test_thirty_nodes_fit_a_small_terminal() -> None:
    """What does not fit is counted; those in trouble are never what is left out."""
    others = [another(f"n{n:02}", 100 + n) for n in range(28)]
    lines = _lines(_answer(facts(*others, another("zz", 999, state="halted"))), lines=24)

    assert len(lines) <= 24
    assert any(line.startswith("zz") for line in lines)
    assert lines[-1].startswith("and ")
    assert "more nodes" in lines[-1]


def test_a_node_that_is_away_leaves_what_was_last_seen() -> None:
    """With a line that says so."""
    lines = _lines(_answer(facts()), fault="connection refused")

    assert lines[0] == "✕ no answer: connection refused"


def test_a_card_cannot_steer_the_terminal() -> None:
    """Names come from elsewhere."""
    cloud = _answer(facts(another("b\x1b[2Jc\n", state="silent", age_seconds=9e3)))

    assert plain("b\x1b[2J") == "b?[2J"
    assert not any("\x1b" in line for line in _lines(cloud))
