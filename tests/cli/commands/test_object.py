"""`skygarth object` reads and writes objects through a node."""

from __future__ import annotations

import pytest
from tests.cli.commands.conftest import Run
from tests.cli.commands.scripted_node import ARTICLE, ScriptedNode, problem, reply


@pytest.fixture(autouse=True)
def _has_an_article(node: ScriptedNode) -> None:
    """Every test here begins with one article at revision 3."""
    found = reply(ARTICLE, ETag='"3"')
    node.answers |= {"GET objects/01-hello": found, "GET tree/news/hello": found}


@pytest.mark.parametrize("which", ["01-hello", "/news/hello"])
def test_an_object_is_named_by_guid_or_path(run: Run, which: str) -> None:
    """Both lead to the same object."""
    assert run("object", "get", which, "--json").facts == ARTICLE


def test_an_object_is_shown_in_full(run: Run) -> None:
    """What it is, its fields, its metadata."""
    lines = [line.split() for line in run("object", "get", "/news/hello").out.splitlines()]

    assert [line for line in lines if line and line[0] in {"path", "title", "revision"}] == [
        ["path", "/news/hello"],
        ["title", "Hello"],
        ["revision", "3"],
    ]


def test_an_absent_object_is_not_found(run: Run) -> None:
    """Exit code 4, with the node's own code and hint."""
    ended = run("object", "get", "/nowhere")

    assert (ended.code, ended.out) == (4, "")
    assert ended.err == "error[SG-NOT-FOUND-001]: it went wrong\n  fix: mend it\n"


def test_a_query_passes_conditions_and_order_on(run: Run, node: ScriptedNode) -> None:
    """Each --where is a parameter of the list."""
    node.answers["GET article"] = {"items": [ARTICLE], "next": None}

    ended = run(
        *("object", "query", "article", "--where", "title=Hello", "--where", "section=/news"),
        *("--order", "-published", "--json"),
    )

    assert ended.facts == {"items": [ARTICLE], "next": None}
    assert node.sent[0][1] == {
        "title": "Hello",
        "section": "/news",
        "order": "-published",
        "limit": 50,
    }


def test_a_long_query_turns_pages(run: Run, node: ScriptedNode) -> None:
    """Pages are fetched until the limit; where the rest begins is told."""
    node.answers["GET article"] = {"items": [ARTICLE], "next": "more"}

    ended = run("object", "query", "article", "--limit", "2", "--json")

    assert ended.facts == {"items": [ARTICLE, ARTICLE], "next": "more"}
    assert [params for _, params, _, _ in node.sent] == [
        {"limit": 2},
        {"limit": 1, "after": "more"},
    ]


def test_objects_are_counted_without_being_fetched(run: Run, node: ScriptedNode) -> None:
    """--count asks for the number only."""
    node.answers["HEAD article"] = reply(None, Skygarth_Count="1098")

    assert run("object", "query", "article", "--count").out == "1098\n"


def test_an_object_is_created_with_typed_fields(run: Run, node: ScriptedNode) -> None:
    """The type's schema says what text means; the new object is named on stdout."""
    node.answers["POST article"] = reply(ARTICLE, status=201)

    ended = run("object", "create", "article", "name=hello", "views=3", "--parent", "/news")

    assert ended.out == "01-hello /news/hello\n"
    assert node.sent[-1][2] == {"fields": {"name": "hello", "views": 3}, "parent": "/news"}


def test_an_edit_names_the_revision_it_has_seen(run: Run, node: ScriptedNode) -> None:
    """The ETag of what was read guards what is written."""
    node.answers["PATCH objects/01-hello"] = ARTICLE

    ended = run("object", "edit", "/news/hello", "title=Hi")

    assert ended.code == 0
    asked, _, body, headers = node.sent[-1]
    assert (asked, body) == ("PATCH objects/01-hello", {"fields": {"title": "Hi"}})
    assert headers["If-Match"] == '"3"'


def test_an_edit_that_came_too_late_ends_with_5(run: Run, node: ScriptedNode) -> None:
    """Somebody was faster: nothing is overwritten."""
    node.answers["PATCH objects/01-hello"] = problem(412, "SG-CONFLICT-001")

    assert run("object", "edit", "/news/hello", "title=Hi").code == 5


def test_an_edit_of_nothing_is_a_fault_of_usage(run: Run, node: ScriptedNode) -> None:
    """Nothing is sent."""
    assert run("object", "edit", "/news/hello").code == 2
    assert node.sent == []


def test_a_deleted_object_can_be_brought_back(run: Run, node: ScriptedNode) -> None:
    """Deleting tells the command that undoes it."""
    node.answers |= {"DELETE objects/01-hello": None, "POST objects/01-hello/undelete": ARTICLE}

    deleted = run("object", "delete", "/news/hello")
    restored = run("object", "undelete", "01-hello")

    assert (deleted.code, restored.code) == (0, 0)
    assert "skygarth object undelete 01-hello" in deleted.err


def test_a_purge_needs_consent(run: Run, node: ScriptedNode) -> None:
    """Without a person to ask, nothing is removed for good unless --yes says so."""
    node.answers["DELETE objects/01-hello"] = None

    refused = run("object", "purge", "/news/hello", "--no-input")
    done = run("object", "purge", "/news/hello", "--yes")

    assert (refused.code, done.code) == (1, 0)
    assert [(asked, params) for asked, params, _, _ in node.sent if "DELETE" in asked] == [
        ("DELETE objects/01-hello", {"purge": "true"})
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("query", "article", "--where", "title"),
        ("create", "article", "title"),
        ("edit", "/news/hello", "views=many"),
    ],
)
def test_what_cannot_be_understood_changes_nothing(
    run: Run, node: ScriptedNode, words: tuple[str, ...]
) -> None:
    """A fault of usage has exit code 2 and sends no change."""
    assert run("object", *words).code == 2
    assert all(asked.startswith("GET") for asked in node.asked())


HISTORY = {
    "type": "article",
    "complete": False,
    "unreadable": ["1a2b3c4d-9"],
    "items": [
        {
            "version": "1a2b3c4d-7",
            "node": "a",
            "by": "jane",
            "at": "2026-01-01T12:00:00.000000Z",
            "deed": "edited",
            "fields": {"title": "Hello"},
            "meta": {"hidden": False},
            "amounts": {"views": 3},
        },
        {
            "version": None,
            "node": "b",
            "by": "",
            "at": "2026-01-01T12:00:01.000000Z",
            "deed": "edited",
            "fields": {"title": "Hullo"},
        },
    ],
}


@pytest.mark.parametrize("which", ["/news/hello", "01-hello"])
def test_a_history_is_told_one_version_a_line(run: Run, node: ScriptedNode, which: str) -> None:
    """Who, where, when, what; and what the list does not tell (HIS-1, HIS-3, HIS-4, HIS-5)."""
    node.answers["GET objects/01-hello/history"] = HISTORY
    told = run("object", "history", which)
    told_lines = told.out.splitlines()

    assert run("object", "history", which, "--json").facts == HISTORY
    assert "1a2b3c4d-7" in told.out
    assert "title=Hello hidden=False views+3" in " ".join(told.out.split())
    assert "not published yet" in told.out
    assert told_lines[-2:] == [
        "older versions are not kept",
        "a segment that may tell more cannot be read: 1a2b3c4d-9",
    ]


def test_going_back_names_the_revision_it_starts_from(run: Run, node: ScriptedNode) -> None:
    """So that nobody's edit of meanwhile is undone unseen (HIS-6)."""
    node.answers["POST objects/01-hello/revert"] = ARTICLE
    ended = run("object", "revert", "/news/hello", "--to", "1a2b3c4d-7")

    _, _, body, headers = node.sent[-1]
    assert (ended.code, body, headers["If-Match"]) == (0, {"to": "1a2b3c4d-7"}, '"3"')
