"""`skygarth cost` tells what the requests to the bucket come to."""

from __future__ import annotations

from tests.cli.commands.conftest import Run
from tests.cli.commands.scripted_node import ScriptedNode


def test_requests_and_dollars_are_shown(run: Run, node: ScriptedNode) -> None:
    """By class, and a month at list prices."""
    node.answers["GET cost"] = {
        "requests": {"put": 3, "get": 40},
        "bytes": 1000,
        "dollars_month": 0.123,
        "since": "2008-07-01T12:00:00.000000Z",
    }

    out = run("cost").out

    assert [line.split() for line in out.splitlines()[1:3]] == [["get", "40"], ["put", "3"]]
    assert "$0.12 a month at this pace since 2008-07-01" in out


def test_half_a_minute_tells_no_month(run: Run, node: ScriptedNode) -> None:
    """A start costs more than what follows: its pace alarms for nothing."""
    node.answers["GET cost"] = {"requests": {"put": 30}, "dollars_month": 41.0, "seconds": 31.4}

    out = run("cost").out

    assert "31 s are too short to tell: look again in ten minutes" in out
