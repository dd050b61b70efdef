"""A full disk is told as what it is, not as the fault of the bucket."""

from __future__ import annotations

import shutil
from collections import namedtuple
from dataclasses import replace

import pytest
from tests.web.cloud_nodes import CloudNode

from skygarth.node.status import SyncStatus
from skygarth.web.disk_room import bucket_fault, disk_room
from skygarth.web.watching.alarms import alarms_of
from skygarth.web.watching.facts import CloudFacts
from skygarth.web.watching.reading import own_facts

Usage = namedtuple("Usage", "total used free")
FULL = "SG-DATABASE-005: the database cannot be written. reason=database or disk is full"


def _status(node: CloudNode, *, reachable: bool = True, last_error: str = "") -> SyncStatus:
    status = node.node.sync_status()
    return replace(status, bucket_reachable=reachable, last_error=last_error, state="steady")


def _free(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(10 << 30, 0, size))


@pytest.mark.parametrize(
    ("free", "last_error", "fault"),
    [
        (10 << 30, "", ""),
        (40 << 20, "", "the disk is almost full: 40 MiB free"),
        (1000, "", "the disk is full: 0 MiB free"),
        (40 << 20, FULL, "the disk is full: 40 MiB free"),
        (10 << 30, FULL, "the database cannot be written"),
    ],
)
def test_room_is_told_with_what_helps(
    node: CloudNode, monkeypatch: pytest.MonkeyPatch, free: int, last_error: str, fault: str
) -> None:
    """By the room that is left, and by what replication met: a quota ends before the disk."""
    _free(monkeypatch, free)
    room = disk_room(node.node, _status(node, last_error=last_error))

    assert room.fault.startswith(fault)
    assert bool(room.fault) == bool(fault)
    assert ("Make room" in room.fault) == bool(fault)


def test_a_database_that_cannot_be_written_is_no_fault_of_the_bucket(node: CloudNode) -> None:
    """What cannot be marked as published fails a publication, but not in the bucket."""
    status = _status(node, reachable=False, last_error=FULL)
    own = replace(own_facts(node.node), sync=status, disk=disk_room(node.node, status))
    (alarm,) = alarms_of(CloudFacts(own=own, members=[]))

    assert bucket_fault(status) == ""
    assert "the database cannot be written" in alarm.sentence
    assert "bucket" not in alarm.sentence


def test_a_bucket_without_room_is_told_apart_from_one_that_is_away(node: CloudNode) -> None:
    """A folder has a disk of its own, too."""
    away = _status(node, reachable=False, last_error="SG-BUCKET-001: could not put")
    full = _status(node, reachable=False, last_error="SG-BUCKET-010: could not put")

    assert bucket_fault(away).startswith("the bucket does not answer: SG-BUCKET-001")
    assert bucket_fault(full).startswith("the bucket's disk is full: SG-BUCKET-010")


def test_health_names_the_disk_and_not_the_bucket(
    node: CloudNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who looks at /healthz looks for room at once."""
    _free(monkeypatch, 1000)
    checks = node.app.get("/healthz").json()["checks"]

    assert checks["disk"]["well"] is False
    assert "Make room" in checks["disk"]["detail"]
    assert checks["bucket"]["well"] is True


def test_the_api_tells_of_the_disk(node: CloudNode) -> None:
    """`skygarth status` reads it there."""
    told = node.client("reader").get("sync").json()

    assert told["disk"]["free_bytes"] > 0
    assert told["disk"]["fault"] is None
    assert told["bucket"]["fault"] is None
