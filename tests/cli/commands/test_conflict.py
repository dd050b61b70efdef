"""`skygarth conflict` lists what merging set aside and settles it."""

from __future__ import annotations

import pytest
from tests.cli.commands.conftest import Run
from tests.cli.commands.scripted_node import ScriptedNode

CONFLICT = {
    "id": "c1",
    "guid": "01-hello",
    "type": "article",
    "path": "/news/hello",
    "field": "title",
    "shown": {"value": "Hi", "by": "b", "at": "2008-07-01T12:00:01.000000Z"},
    "set_aside": {"value": "Hello", "by": "a", "at": "2008-07-01T12:00:00.000000Z"},
}


def test_conflicts_are_listed_with_both_values(run: Run, node: ScriptedNode) -> None:
    """One line each; a finding only where the exit code was asked for."""
    node.answers["GET conflicts"] = {"items": [CONFLICT], "next": None}

    shown, watched = run("conflict", "list"), run("conflict", "list", "--exit-code")

    assert shown.out.splitlines()[1].split()[:5] == ["c1", "/news/hello", "title", "Hi", "Hello"]
    assert (shown.code, watched.code) == (0, 3)


def test_without_conflicts_it_says_none(run: Run, node: ScriptedNode) -> None:
    """Nothing is set aside, and nothing is found."""
    node.answers["GET conflicts"] = {"items": [], "next": None}

    ended = run("conflict", "list", "--exit-code")

    assert (ended.code, ended.out) == (0, "none\n")


def test_a_conflict_is_shown_with_who_and_when(run: Run, node: ScriptedNode) -> None:
    """Both values in full, and the command that restores the one set aside."""
    node.answers["GET conflicts/c1"] = CONFLICT

    out = run("conflict", "show", "c1").out

    assert "set aside by a at 2008-07-01T12:00:00.000000Z:\n  Hello" in out
    assert "skygarth conflict resolve c1 --take set-aside" in out


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        (["--take", "shown"], "shown"),
        (["--take", "set-aside"], "set_aside"),
        (["--value", "Hi there"], {"value": "Hi there"}),
        (["--value", "5"], {"value": 5}),
    ],
)
def test_a_conflict_is_settled(
    run: Run, node: ScriptedNode, words: list[str], choice: object
) -> None:
    """By one of its values, or by another one."""
    node.answers["POST conflicts/c1"] = {}

    assert run("conflict", "resolve", "c1", *words).code == 0
    assert node.sent[-1][2] == {"take": choice}


@pytest.mark.parametrize("words", [[], ["--take", "shown", "--value", "x"], ["--take", "mine"]])
def test_a_settlement_needs_one_choice(run: Run, node: ScriptedNode, words: list[str]) -> None:
    """None, or two, is a fault of usage."""
    assert run("conflict", "resolve", "c1", *words).code == 2
    assert node.sent == []
