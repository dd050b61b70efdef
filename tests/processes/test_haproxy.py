"""A real HAProxy that follows real nodes through its runtime socket."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from tests.processes.conftest import MakeNode
from tests.processes.node_process import NodeProcess
from tests.servers.running import free_ports
from tests.waiting import wait_until

from skygarth.cli.main import main
from skygarth.front_ends.haproxy_socket import HaproxySocket
from skygarth.model.errors import NotFound, Unavailable

PROGRAM = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(PROGRAM is None, reason="haproxy: apt-get install haproxy"),
]


@dataclass
class Haproxy:
    """A running HAProxy with the configuration that `render` wrote."""

    folder: Path
    port: int
    node: NodeProcess
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> str:
        """Its runtime socket."""
        return str(self.folder / "ha.sock")

    def start(self) -> None:
        """Render, check, run."""
        assert PROGRAM
        config = self.folder / "ha.cfg"
        config.unlink(missing_ok=True)
        words = ["render", "--bind", f"127.0.0.1:{self.port}", "--socket", self.socket]
        assert self.run(*words, "--out", str(config)) == 0
        subprocess.run([PROGRAM, "-c", "-f", config], check=True, capture_output=True)
        self.process = subprocess.Popen(
            [PROGRAM, "-f", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(lambda: self.status() == 200, "haproxy to serve")

    def run(self, *words: str) -> int:
        """A command of ``skygarth haproxy``."""
        where = ["--node", self.node.address, "--token", self.node.token]
        return main(["haproxy", *words, *where])

    def push(self) -> None:
        """Bring it in line."""
        assert self.run("push", "--socket", self.socket) == 0

    def status(self) -> int:
        """What a visitor gets; 0 if nothing."""
        try:
            return httpx2.get(f"http://127.0.0.1:{self.port}/", timeout=5).status_code
        except httpx2.HTTPError:
            return 0

    def names(self) -> set[str]:
        """The endpoints of the web pool."""
        return {each.endpoint for each in HaproxySocket(self.socket).servers("pool_web")}

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)


@pytest.fixture
def nodes(make_node: MakeNode, tmp_path: Path) -> list[NodeProcess]:
    """Two nodes on one bucket."""
    bucket = f"file://{tmp_path / 'bucket'}"
    made = [make_node(name, bucket).start() for name in ("a", "b")]
    _wait_for_names(made[0], 2)
    return made


@pytest.fixture
def haproxy(nodes: list[NodeProcess], tmp_path: Path) -> Iterator[Haproxy]:
    """An HAProxy before them."""
    made = Haproxy(tmp_path, free_ports(1)[0], nodes[0])
    made.start()
    yield made
    made.stop()


def _wait_for_names(node: NodeProcess, count: int) -> None:
    """Until a node has read so many cards of nodes that are there."""
    headers = {"Authorization": f"Bearer {node.token}"}

    def known() -> bool:
        items = httpx2.get(f"{node.address}/api/v1/nodes", headers=headers).json()["items"]
        return len([each for each in items if each["state"] == "ready"]) == count

    wait_until(known, f"{count} nodes to be known", seconds=30)


@pytest.mark.long
def test_nodes_come_and_go_without_a_failed_request(
    haproxy: Haproxy, nodes: list[NodeProcess], make_node: MakeNode, tmp_path: Path
) -> None:
    """One is added, one leaves, while visitors ask without a pause."""
    statuses: list[int] = []
    ends = threading.Event()

    def visit() -> None:
        while not ends.is_set():
            statuses.append(haproxy.status())

    visitor = threading.Thread(target=visit)
    visitor.start()
    third = make_node("c", f"file://{tmp_path / 'bucket'}").start()
    _wait_for_names(nodes[0], 3)
    haproxy.push()
    added = haproxy.names()
    nodes[1].stop()
    _wait_for_names(nodes[0], 2)
    haproxy.push()
    left = haproxy.names()
    ends.set()
    visitor.join()

    ports = [f"127.0.0.1:{each.port}" for each in (*nodes, third)]
    assert added == set(ports)
    assert left == {ports[0], ports[2]}
    assert statuses
    assert set(statuses) == {200}


def test_a_killed_node_costs_no_visitor_an_error_that_had_not_begun(
    haproxy: Haproxy, nodes: list[NodeProcess]
) -> None:
    """What could not be handed over goes to the other node."""
    nodes[1].kill()

    assert {haproxy.status() for _ in range(40)} == {200}


@pytest.mark.long
def test_an_haproxy_that_was_started_again_is_brought_in_line(
    haproxy: Haproxy, nodes: list[NodeProcess], make_node: MakeNode, tmp_path: Path
) -> None:
    """What was added at run time is forgotten with the process, and pushed again."""
    third = make_node("c", f"file://{tmp_path / 'bucket'}").start()
    _wait_for_names(nodes[0], 3)
    haproxy.push()
    haproxy.stop()
    haproxy.start()
    haproxy.push()

    assert f"127.0.0.1:{third.port}" in haproxy.names()


def test_what_is_not_there_is_told_with_a_way_out(haproxy: Haproxy, tmp_path: Path) -> None:
    """No socket, no backend."""
    with pytest.raises(Unavailable) as absent:
        HaproxySocket(str(tmp_path / "nothing.sock")).ask("show info")
    with pytest.raises(NotFound) as unknown:
        HaproxySocket(haproxy.socket).servers("pool_nobody")

    assert (absent.value.code, unknown.value.code) == ("SG-HAPROXY-002", "SG-HAPROXY-004")
    assert HaproxySocket(haproxy.socket).check_version()
