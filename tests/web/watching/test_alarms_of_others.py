"""What the cards of other nodes tell of their troubles."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from tests.web.watching.clouds import another, facts

from skygarth.web.watching.alarm import Alarm
from skygarth.web.watching.alarms import alarms_of
from skygarth.web.watching.facts import CloudFacts


def _one(known: CloudFacts) -> Alarm:
    (alarm,) = alarms_of(known)
    return alarm


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


def test_nobody_writes_into_a_command_by_his_name() -> None:
    """What stands on a card was written elsewhere: it stays one word of the command."""
    evil = another("b; rm -rf ~", age_seconds=2_000.0)
    halted = another("c", 12, state="halted")
    halted = replace(halted, card=replace(halted.card, address="http://c $(reboot)"))

    assert shlex.split(_one(facts(evil)).command) == ["skygarth", "node", "show", "b; rm -rf ~"]
    assert shlex.split(_one(facts(halted)).command)[-1] == "http://c $(reboot)"
