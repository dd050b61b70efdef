"""The machines of the story: a real S3 server, NATS, Knot and HAProxy, and nodes that come and go.

Every node has an address of its own, 127.0.9.1 and up, as machines have. Each
reaches the bucket through a cable of its own, so that one can be cut off.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from examples.growing_cloud.timeline import Timeline
from tests.processes.cuttable_proxy import CuttableProxy
from tests.processes.node_process import NodeProcess
from tests.servers.brokers import NatsBroker
from tests.servers.name_servers import KEY, KEY_NAME, SEARCH, WEB, Knot
from tests.servers.running import RunningServer, ServerAbsent, free_ports
from tests.servers.s3_buckets import BUCKET
from tests.servers.seaweed import start_seaweed
from tests.waiting import wait_until

from skygarth.cli.main import main
from skygarth.node.cluster_key import KEY_BYTES, ClusterKey

URL = f"s3://{BUCKET}/site"
TTL_SECONDS = 1
LOOK_SECONDS = 0.25
PUSH_SECONDS = 0.5
START_SECONDS = 180.0
CLUSTER_KEY = ClusterKey(b"only for this story".ljust(KEY_BYTES, b"."))


@dataclass
class Cloud:
    """Servers and nodes; `opened` makes one and takes everything down again."""

    folder: Path
    timeline: Timeline
    s3: RunningServer
    nats: NatsBroker
    knot: Knot
    port: int
    front_port: int
    nodes: dict[str, NodeProcess] = field(default_factory=dict)
    cables: dict[str, CuttableProxy] = field(default_factory=dict)
    _haproxy: subprocess.Popen[bytes] | None = None
    _cut: set[str] = field(default_factory=set)
    _ends: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    # -- nodes --------------------------------------------------------------------------------

    def add(self, name: str, *, pools: str = "web", data: Path | None = None) -> NodeProcess:
        """Start a node with an empty folder, or on one that is there; it may not be ready yet."""
        number = len(self.nodes) + 1
        self.cables[name] = CuttableProxy(self.s3.endpoint)
        node = NodeProcess(
            name,
            data or self.folder / name,
            URL,
            self._environ(name, f"127.0.9.{number}", pools),
            self.nodes["a"].token if self.nodes else "",
            host=f"127.0.9.{number}",
            port=self.port,
        )
        node.prepare()
        node.begin()
        self.nodes[name] = node
        return node

    def wait_ready(self, *names: str) -> None:
        """Wait until these take traffic."""
        for name in names:
            wait_until(
                lambda name=name: self.state(name) == "ready",  # type: ignore[misc]
                f"{name} to take traffic",
                seconds=START_SECONDS,
            )

    def state(self, name: str) -> str:
        """What a node says of itself; "gone" if it says nothing."""
        node = self.nodes[name]
        if node.process is None or node.process.poll() is not None:
            return "gone"
        headers = {"Authorization": f"Bearer {node.token}"}
        try:
            answer = httpx2.get(f"{node.address}/api/v1/node", headers=headers, timeout=3)
            state = str(answer.raise_for_status().json()["state"])
        except (httpx2.HTTPError, ValueError, KeyError):
            return "starting"
        return "cut off" if state == "ready" and name in self._cut else state

    def cut(self, name: str) -> None:
        """Pull the cable between a node and the bucket, and keep its broker from helping."""
        self._cut.add(name)
        self.cables[name].cut()

    def heal(self, name: str) -> None:
        """Put it in again."""
        self.cables[name].mend()
        self._cut.discard(name)

    def alive(self) -> list[NodeProcess]:
        """The nodes whose processes run."""
        return [
            node
            for node in self.nodes.values()
            if node.process is not None and node.process.poll() is None
        ]

    def _environ(self, name: str, address: str, pools: str) -> dict[str, str]:
        return {
            **self.s3.environ,
            "AWS_ENDPOINT_URL": self.cables[name].endpoint,
            "SKYGARTH_CLUSTER__KEY": CLUSTER_KEY.text,
            "SKYGARTH_NODE__POOLS": pools,
            "SKYGARTH_NODE__CARD_EVERY": "1s",
            "SKYGARTH_NOTICES__USE": "nats",
            "SKYGARTH_NOTICES__NATS": self.nats.url,
            "SKYGARTH_DNS__PROVIDER": "rfc2136",
            "SKYGARTH_DNS__SERVER": f"127.0.0.1:{self.knot.port}",
            "SKYGARTH_DNS__KEY_NAME": KEY_NAME,
            "SKYGARTH_DNS__KEY": KEY,
            "SKYGARTH_DNS__NAMES__WEB": WEB,
            "SKYGARTH_DNS__NAMES__SEARCH": SEARCH,
            "SKYGARTH_DNS__ADDRESSES": address,
            "SKYGARTH_DNS__TTL": f"{TTL_SECONDS}s",
            "SKYGARTH_DNS__LEASE": f"{2 * TTL_SECONDS}s",
        }

    # -- what stands before them --------------------------------------------------------------

    @property
    def front(self) -> str:
        """Where HAProxy takes visitors."""
        return f"http://127.0.0.1:{self.front_port}"

    def start_haproxy(self) -> None:
        """Render a configuration, start HAProxy, and push to it whatever changes."""
        program = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        if program is None:
            raise ServerAbsent("haproxy: apt-get install haproxy")
        config = self.folder / "haproxy.cfg"
        first = next(iter(self.nodes.values()))
        words = ["haproxy", "render", "--bind", f"127.0.0.1:{self.front_port}"]
        words += ["--socket", self._socket, "--route", "/search=search", "--out", str(config)]
        assert main([*words, "--node", first.address, "--token", first.token, "--quiet"]) == 0
        log = (self.folder / "haproxy.log").open("wb")
        self._haproxy = subprocess.Popen([program, "-f", config], stdout=log, stderr=log)
        wait_until(lambda: _answers(f"{self.front}/livez"), "haproxy to serve")
        self._begin(self._push)

    @property
    def _socket(self) -> str:
        return str(self.folder / "haproxy.sock")

    def _push(self) -> None:
        """What ``haproxy push`` in a timer does: from whichever node answers."""
        with (self.folder / "push.log").open("wb") as log:
            while not self._ends.wait(PUSH_SECONDS):
                for node in self.alive():
                    words = [sys.executable, "-m", "skygarth.cli", "haproxy", "push"]
                    words += ["--socket", self._socket]
                    words += ["--node", node.address, "--token", node.token]
                    if node.name in self._cut or self.state(node.name) != "ready":
                        continue
                    if subprocess.run(words, stdout=log, stderr=log, check=False).returncode == 0:
                        break

    # -- watching -----------------------------------------------------------------------------

    def watch(self) -> None:
        """Note every node's state from now on."""
        self._begin(self._watch)

    def _watch(self) -> None:
        while not self._ends.wait(LOOK_SECONDS):
            for name in list(self.nodes):
                self.timeline.state(name, self.state(name))

    def _begin(self, task: object) -> None:
        assert callable(task)
        self._threads.append(threading.Thread(target=task, daemon=True))
        self._threads[-1].start()

    def close(self) -> None:
        """End everything that was started."""
        self._ends.set()
        for thread in self._threads:
            thread.join(20)
        for node in self.nodes.values():
            node.close()
        if self._haproxy is not None:
            self._haproxy.kill()
            self._haproxy.wait(10)
        for cable in self.cables.values():
            cable.close()


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=2).is_success
    except httpx2.HTTPError:
        return False


@contextmanager
def opened(folder: Path, timeline: Timeline) -> Iterator[Cloud]:
    """Servers without a node yet.

    Raises:
        ServerAbsent: a server's program is not installed.
    """
    s3 = start_seaweed(folder / "s3")
    nats, knot = NatsBroker(folder / "nats"), Knot(folder / "knot")
    cloud = None
    try:
        nats.start()
        knot.start()
        port, front_port = free_ports(2)
        cloud = Cloud(folder, timeline, s3, nats, knot, port, front_port)
        yield cloud
    finally:
        if cloud is not None:
            cloud.close()
        for server in (knot, nats, s3):
            with suppress(OSError):
                server.stop()
