"""`skygarth top` watches a cloud."""

from __future__ import annotations

import io
import json

import msgspec
from rich.console import Console
from tests.cli.commands.conftest import Run
from tests.cli.commands.scripted_node import ScriptedNode, problem
from tests.web.watching.clouds import another, facts

from skygarth.cli.cloud_answers import CloudAnswer
from skygarth.cli.commands.top import watch
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NodeAddress
from skygarth.clock.manual_clock import ManualClock
from skygarth.web.watching.view import view_cloud

WELL = json.loads(msgspec.json.encode(view_cloud(facts(another("b")))))
UNWELL = json.loads(msgspec.json.encode(view_cloud(facts(another("b", unwell=("disk",))))))


def test_one_frame_is_printed(run: Run, node: ScriptedNode) -> None:
    """For a person, or whole for a program."""
    node.answers["GET cloud"] = WELL
    seen, raw = run("top", "--once"), run("top", "--json")

    assert seen.code == raw.code == 0
    assert "all is well: 2 nodes" in seen.out
    assert raw.facts == WELL


def test_a_pipe_gets_one_frame(run: Run, node: ScriptedNode) -> None:
    """Nobody watches a file."""
    node.answers["GET cloud"] = WELL

    assert run("top").out == run("top", "--once").out


def test_a_monitor_is_told_by_the_exit_code(run: Run, node: ScriptedNode) -> None:
    """Only where it asks, and only of what cannot go on as it should."""
    node.answers["GET cloud"] = UNWELL

    assert run("top", "--once").code == 0
    assert run("top", "--once", "--exit-code").code == 9
    node.answers["GET cloud"] = WELL
    assert run("top", "--once", "--exit-code").code == 0


def test_a_node_of_an_older_version_is_told_as_such(run: Run, node: ScriptedNode) -> None:
    """With the commands that work with it."""
    node.answers["GET cloud"] = problem(404, "SG-API-404")
    ended = run("top", "--once")

    assert ended.code == 1
    assert "of a version that does not tell" in ended.err
    assert "skygarth node list" in ended.err


def test_looking_too_often_is_refused(run: Run, node: ScriptedNode) -> None:
    """A node has better things to do."""
    assert run("top", "--every", "0.01").code == 2


def test_a_node_that_is_away_is_waited_for(node: ScriptedNode) -> None:
    """What was seen last stays, with a line that says so, until it answers again."""
    clock = ManualClock()
    cloud = msgspec.convert(WELL, CloudAnswer)
    node.answers["GET cloud"] = problem(503, "SG-NODE-503")
    screens = [Console(file=io.StringIO(), force_terminal=True, width=100) for _ in range(2)]
    with NodeClient(NodeAddress()) as client:
        watch(client, cloud, screens[0], every=1.0, clock=clock, looks=2)
        node.answers["GET cloud"] = WELL
        watch(client, cloud, screens[1], every=1.0, clock=clock, looks=2)
    away, back = (screen.file.getvalue() for screen in screens)  # type: ignore[attr-defined]

    assert "no answer: it went wrong" in away
    assert "all is well" in away
    assert "no answer" not in back
    assert clock.monotonic() == 4.0
