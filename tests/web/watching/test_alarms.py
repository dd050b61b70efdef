"""What needs a person is said in one sentence, with the command that helps."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from tests.web.watching.clouds import OWN, another, facts

from skygarth.model.position import Incarnation
from skygarth.node.status import PeerStatus
from skygarth.notices.port import TransportHealth
from skygarth.web.disk_room import DiskRoom
from skygarth.web.watching.alarms import Alarm, alarms_of, off
from skygarth.web.watching.facts import CloudFacts
from skygarth.web.watching.unpublished_watch import Growth

REFUSED = PeerStatus(
    Incarnation("f" * 32), "b", 9, 4, 0.0, 0, (5, "SG-SEGMENT-004", "the checksum differs")
)
NATS = TransportHealth(
    name="nats",
    broker="nats://n",
    connected=False,
    away_seconds=200,
    fault="SG-NOTICES-001",
    hint="",
    said=1,
    heard=0,
    replaced=0,
    refused=0,
    heard_seconds_ago=None,
)


def _one(known: CloudFacts) -> Alarm:
    (alarm,) = alarms_of(known)
    return alarm


def test_a_cloud_that_is_well_raises_no_alarm() -> None:
    """Nothing is said where nothing is to do."""
    assert alarms_of(facts(another("b"), another("c", 12))) == []


@pytest.mark.parametrize(
    ("change", "sentence", "command"),
    [
        ({"bucket_reachable": False}, "bucket does not answer", "doctor bucket s3://acme/site"),
        ({"paused": True}, "cut off on purpose", "sync resume"),
        ({"state": "halted", "last_error": "no"}, "a has stopped: no", "sync status"),
        ({"clock_trusted": False, "clock_offset_ms": 90_000}, "90.0 s ahead", "set-ntp"),
        ({"clock_offset_ms": -2_600}, "2.6 s behind the bucket's: set the clock with NTP", "ntp"),
        ({"in_trouble": True, "last_error": "a chunk is gone"}, "a chunk is gone", "sync status"),
        ({"peers": (REFUSED,)}, "log of b is not read on from segment 5", f"--release {'f' * 32}"),
    ],
)
def test_each_trouble_of_replication_has_its_sentence_and_its_command(
    change: dict[str, object], sentence: str, command: str
) -> None:
    """Who reads an alarm knows what is wrong and what to type."""
    alarm = _one(facts(sync=change))

    assert sentence in alarm.sentence
    assert command in alarm.command
    assert alarm.nodes == ("a",)


@pytest.mark.parametrize(
    ("change", "sentence", "command"),
    [
        ({"disk": DiskRoom(None, "gone")}, "data folder of a is gone", "run --data /var/lib"),
        ({"disk": DiskRoom(9, "the disk is full")}, "On a the disk is full", "df -h /var/lib"),
        ({"reservation": "component 'blog' is not here"}, "'blog' is not here", "app show"),
        ({"state": "lagging", "lag_seconds": 12.0}, "a is 12 s behind", "sync status"),
        ({"transports": (NATS,)}, "without nats for 3 minutes", "doctor notices nats"),
    ],
)
def test_each_trouble_of_the_own_node_has_its_sentence_and_its_command(
    change: dict[str, object], sentence: str, command: str
) -> None:
    """The node that is asked knows most about itself."""
    alarm = _one(facts(own=replace(OWN, **change)))  # type: ignore[arg-type]

    assert sentence in alarm.sentence
    assert command in alarm.command


@pytest.mark.parametrize(
    ("change", "sentence", "command"),
    [
        ({"age_seconds": 2_000.0}, "b has said nothing for 33 minutes", "node show b"),
        ({"state": "halted"}, "Replication of b has stopped", "status --node http://10.0.0.11"),
        ({"state": "broken"}, "data folder of b is gone", "status --node"),
        ({"state": "lagging", "lag_seconds": 31.0}, "b is 31 s behind", "status --node"),
        ({"unwell": ("cut off",)}, "b is cut off on purpose", "sync resume --node http://10"),
        ({"unwell": ("disk",)}, "disk of b is full", "status --node"),
        ({"unwell": ("database",)}, "not well with its database", "status --node"),
        ({"unwell": ("bucket",)}, "b has trouble with the bucket", "status --node"),
        ({"unwell": ("replication",)}, "b does not replicate everything", "status --node"),
        ({"unwell": ("clock",)}, "clock of b is wrong", "set-ntp"),
        ({"clock_ahead_seconds": 3.5}, "b is 3.5 s ahead of the bucket's", "set-ntp"),
        ({"clock_ahead_seconds": -400.0}, "b is 7 minutes behind the bucket's", "set-ntp"),
        ({"trusted": False}, "card of b lacks the cloud's signature", "keys show"),
        ({"state": "starting"}, "b is not ready since it started, 17 minutes ago", "status"),
    ],
)
def test_each_trouble_of_another_node_is_told_as_far_as_its_card_tells(
    change: dict[str, object], sentence: str, command: str
) -> None:
    """One node's page warns of all of them."""
    alarm = _one(facts(another("b", **change)))

    assert sentence in alarm.sentence
    assert command in alarm.command
    assert alarm.nodes == ("b",)


@pytest.mark.parametrize("change", [{"state": "left"}, {"state": "draining"}, {"unwell": ("dns",)}])
def test_what_was_wanted_is_no_alarm(change: dict[str, object]) -> None:
    """A node that left or drains does what it was told to."""
    assert alarms_of(facts(another("b", **change))) == []


def test_one_trouble_of_many_nodes_is_one_alarm() -> None:
    """A whole rack that is gone must not hide what else there is."""
    silent = [another(f"n{number}", 20 + number, age_seconds=2_000.0) for number in range(9)]
    alarm = _one(facts(*silent))

    assert alarm.sentence.startswith("9 nodes have said nothing for minutes: n0, n1, n2, n3")
    assert alarm.sentence.endswith("n5 and 3 more")
    assert len(alarm.nodes) == 9


def test_grave_alarms_come_first() -> None:
    """Conflicts and silent nodes wait behind what stops a node."""
    known = facts(
        another("z", age_seconds=2_000.0), sync={"bucket_reachable": False}, conflicts_count=3
    )
    alarms = alarms_of(known)

    assert [alarm.grave for alarm in alarms] == [True, False, False]
    assert [alarm.key.split()[0] for alarm in alarms] == ["bucket", "silent", "conflicts"]
    assert "3 conflicts wait" in alarms[2].sentence


def test_edits_that_pile_up_are_told_with_what_is_at_stake() -> None:
    """Who loses that node loses them."""
    alarm = _one(facts(growth=Growth(1_200, 300, 120)))

    assert "1,200 wait, 300 more than 2 minutes ago" in alarm.sentence
    assert "if a is lost, they are" in alarm.sentence


def test_a_key_outlives_the_wording() -> None:
    """Readers are told once of a trouble that lasts, however its figures change."""
    early, late = (_one(facts(another("b", age_seconds=age))) for age in (900.0, 9_000.0))

    assert early.sentence != late.sentence
    assert early.key == late.key


def test_nobody_writes_into_a_command_by_his_name() -> None:
    """What stands on a card was written elsewhere: it stays one word of the command."""
    evil = another("b; rm -rf ~", age_seconds=2_000.0)
    halted = another("c", 12, state="halted")
    halted = replace(halted, card=replace(halted.card, address="http://c $(reboot)"))

    assert shlex.split(_one(facts(evil)).command) == ["skygarth", "node", "show", "b; rm -rf ~"]
    assert shlex.split(_one(facts(halted)).command)[-1] == "http://c $(reboot)"


def test_a_clock_is_told_with_its_way() -> None:
    """Ahead and behind are mended alike, and are looked for in different places."""
    assert off(3.21) == "3.2 s ahead of the bucket's"
    assert off(-600) == "10 minutes behind the bucket's"
