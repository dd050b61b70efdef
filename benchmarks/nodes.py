"""Whole nodes, put together as `skygarth run` does, and processes of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.servers.brokers import NatsBroker
from tests.servers.running import free_ports
from tests.servers.s3_buckets import BUCKET
from tests.servers.seaweed import start_seaweed

from benchmarks.content import Story
from skygarth import Application
from skygarth.assembly.wiring import Assembled, open_node
from skygarth.node.news import News
from skygarth.node.notices_settings import NoticesSettings
from skygarth.node.running import RunningNode
from skygarth.node.setting_kinds import Secret
from skygarth.node.settings import NodeSettings, ReplicationSettings, Settings

ROOT = Path(__file__).parents[1]
READY_SECONDS = 120.0


def assemble(data: Path, bucket: str, name: str, nats: str = "") -> Assembled:
    """A node without HTTP that knows `Story`; start and stop its `node`.

    Args:
        nats: address of a NATS server over which it hears of news; "" for none.
    """
    notices = NoticesSettings(use=("nats",), nats=Secret(nats)) if nats else NoticesSettings()
    settings = Settings(
        node=NodeSettings(name=name, data=data),
        replication=ReplicationSettings(bucket=bucket),
        notices=notices,
    )
    return open_node(settings, Application(types=(Story,)))


@contextmanager
def real_s3(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """SeaweedFS on this machine: a bucket's URL and the variables to reach it, set here too."""
    server = start_seaweed(folder)
    before = dict(os.environ)
    os.environ.update(server.environ)
    try:
        yield f"s3://{BUCKET}/benchmark", server.environ
    finally:
        os.environ.clear()
        os.environ.update(before)
        server.stop()


@contextmanager
def real_nats(folder: Path) -> Iterator[str]:
    """A NATS server on this machine: its address."""
    broker = NatsBroker(folder)
    broker.start()
    try:
        yield broker.url
    finally:
        broker.stop()


def wait_until(condition: Callable[[], bool], what: str, seconds: float = READY_SECONDS) -> None:
    """Look every few milliseconds until something holds."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.005)


def hears(node: RunningNode) -> bool:
    """Whether all its brokers are there, if it uses any."""
    news = node.companions.find(News)
    return news is None or (news.is_open and all(each.connected for each in news.health))


class NodeProcess:
    """``skygarth run`` as a process of its own."""

    def __init__(self, data: Path, bucket: str, name: str) -> None:
        self.address = f"127.0.0.1:{free_ports(1)[0]}"
        self.began = time.perf_counter()
        command = [sys.executable, "-m", "skygarth.cli", "run", "--listen", self.address]
        command += ["--data", str(data), "--bucket", bucket, "--name", name]
        self.log = data.with_suffix(".log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)

    def wait_ready(self) -> float:
        """Wait until it takes traffic; the seconds since its process began."""
        wait_until(self._is_ready, "the node")
        return time.perf_counter() - self.began

    def memory(self) -> Mapping[str, int]:
        """Bytes in memory now (``rss``), at most so far (``peak``), and private (``own``)."""
        folder = Path(f"/proc/{self.process.pid}")
        facts = dict(_facts(folder / "status"))
        shares = dict(_facts(folder / "smaps_rollup"))
        own = shares["Private_Dirty"] + shares["Private_Clean"]
        return {"rss": facts["VmRSS"], "peak": facts["VmHWM"], "own": own}

    def stop(self) -> None:
        """End it as an operator would."""
        self.process.terminate()
        self.process.wait(10)

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"the node has ended: {self.log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"http://{self.address}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.HTTPError):
            return False


def _facts(path: Path) -> Iterator[tuple[str, int]]:
    """Lines such as ``VmRSS:  1234 kB`` as bytes."""
    for line in path.read_text().splitlines():
        words = line.split()
        if words[-1:] == ["kB"]:
            yield words[0].rstrip(":"), int(words[1]) * 1024
