"""`skygarth node` shows the cloud as one of its nodes sees it."""

from __future__ import annotations

import pytest
from tests.cli.commands.conftest import Run
from tests.cli.commands.scripted_node import NODE, ScriptedNode, problem

from skygarth.cli import node_client

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


def test_a_lag_that_nobody_can_know_is_not_told(run: Run, node: ScriptedNode) -> None:
    """A silent node and one that is cut off hear of nothing new."""
    cut = {**NODE, "name": "c", "unwell": ["cut off"]}
    node.answers["GET nodes"] = {"items": [NODE, {**B, "lag_seconds": 0.0}, cut], "next": None}

    lines = run("node", "list").out.splitlines()

    assert ["unknown" in line for line in lines[1:]] == [False, True, True]


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


def drained(state: str, **more: object) -> dict[str, object]:
    """What the node answers about itself."""
    return {**NODE, "state": state, **more}


def test_a_list_shows_what_nodes_are_for_and_how_they_are(run: Run, node: ScriptedNode) -> None:
    """Pools, load, and what is not well with them."""
    unwell = {**NODE, "unwell": ["disk"], "pools": ["web", "search"], "load": 0.25}
    node.answers["GET nodes"] = {"items": [unwell], "next": None}

    line = run("node", "list").out.splitlines()[1]

    assert "ready, unwell: disk" in line
    assert "web, search" in line
    assert "0.25" in line


def test_draining_waits_until_nothing_is_left(run: Run, node: ScriptedNode) -> None:
    """It asks the node, and ends when the node says drained (MBR-7)."""
    node.answers["POST node/drain"] = drained("draining")
    node.answers["GET node"] = drained("drained")

    ended = run("node", "drain", "--finish", "5")

    assert (ended.code, ended.out) == (0, "a drained\n")
    assert node.sent[0][2] == {"finish_seconds": 5.0}


def test_draining_that_takes_too_long_says_what_it_waits_for(run: Run, node: ScriptedNode) -> None:
    """Exit code 8; the node goes on by itself (MBR-7)."""
    node.answers["POST node/drain"] = drained("draining")
    node.answers["GET node"] = drained("draining", in_flight=2, backlog=3)

    ended = run("node", "drain", "--timeout", "0")

    assert ended.code == 8
    assert "in_flight='2' unpublished='3'" in ended.err
    assert "skygarth node resume" in ended.err


def test_a_node_that_was_brought_back_was_not_drained(run: Run, node: ScriptedNode) -> None:
    """Nobody must believe that it can be switched off now."""
    node.answers["POST node/drain"] = drained("draining")
    node.answers["GET node"] = drained("ready")

    assert run("node", "drain").code == 5


def test_a_node_is_brought_back(run: Run, node: ScriptedNode) -> None:
    """It says in which state it is then."""
    node.answers["POST node/resume"] = NODE

    assert run("node", "resume").out == "a ready\n"


def test_leaving_ends_where_nobody_answers_any_more(run: Run, node: ScriptedNode) -> None:
    """The process is gone then (MBR-8)."""
    node.answers["POST node/leave"] = drained("draining", leaving=True)
    node.answers["GET node"] = problem(503, "SG-CLI-002")

    assert run("node", "leave").out == "a left\n"


def test_leaving_that_was_called_off_is_a_conflict(run: Run, node: ScriptedNode) -> None:
    """Exit code 5: the node is still there."""
    node.answers["POST node/leave"] = drained("draining", leaving=True)
    node.answers["GET node"] = drained("ready", leaving=False)

    assert run("node", "leave").code == 5


def test_a_dead_node_is_forgotten(run: Run, node: ScriptedNode) -> None:
    """With the chores that it had claimed (MBR-10)."""
    node.answers["POST nodes/b/forget"] = {"items": [B], "next": None, "claims": ["dns-sweep"]}

    ended = run("node", "forget", "b")

    assert ended.code == 0
    assert ended.out.splitlines()[1].split()[:2] == ["b", "silent"]
    assert "dns-sweep" in ended.err


def test_another_node_is_asked_at_its_own_address(
    run: Run, node: ScriptedNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that answers only tells where it is."""
    other = ScriptedNode({"POST node/resume": {**B, "state": "ready"}})
    there = {**B, "state": "drained", "address": "http://b.example"}
    node.answers["GET nodes"] = {"items": [NODE, there, {**B, "incarnation": "0b"}], "next": None}
    monkeypatch.setattr(
        node_client, "_over_the_network", lambda url, _: other if "b.example" in url else node
    )

    assert run("node", "resume", "b").out == "b ready\n"
    assert other.asked() == ["POST node/resume"]


@pytest.mark.parametrize(
    "there", [{"state": "untrusted", "address": "http://b.example"}, {"state": "ready"}]
)
def test_no_token_is_sent_to_whoever_may_be_anybody(
    run: Run, node: ScriptedNode, there: dict[str, object]
) -> None:
    """A card without signature, or without an address, leads nowhere (MBR-4)."""
    node.answers["GET nodes"] = {"items": [NODE, {**B, **there}], "next": None}

    ended = run("node", "drain", "b")

    assert ended.code == 5
    assert "--node" in ended.err
    assert "POST node/drain" not in node.asked()


def test_of_two_that_live_under_one_name_none_is_chosen(run: Run, node: ScriptedNode) -> None:
    """The incarnation tells them apart."""
    twins = [{**B, "state": "ready", "incarnation": each} for each in ("1b", "2b")]
    node.answers["GET nodes"] = {"items": twins, "next": None}

    ended = run("node", "drain", "b")

    assert ended.code == 5
    assert "incarnation" in ended.err
