"""`skygarth node` shows the cloud as one of its nodes sees it."""

from __future__ import annotations

from tests.cli.commands.conftest import Run
from tests.cli.commands.scripted_node import NODE, ScriptedNode

B = {"name": "b", "incarnation": "1b", "state": "silent", "address": None, "lag_seconds": 3.0}
NODES = {"items": [NODE, B], "next": None}


def test_every_known_node_is_listed(run: Run, node: ScriptedNode) -> None:
    """One line a node, with its state."""
    node.answers["GET nodes"] = NODES

    lines = run("node", "list").out.splitlines()

    assert [line.split()[:2] for line in lines] == [
        ["node", "state"],
        ["a", "ready"],
        ["b", "silent"],
    ]


def test_the_node_that_answers_is_shown_by_default(run: Run, node: ScriptedNode) -> None:
    """Only it knows its digest."""
    assert run("node", "show", "--json").facts == NODE


def test_another_node_is_found_by_name_or_incarnation(run: Run, node: ScriptedNode) -> None:
    """Both name it."""
    node.answers["GET nodes"] = NODES

    assert run("node", "show", "b", "--json").facts == B
    assert run("node", "show", "1b", "--json").facts == B


def test_an_unknown_node_is_not_found(run: Run, node: ScriptedNode) -> None:
    """Exit code 4 and where to look."""
    node.answers["GET nodes"] = NODES

    ended = run("node", "show", "z")

    assert ended.code == 4
    assert "skygarth node list" in ended.err
