"""A real front-end process before three real nodes on one folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from tests.processes.conftest import MakeNode
from tests.processes.node_process import NodeProcess
from tests.servers.running import free_ports, spawn
from tests.waiting import wait_until

pytestmark = pytest.mark.long

KEY = {"SKYGARTH_CLUSTER__KEY": "skykey_" + "5a" * 32}
OFTEN = {"SKYGARTH_NODE__CARD_EVERY": "200ms", **KEY}


@dataclass
class Front:
    """A ``skygarth frontend`` process."""

    bucket: str
    log: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Front:
        """Start it, and wait until it has found a node."""
        words = ["frontend", "--bucket", self.bucket, "--listen", f"127.0.0.1:{self.port}"]
        command = [sys.executable, "-m", "skygarth.cli", *words]
        self.process = spawn(command, self.log, {**os.environ, **KEY})
        wait_until(self._is_ready, "the front-end to find a node")
        return self

    def kill(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        try:
            return httpx2.get(f"{self.address}/readyz", timeout=2).is_success
        except httpx2.TransportError:
            return False


class Readers(threading.Thread):
    """Somebody who reads pages through the front-end without a pause."""

    def __init__(self, front: Front) -> None:
        super().__init__(daemon=True)
        self._address = front.address
        self._enough = threading.Event()
        self.answers: list[tuple[int, str]] = []

    def run(self) -> None:
        """Read."""
        with httpx2.Client(base_url=self._address, timeout=30) as client:
            while not self._enough.is_set():
                answer = client.get("/")
                name = answer.headers.get("Skygarth-Served-By") or answer.text
                self.answers.append((answer.status_code, name))

    def end(self) -> None:
        """Enough."""
        self._enough.set()
        self.join(40)

    def names_since(self, count: int) -> set[str]:
        """Who answered after so many answers."""
        return {name for _, name in self.answers[count:]}


@pytest.fixture
def cloud(make_node: MakeNode, tmp_path: Path) -> Iterator[tuple[Front, list[NodeProcess]]]:
    """Three nodes that know one token, and a front-end that knows all three."""
    bucket = f"file://{tmp_path / 'bucket'}"
    nodes = [make_node(name, bucket, OFTEN).start() for name in "abc"]
    for node in nodes:
        node.token = nodes[0].token
    wait_until(lambda: all(n.call("GET", "node").is_success for n in nodes), "the token")
    front = Front(bucket, tmp_path / "front.log")
    try:
        front.start()
        wait_until(lambda: served_by(front) == {"a", "b", "c"}, "all nodes to answer")
        yield front, nodes
    finally:
        front.kill()


def served_by(front: Front) -> set[str]:
    """Who answers a handful of requests."""
    return {httpx2.get(front.address).headers["Skygarth-Served-By"] for _ in range(9)}


def test_nobody_who_reads_notices_that_a_node_is_killed(
    cloud: tuple[Front, list[NodeProcess]],
) -> None:
    """RTE-14: what was under way on it is asked of another; it is sent nothing afterwards."""
    front, (a, _, _) = cloud
    readers = [Readers(front) for _ in range(4)]
    for reader in readers:
        reader.start()
    wait_until(lambda: all(len(r.answers) > 20 for r in readers), "some answers")
    a.kill()
    counts = [len(reader.answers) + 20 for reader in readers]
    wait_until(
        lambda: all(len(r.answers) > c + 40 for r, c in zip(readers, counts, strict=True)),
        "answers of the others",
    )
    for reader in readers:
        reader.end()

    assert [answer for reader in readers for answer in reader.answers if answer[0] != 200] == []
    assert set.union(*(r.names_since(c) for r, c in zip(readers, counts, strict=True))) == {
        "b",
        "c",
    }


def test_a_drained_node_gets_nothing_and_fails_nobody(
    cloud: tuple[Front, list[NodeProcess]],
) -> None:
    """RTE-10: whoever begins to drain says so first, and stays until everybody has heard."""
    front, (a, b, _) = cloud
    reader = Readers(front)
    reader.start()
    drained = b.call("POST", "node/drain", {})
    count = len(reader.answers)
    wait_until(lambda: len(reader.answers) > count + 200, "answers of the others")
    reader.end()

    assert drained.is_success, drained.text
    assert [answer for answer in reader.answers if answer[0] != 200] == []
    assert reader.names_since(count + 100) <= {"a", "c"}
    assert a.is_ready


def test_streams_and_uploads_go_through(cloud: tuple[Front, list[NodeProcess]]) -> None:
    """An event is handed on when it happens; a body of megabytes arrives whole, its answer too."""
    front, (a, _, _) = cloud
    headers = {"Authorization": f"Bearer {a.token}"}
    long = "word " * 400_000
    with httpx2.Client(base_url=front.address, headers=headers, timeout=30) as client:
        accept = {"Accept": "text/event-stream"}
        with client.stream("GET", "/api/v1/changes?since=now", headers=accept) as stream:
            assert stream.status_code == 200
            lines = stream.iter_lines()
            fields = {"name": "long", "title": "Long", "body": long}
            written = client.post("/api/v1/article", json={"fields": fields})
            event = next(line for line in lines if line.startswith("data:"))
        version = {"Skygarth-Version": written.headers["Skygarth-Version"]}
        read = client.get(f"/api/v1/objects/{written.json()['guid']}", headers=version)

    assert written.status_code == 201
    assert written.json()["guid"] in event
    assert read.json()["fields"]["body"] == long


def test_a_front_end_that_is_told_to_stop_finishes(
    cloud: tuple[Front, list[NodeProcess]],
) -> None:
    """SIGTERM ends it well and soon, though a connection is kept open."""
    front, _ = cloud
    process = front.process
    assert process is not None
    with httpx2.Client(base_url=front.address) as client:
        assert client.get("/").status_code == 200
        process.send_signal(signal.SIGTERM)
        code = process.wait(5)

    assert code == 0
