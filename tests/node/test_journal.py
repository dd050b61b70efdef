"""What a node tells its log: each change once, with why and the way out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict
from tests.replication.logs import OWN, A, at, running

from skygarth.clock.manual_clock import ManualClock
from skygarth.model.errors import Unavailable
from skygarth.model.position import Incarnation
from skygarth.node.journal import Journal
from skygarth.replication import events as ev
from skygarth.replication import instructions as do

AWAY = Unavailable("no answer", code="SG-BUCKET-001", hint="look at the network")
FULL = Unavailable("no room", code="SG-DATABASE-005", hint="make room")
NEW = Incarnation("e" * 32)


class Rig:
    """A machine with a journal, stepped as a runtime does."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.machine = running(sequence=1)
        self.journal = Journal(
            self.machine,
            "file:///bucket",
            name_of=lambda who: {A: "a"}.get(who, who[:8]),
            clock_offset_ms=lambda: 45_000,
            monotonic=self.clock.monotonic,
        )

    def step(self, *events: ev.Event) -> list[do.Instruction]:
        """Take in events, one after the other."""
        asked: list[do.Instruction] = []
        for event in events:
            self.journal.heard(event)
            instructions = self.machine.step(event, self.clock.monotonic() * 1_000)
            for instruction in instructions:
                self.journal.told(instruction)
            asked += instructions
            self.journal.compare()
        return asked


@pytest.fixture
def rig() -> Rig:
    """A machine that has caught up, and has said so."""
    rig = Rig()
    with capture_logs():
        rig.step(ev.Tick())
    return rig


@pytest.fixture
def said(rig: Rig) -> Iterator[list[EventDict]]:
    """What is logged during a test."""
    assert rig.machine.is_ready
    with capture_logs() as logs:
        yield logs


def test_readiness_is_told_once() -> None:
    """With how long it took."""
    rig = Rig()
    with capture_logs() as said:
        rig.step(ev.Tick(), ev.Tick())

    assert [(each["event"], each["log_level"]) for each in said] == [
        ("the node has caught up with all it knows of", "info")
    ]


def test_a_bucket_that_is_away_is_told_once_and_when_it_is_back(
    rig: Rig, said: list[EventDict]
) -> None:
    """Not at each retry; one failure alone is nobody's business."""
    failed = ev.RequestFailed(do.ReadHint(), fault=AWAY)
    rig.step(failed)
    assert said == []
    rig.step(*[failed] * 20)
    rig.clock.sleep(9)
    rig.step(ev.HintSeen(None), ev.HintSeen(None))
    away, back = said

    assert away["log_level"] == "warning"
    assert (away["bucket"], away["fix"]) == ("file:///bucket", "look at the network")
    assert away["why"] == "SG-BUCKET-001: no answer"
    assert (back["event"], back["after_seconds"]) == ("replication works again", 9)


def test_a_full_disk_is_not_the_buckets_fault(rig: Rig, said: list[EventDict]) -> None:
    """It is told as what it is."""
    rig.step(*[ev.RequestFailed(do.AdoptRepository("r"), fault=FULL)] * 2)

    (told,) = said
    assert "the database cannot be written" in told["event"]


def test_a_new_identity_is_told_with_its_reason(rig: Rig, said: list[EventDict]) -> None:
    """The old one and the new one."""
    rig.machine.publisher.suspect(2)
    rig.step(ev.Tick())
    rig.step(ev.SlotRead(at(OWN, 2), "strange", None))
    rig.step(ev.IncarnationTaken(NEW, 0))
    left, taken = said

    assert (left["was"], left["why"]) == (
        OWN,
        "another holder of this identity wrote to its log",
    )
    assert taken["now"] == NEW


def test_a_refused_log_is_told_with_its_author(rig: Rig, said: list[EventDict]) -> None:
    """Whose, from where on, why, and the way out."""
    rig.machine.peers.log(A).tried_again.add(1)
    rig.step(ev.SegmentRefused(at(A, 1), "SG-SEGMENT-004", "the checksum differs"))
    rig.step(ev.Released(A))
    refused, released = said

    assert (refused["node"], refused["incarnation"], refused["segment"]) == ("a", A, 1)
    assert refused["why"] == "SG-SEGMENT-004: the checksum differs"
    assert "sync quarantine" in refused["fix"]
    assert released["node"] == "a"


def test_a_halt_is_told_with_the_way_out_and_its_end(rig: Rig, said: list[EventDict]) -> None:
    """A halted node looks again and again, and says nothing of it."""
    rig.step(ev.RepositoryFound(""), ev.RepositoryFound(""), ev.Tick())
    rig.step(ev.RepositoryFound("repo"))
    halted, goes_on = said

    assert (halted["log_level"], halted["event"]) == (
        "warning",
        "replication has halted; the node serves on",
    )
    assert halted["why"].startswith("SG-REPOSITORY-002")
    assert "skygarth sync refill" in halted["fix"]
    assert goes_on["event"] == "replication goes on"


def test_a_wrong_clock_is_told_and_when_it_is_right_again(rig: Rig, said: list[EventDict]) -> None:
    """With how far it is off."""
    for trusted in (True, False, False, True, True):
        rig.step(ev.ClockMeasured(trusted))
    wrong, right = said

    assert (wrong["log_level"], wrong["offset_ms"]) == ("warning", 45_000)
    assert "NTP" in wrong["fix"]
    assert "right again" in right["event"]


def test_a_trouble_is_told_until_it_is_over(rig: Rig, said: list[EventDict]) -> None:
    """What does not mend itself, and the way out."""
    rig.step(ev.TailListed({A: 1}), ev.LogProven(at(OWN, 1), stands=True))
    said.clear()
    rig.step(ev.SegmentAbsent(at(A, 1)))
    rig.clock.sleep(60)
    rig.step(ev.SegmentAbsent(at(A, 1)))
    rig.step(ev.SegmentFetched(at(A, 1), {}))
    missed, found = said

    assert missed["why"].startswith("SG-REPOSITORY-006")
    assert missed["fix"]
    assert found["log_level"] == "info"


def test_a_pause_is_told(rig: Rig, said: list[EventDict]) -> None:
    """And its end."""
    rig.step(ev.Paused(), ev.Resumed())

    assert [each["event"] for each in said] == ["replication is paused", "replication goes on"]
