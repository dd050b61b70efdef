"""What needs a person is said in one sentence, with the command that helps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.web.cloud_nodes import CloudNode

from skygarth.model.position import Incarnation
from skygarth.node.membership import Member
from skygarth.node.status import PeerStatus, SyncStatus
from skygarth.web.dashboard.alarms import alarms_of

PEER = PeerStatus(
    Incarnation("f" * 32), "b", 9, 4, 0.0, 0, (5, "SG-SEGMENT-004", "the checksum differs")
)


def _status(node: CloudNode) -> SyncStatus:
    return replace(node.node.sync_status(), paused=False, state="steady", bucket_reachable=True)


def test_a_node_that_is_well_raises_no_alarm(node: CloudNode) -> None:
    """Nothing is said where nothing is to do."""
    assert alarms_of(node.node, _status(node), [], 0) == []


@pytest.mark.parametrize(
    ("change", "sentence", "command"),
    [
        ({"bucket_reachable": False}, "bucket does not answer", "doctor bucket"),
        ({"paused": True}, "cut off on purpose", "sync resume"),
        ({"state": "halted", "last_error": "no"}, "Replication has stopped", "sync status"),
        ({"clock_trusted": False, "clock_offset_ms": 90_000}, "90 s off", "sync status"),
        ({"peers": (PEER,)}, "log of b is not read on from segment 5", f"--release {'f' * 32}"),
    ],
)
def test_each_trouble_has_its_sentence_and_its_command(
    node: CloudNode, change: dict[str, object], sentence: str, command: str
) -> None:
    """Who reads an alarm knows what is wrong and what to type."""
    status = replace(_status(node), **change)  # type: ignore[arg-type]
    (alarm,) = alarms_of(node.node, status, [], 0)

    assert sentence in alarm.sentence
    assert command in alarm.command
    assert alarm.command.startswith("skygarth ")


def test_grave_alarms_come_first(node: CloudNode) -> None:
    """Conflicts and silent nodes wait behind what stops the node."""
    (here,) = node.node.members()
    silent = Member(replace(here.card, incarnation=Incarnation("0" * 32), name="z"), 2_000.0)
    status = replace(_status(node), bucket_reachable=False)
    alarms = alarms_of(node.node, status, [here, silent], 3)

    assert [alarm.grave for alarm in alarms] == [True, False, False]
    assert "z has said nothing for 33 minutes" in alarms[1].sentence
    assert "3 conflicts wait" in alarms[2].sentence
