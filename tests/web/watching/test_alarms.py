"""What needs a person is said in one sentence, with the command that helps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.web.watching.clouds import OWN, another, facts

from skygarth.model.position import Incarnation
from skygarth.node.job_desk import JobFigures
from skygarth.node.status import PeerStatus
from skygarth.notices.port import TransportHealth
from skygarth.web.disk_room import DiskRoom
from skygarth.web.watching.alarm import Alarm
from skygarth.web.watching.alarms import alarms_of
from skygarth.web.watching.facts import CloudFacts, PooledRoute
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

JOBS = JobFigures(waiting=3, failed=0, running=(), outcomes={}, adopted=0, fault="")


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
        ({"jobs": replace(JOBS, fault="no claim")}, "Jobs stand still on a: no claim", "job list"),
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


def test_grave_alarms_come_first() -> None:
    """Conflicts and silent nodes wait behind what stops a node."""
    known = facts(
        another("z", age_seconds=2_000.0), sync={"bucket_reachable": False}, conflicts_count=3
    )
    alarms = alarms_of(known)

    assert [alarm.grave for alarm in alarms] == [True, False, False]
    assert [alarm.key.split()[0] for alarm in alarms] == ["bucket", "silent", "conflicts"]
    assert "3 conflicts wait" in alarms[2].sentence


def test_what_any_node_does_as_well_needs_no_pool() -> None:
    """A small cloud has no specialists, and is well."""
    assert alarms_of(facts(routes=(PooledRoute("/search", "search", "here"),))) == []


def test_failed_jobs_wait_for_a_person() -> None:
    """They are the whole cloud's, no single node's."""
    alarm = _one(facts(own=replace(OWN, jobs=replace(JOBS, failed=2))))

    assert alarm.sentence.startswith("2 jobs have failed")
    assert alarm.command == "skygarth job list --failed"
    assert alarm.nodes == ()


@pytest.mark.parametrize(
    ("fallback", "says", "grave"),
    [(None, "requests for /search are answered 503", True), ("plain", "fall back", False)],
)
def test_a_pool_without_a_node_is_told_with_what_it_costs(
    fallback: str | None, says: str, grave: bool
) -> None:
    """Silent and draining nodes are none; a pool that no route names may be empty."""
    gone = another("s", 13, pools=("search",), state="draining")
    routes = (PooledRoute("/search", "search", fallback), PooledRoute("/", "web"))
    alarm = _one(facts(gone, routes=routes))

    assert says in alarm.sentence
    assert alarm.grave is grave


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
