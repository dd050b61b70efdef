"""`skygarth type` shows the kinds of objects that a node knows."""

from __future__ import annotations

from tests.cli.commands.conftest import Run
from tests.cli.commands.scripted_node import ARTICLE_TYPE, ScriptedNode


def test_types_are_listed_with_their_fields(run: Run, node: ScriptedNode) -> None:
    """One line a type."""
    node.answers["GET types"] = {"items": [ARTICLE_TYPE], "next": None}

    assert run("type", "list").out.splitlines()[1].split() == [
        "article",
        "name,",
        "title,",
        "views",
    ]


def test_a_type_is_shown_with_its_limits(run: Run, node: ScriptedNode) -> None:
    """Each field with its kind, whether it is required, and what it refuses."""
    lines = [line.split() for line in run("type", "show", "article").out.splitlines()]

    assert lines[1:] == [
        ["name", "string", "yes", "maxLength=80"],
        ["title", "string"],
        ["views", "integer", "default=0"],
    ]
