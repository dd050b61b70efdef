"""`skygarth status` shows a node at one look, and tells a monitor whether all is well."""

from __future__ import annotations

import pytest
from tests.cli.commands.conftest import Run
from tests.cli.commands.scripted_node import NODE, PEER, QUARANTINED, SYNC, ScriptedNode


def test_a_node_and_its_peers_are_shown(run: Run, node: ScriptedNode) -> None:
    """Name, state, bucket and how far it is with every peer."""
    ended = run("status")

    assert ended.code == 0
    words = ended.out.split()
    assert {"a", "(ready)", "file://./bucket", "1b"} <= set(words)


def test_json_holds_all_that_the_node_said(run: Run, node: ScriptedNode) -> None:
    """Members that this version does not know are passed on."""
    node.answers["GET node"] = {**NODE, "mood": "fine"}

    ended = run("status", "--json")

    assert ended.facts == {"node": {**NODE, "mood": "fine"}, "sync": SYNC, "alarms": []}


@pytest.mark.parametrize(
    ("asked", "answer", "alarm"),
    [
        ("GET node", {**NODE, "state": "lagging"}, "the node is lagging"),
        (
            "GET sync",
            {**SYNC, "bucket": {"url": "s3://x", "reachable": False}, "last_error": "timeout"},
            "the bucket does not answer: timeout",
        ),
        (
            "GET sync",
            {**SYNC, "disk": {"free_bytes": 9, "fault": "the disk is full"}, "last_error": "x"},
            "the disk is full",
        ),
        (
            "GET sync",
            {**SYNC, "clock_offset_ms": -2_600},
            "this machine's clock is 2.6 s behind the bucket's: set it right (NTP)",
        ),
        (
            "GET sync",
            {**SYNC, "clock_offset_ms": -3_600_000, "clock_trusted": False},
            "this machine's clock is 3600.0 s off the bucket's: nothing is published under it",
        ),
        (
            "GET sync",
            {**SYNC, "jobs": {"waiting": 3, "failed": 2, "fault": None}},
            "2 jobs have failed: skygarth job list --failed",
        ),
        (
            "GET sync",
            {**SYNC, "jobs": {"waiting": 1, "failed": 0, "fault": "SG-X-1: away"}},
            "jobs stand still on this node: SG-X-1: away",
        ),
        (
            "GET sync",
            {**SYNC, "peers": [{**PEER, "quarantined": QUARANTINED}]},
            "the log of b is quarantined from 7 on",
        ),
    ],
)
def test_what_needs_a_person_is_said_first(
    run: Run, node: ScriptedNode, asked: str, answer: dict[str, object], alarm: str
) -> None:
    """Each alarm is a sentence; the exit code is 9 where it was asked for."""
    node.answers[asked] = answer

    shown, watched = run("status"), run("status", "--exit-code")

    assert shown.out.startswith(f"! {alarm}")
    assert (shown.code, watched.code) == (0, 9)


def test_all_is_well_for_a_monitor(run: Run, node: ScriptedNode) -> None:
    """Without an alarm the exit code is 0, asked for or not."""
    assert run("status", "--exit-code").code == 0


def test_an_absent_node_is_unreachable(run: Run) -> None:
    """Where nothing listens the exit code is 6, and stdout stays empty."""
    ended = run("status", "--node", "http://127.0.0.1:1")

    assert (ended.code, ended.out) == (6, "")
    assert ended.err.startswith("error[SG-CLI-002]: no node answers")


def test_a_node_without_its_bucket_cannot_tell_its_lag(run: Run, node: ScriptedNode) -> None:
    """It hears of nothing new: 0.0 s would be a guess."""
    node.answers["GET sync"] = {**SYNC, "bucket": {"url": "s3://x", "reachable": False}}

    assert "unknown: at least" in run("status").out
