"""Buckets that go away, cannot do what is needed, or hold nothing any more."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.processes.conftest import MakeNode
from tests.processes.cuttable_proxy import proxy_to
from tests.processes.node_process import NodeProcess, quick_check, wait_for_agreement
from tests.servers.fixtures import Address
from tests.servers.running import RunningServer
from tests.waiting import wait_until


def unpublished(node: NodeProcess) -> int:
    """How much waits in the outbox."""
    waiting = node.sync()["unpublished"]
    assert isinstance(waiting, int)
    return waiting


@pytest.mark.server
@pytest.mark.xdist_group("processes")
def test_a_bucket_that_is_away_only_grows_the_outbox(
    seaweed_url: Address, seaweed_server: RunningServer, make_node: MakeNode
) -> None:
    """Writes, reads and readiness go on without it; afterwards everything is published (I1)."""
    bucket, environ = seaweed_url
    with proxy_to(seaweed_server.endpoint) as proxy:
        node = make_node("a", bucket, {**environ, "AWS_ENDPOINT_URL": proxy.endpoint}).start()
        other = make_node("b", bucket, environ).start()
        before = node.write("before", durability="bucket")
        proxy.cut()
        meanwhile = [node.write(f"meanwhile-{number}") for number in range(12)]
        assert unpublished(node) == 12
        wait_until(lambda: node.last_error() != "None", "the node to say that it is alone")
        assert node.client.get("/readyz").is_success
        assert node.title(before) == "before"
        reachable = node.sync()["bucket"]
        assert isinstance(reachable, dict)
        assert not reachable["reachable"]
        proxy.mend()
        wait_until(lambda: unpublished(node) == 0, "the outbox to empty", seconds=40)
        wait_for_agreement(node, other)

    assert other.has([before, *meanwhile])


@pytest.mark.server
@pytest.mark.xdist_group("processes")
def test_a_node_starts_and_serves_without_its_bucket(
    seaweed_url: Address, seaweed_server: RunningServer, make_node: MakeNode
) -> None:
    """A node that holds data is ready on its own (I1)."""
    bucket, environ = seaweed_url
    with proxy_to(seaweed_server.endpoint) as proxy:
        node = make_node("a", bucket, {**environ, "AWS_ENDPOINT_URL": proxy.endpoint}).start()
        guid = node.write("before", durability="bucket")
        node.stop()
        proxy.cut()
        node.start()
        written = node.write("alone")
        assert node.title(guid) == "before"
        proxy.mend()
        wait_until(lambda: unpublished(node) == 0, "the outbox to empty", seconds=40)

    assert node.title(written) == "alone"


@pytest.mark.server
@pytest.mark.xdist_group("processes")
def test_a_bucket_without_conditional_writes_is_not_written_to(
    rclone_url: Address, make_node: MakeNode
) -> None:
    """The node says so and serves alone (SG-BUCKET-004), unless its operator accepts it."""
    bucket, environ = rclone_url
    node = make_node("a", bucket, environ).start(ready=False)
    guid = node.write("alone")
    wait_until(lambda: "SG-BUCKET-004" in node.last_error(), "the refusal")
    assert "allow_unconditional" in node.last_error()
    assert unpublished(node) >= 1
    assert node.title(guid) == "alone"
    node.stop()

    accepting = {**environ, "SKYGARTH_REPLICATION__ALLOW_UNCONDITIONAL": "true"}
    node.environ = accepting
    node.start()
    node.write("published", durability="bucket")
    other = make_node("b", bucket, accepting).start()
    wait_for_agreement(node, other)
    assert other.title(guid) == "alone"


@pytest.mark.server
@pytest.mark.xdist_group("processes")
def test_sigterm_ends_a_node_with_an_open_event_stream(
    seaweed_url: Address, make_node: MakeNode
) -> None:
    """Within five seconds, in order, and with the last write published."""
    node = make_node("a", *seaweed_url).start()
    node.write("first")
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {node.token}"}
    address = f"{node.address}/api/v1/changes?since=0"
    with httpx2.stream("GET", address, headers=headers, timeout=20) as stream:
        lines = stream.iter_lines()
        first = next(line for line in lines if line.startswith("data:"))
        guid = node.write("last")
        seconds = node.stop()
        rest = list(lines)
    other = make_node("b", *seaweed_url).start()

    assert json.loads(first.removeprefix("data:"))
    assert isinstance(rest, list)
    assert seconds < 5
    assert node.running.returncode == 0
    wait_until(lambda: other.title(guid) == "last", "the last write")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes, in memory; only who may mount has one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk: run the tests as root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_and_survived(
    small_disk: Path, tmp_path: Path, make_node: MakeNode
) -> None:
    """Writes are refused with the reason, reads go on, and room alone is the cure."""
    node = make_node("a", f"file://{tmp_path / 'bucket'}", data=small_disk / "a").start()
    guid = node.write("before", "x" * 100)
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space left"):
        _fill(ballast)
    refused = _write_until_refused(node)

    assert refused.status_code in {503, 507}
    assert refused.json()["code"] == "SG-DATABASE-005"
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert node.title(guid) == "x" * 100
    assert node.client.get("/livez").is_success
    ballast.unlink()
    written = node.write("after", durability="bucket")
    other = make_node("b", node.bucket).start()
    wait_for_agreement(node, other)
    assert other.has([guid, written])
    node.stop()
    assert quick_check(node.database) == "ok"


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)


def _write_until_refused(node: NodeProcess) -> httpx2.Response:
    """The first answer that is no 201."""
    deadline = time.monotonic() + 20
    number = 0
    while time.monotonic() < deadline:
        number += 1
        fields = {"name": f"p{number}", "title": "t", "body": "y" * 50_000}
        answer = node.call("POST", "article", {"fields": fields})
        if answer.status_code != 201:
            return answer
    raise AssertionError("the disk was never full")
