"""`skygarth tree` walks the content tree level by level."""

from __future__ import annotations

from tests.cli.commands.conftest import Run
from tests.cli.commands.scripted_node import ARTICLE, ScriptedNode


def test_the_root_is_listed_by_default(run: Run, node: ScriptedNode) -> None:
    """What has no parent stands at the root."""
    node.answers["GET tree"] = {"items": [ARTICLE], "next": None}

    assert run("tree", "ls").out.splitlines()[1].split() == [
        "01-hello",
        "/news/hello",
        "Hello",
        "2008-07-01T12:00:00.000000Z",
        "–",
    ]


def test_what_stands_under_an_object_is_listed(run: Run, node: ScriptedNode) -> None:
    """A path leads to the object, the object to its children."""
    section = {**ARTICLE, "guid": "01-news", "type": "section", "path": "/news"}
    node.answers |= {
        "GET tree/news": section,
        "GET objects/01-news/children": {"items": [ARTICLE], "next": None},
    }

    assert run("tree", "ls", "/news", "--json").facts == {"items": [ARTICLE], "next": None}
