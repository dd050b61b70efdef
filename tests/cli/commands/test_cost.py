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
