"""`skygarth sync` shows and steers how a node stays in sync."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from tests.cli.commands.conftest import Run
from tests.cli.commands.scripted_node import NODE, PEER, QUARANTINED, SYNC, ScriptedNode

from skygarth.cli.exchange import Params, Reply


def test_the_state_of_sync_is_shown(run: Run, node: ScriptedNode) -> None:
    """What was published, what waits, and every peer's log."""
    ended = run("sync", "status")

    assert ended.code == 0
    assert ["published", "3"] in [line.split() for line in ended.out.splitlines()]


def test_notices_are_shown_with_what_was_heard_last(run: Run, node: ScriptedNode) -> None:
    """One row for each transport; a broker that is away with its reason."""
    here = {"name": "nats", "broker": "nats://bus:4222", "connected": True, "heard_seconds_ago": 0}
    gone = {**here, "name": "redis", "connected": False, "away_seconds": 7, "fault": "no route"}
    node.answers["GET sync"] = {**SYNC, "notices": [here, gone]}

    ended = run("sync", "status")

    assert "0.0 s ago" in ended.out
    assert "away for 7.0 s" in ended.out
    assert "no route" in ended.out


@pytest.mark.parametrize("verb", ["pause", "resume", "snapshot", "refill"])
def test_a_node_is_steered(run: Run, node: ScriptedNode, verb: str) -> None:
    """Each verb is one request, and says on stderr that it was done."""
    node.answers[f"POST sync/{verb}"] = {}

    ended = run("sync", verb)

    assert (ended.code, ended.out) == (0, "")
    assert node.asked() == [f"POST sync/{verb}"]
    assert ended.err


def test_a_wait_ends_once_nothing_is_left(run: Run, node: ScriptedNode) -> None:
    """A node with an empty outbox that applied all it knows is in sync."""
    assert run("sync", "wait").code == 0


@pytest.mark.parametrize(
    "sync",
    [
        {**SYNC, "unpublished": 2},
        {**SYNC, "peers": [{**PEER, "known_through": 5}]},
        {**SYNC, "peers": [{**PEER, "parked": 1}]},
    ],
)
def test_a_wait_that_takes_too_long_ends_with_8(
    run: Run, node: ScriptedNode, sync: dict[str, object]
) -> None:
    """What is missing is said; nothing is lost by giving up."""
    node.answers["GET sync"] = sync

    ended = run("sync", "wait", "--timeout", "0")

    assert ended.code == 8
    assert "not in sync yet" in ended.err


def test_a_quarantined_author_does_not_hold_up_a_wait(run: Run, node: ScriptedNode) -> None:
    """One bad author stops itself, not everybody who waits."""
    held = {**PEER, "known_through": 9, "quarantined": QUARANTINED}
    node.answers["GET sync"] = {**SYNC, "peers": [held]}

    assert run("sync", "wait", "--timeout", "0").code == 0


HELD = {**PEER, "known_through": 9, "applied_through": 6, "quarantined": QUARANTINED}


def test_quarantined_logs_are_listed_with_their_reason(run: Run, node: ScriptedNode) -> None:
    """From which sequence on, and why."""
    node.answers["GET sync"] = {**SYNC, "peers": [HELD]}

    ended = run("sync", "quarantine", "--json")

    assert ended.facts == {
        "items": [
            {
                "name": "b",
                "incarnation": "1b",
                **QUARANTINED,
                "known_through": 9,
                "applied_through": 6,
            }
        ],
        "next": None,
    }


def test_a_refused_log_is_explained_with_the_way_out(run: Run, node: ScriptedNode) -> None:
    """What, since when, why, what happens meanwhile, what to put back, and what to type then."""
    node.answers["GET sync"] = {**SYNC, "peers": [HELD]}

    shown = run("sync", "quarantine").out

    assert shown.startswith("The log of b (1b) is refused from segment 7 on:")
    for words in (
        "hash differs (SG-SEGMENT-002)",
        "what it wrote until segment 6 shows here; 3 of its segments wait",
        "put the object tail/1b-7 back from a backup",
        "skygarth sync quarantine --release b",
    ):
        assert words in shown


def test_without_any_quarantine_it_says_none(run: Run, node: ScriptedNode) -> None:
    """Nothing is held."""
    assert run("sync", "quarantine").out == "none\n"


class ReleasingNode(ScriptedNode):
    """Refuses the log of b until it is released."""

    after: Mapping[str, object]

    def send(
        self, method: str, path: str, *, params: Params, body: object, headers: Mapping[str, str]
    ) -> Reply:
        """Answer as told; after the release things stand as the test says."""
        if path.endswith("/release"):
            self.answers["GET sync"] = {**SYNC, "peers": [self.after]}
        return super().send(method, path, params=params, body=body, headers=headers)


@pytest.mark.parametrize(
    ("after", "code", "words"),
    [
        ({**HELD, "quarantined": None, "applied_through": 9}, 0, "applied through segment 9"),
        ({**HELD, "quarantined": None}, 0, "segment 7 is not read yet"),
        (HELD, 1, "error[SG-CLI-010]: the log of b is refused still, from segment 7 on"),
    ],
)
def test_a_release_tells_what_came_of_it(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    after: dict[str, object],
    code: int,
    words: str,
) -> None:
    """Read on, not read yet, or refused again: by name as by incarnation."""
    node = ReleasingNode()
    node.after = after
    node.answers["POST sync/quarantine/1b/release"] = {}
    monkeypatch.setattr("skygarth.cli.node_client._over_the_network", lambda _url, _timeout: node)
    for wanted in ("b", "1b"):
        node.answers["GET sync"] = {**SYNC, "peers": [HELD]}

        ended = run("sync", "quarantine", "--release", wanted, "--timeout", "0")

        assert ended.code == code
        assert words in ended.err


def test_only_a_refused_log_can_be_released(run: Run, node: ScriptedNode) -> None:
    """The node is not bothered with a name that is none of them."""
    ended = run("sync", "quarantine", "--release", "z")

    assert ended.code == 4
    assert "SG-CLI-009" in ended.err
    assert node.asked() == ["GET sync"]


B: dict[str, object] = {**NODE, "name": "b", "incarnation": "1b"}


@pytest.mark.parametrize(
    ("other", "words", "code", "verdict"),
    [
        (B, [], 0, "equal"),
        ({**B, "digest": "d2"}, [], 9, "different"),
        ({**B, "vector": {"1a": 1}}, [], 0, "unknown"),
        ({**B, "vector": {"1a": 1}}, ["--exit-code"], 3, "unknown"),
        ({**B, "vector": {"1a": 3, "1b": 2, "1d": 1}}, ["--exit-code"], 3, "unknown"),
    ],
)
def test_the_content_of_all_nodes_is_compared(
    run: Run,
    node: ScriptedNode,
    monkeypatch: pytest.MonkeyPatch,
    other: dict[str, object],
    words: list[str],
    code: int,
    verdict: str,
) -> None:
    """Equal ends with 0, different with 9, unknown with 3 where it was asked for."""
    second = ScriptedNode(answers={"GET node": other})
    node.answers["GET nodes"] = {
        "items": [NODE, {**B, "address": "b:1"}],
        "next": None,
        "cards_age_seconds": 0.0,
    }
    monkeypatch.setattr(
        "skygarth.cli.node_client._over_the_network",
        lambda url, _timeout: second if url == "http://b:1" else node,
    )

    ended = run("sync", "verify", "--timeout", "0", *words)

    assert ended.code == code
    assert ended.out.splitlines()[-1] == verdict
