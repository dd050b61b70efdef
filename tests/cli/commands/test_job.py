"""`skygarth job` lists the work that changes asked for, and sends what failed again."""

from __future__ import annotations

from tests.cli.commands.conftest import Run
from tests.cli.commands.scripted_node import ScriptedNode

JOB = {
    "guid": "01-job",
    "function": "shop.thumbnail",
    "pool": "media",
    "action": "created",
    "object": "01-photo",
    "type": "photo",
    "owner": "m1",
    "state": "waiting",
    "attempts": 0,
    "fault": None,
    "at": "2008-07-01T12:00:00.000000Z",
}
FAILED = {**JOB, "state": "failed", "attempts": 5, "fault": "OSError: no such codec"}


def test_jobs_are_listed_with_their_owners(run: Run, node: ScriptedNode) -> None:
    """One line each; one that only waits is no finding."""
    node.answers["GET jobs"] = {"items": [JOB], "next": None}

    ended = run("job", "list", "--exit-code")

    line = ended.out.splitlines()[1]
    told = ["01-job", "shop.thumbnail", "media", "photo", "created", "m1", "waiting"]
    assert line.split() == told
    assert ended.code == 0


def test_what_failed_is_told_with_its_fault(run: Run, node: ScriptedNode) -> None:
    """A finding, where the exit code was asked for."""
    node.answers["GET jobs"] = {"items": [FAILED], "next": None}

    ended = run("job", "list", "--failed", "--exit-code")

    assert "failed after 5 tries" in ended.out
    assert "01-job: OSError: no such codec" in ended.out
    assert ended.code == 3


def test_without_jobs_it_says_none(run: Run, node: ScriptedNode) -> None:
    """All is done."""
    node.answers["GET jobs"] = {"items": [], "next": None}

    assert run("job", "list").out == "none\n"


def test_a_job_is_sent_again(run: Run, node: ScriptedNode) -> None:
    """By its GUID."""
    node.answers["POST jobs/01-job/retry"] = JOB

    assert run("job", "retry", "01-job").code == 0
    assert node.asked() == ["POST jobs/01-job/retry"]


def test_a_job_is_dropped(run: Run, node: ScriptedNode) -> None:
    """By its GUID."""
    node.answers["DELETE jobs/01-job"] = {}

    assert run("job", "drop", "01-job").code == 0
    assert node.asked() == ["DELETE jobs/01-job"]
