"""What every transport promises, tried on the broker it is for.

A transport may lose, double and delay; what is held here is that it tells all
others soon while its broker is there, and disturbs nobody while it is not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

import pytest
from tests.servers.brokers import (
    AwsBroker,
    Broker,
    DBusBroker,
    MemoryBrokerHere,
    NatsBroker,
    RedisBroker,
    find,
)
from tests.servers.running import ServerAbsent
from tests.waiting import wait_until

from skygarth.clock.chance import Chance
from skygarth.clock.wall_clock import WallClock
from skygarth.model.position import Incarnation
from skygarth.notices.memory import PROCESS_BROKER
from skygarth.notices.notice import Notice, channel_of, encode_notice
from skygarth.notices.opening import open_transports
from skygarth.notices.port import Transport

CLOCK, CHANCE = WallClock(), Chance()
PROGRAMS = {
    "nats": "nats-server",
    "redis": "redis-server",
    "dbus": "dbus-daemon",
    "aws-topic": "moto_server",
    "aws-queues": "moto_server",
}
KINDS = [
    pytest.param("memory"),
    *(
        pytest.param(
            kind,
            # What stands for AWS takes seconds for what it takes AWS milliseconds.
            marks=[pytest.mark.server, *([pytest.mark.long] if "aws" in kind else [])],
        )
        for kind in PROGRAMS
    ),
]


class Ear:
    """A transport and what it has heard."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.heard: list[Notice] = []
        self.threads: set[int] = set()

    def start(self) -> Ear:
        """Begin to listen."""
        self.transport.start(self._hear)
        return self

    def from_log(self, log: int) -> list[int]:
        """The sequences heard of one log, in order."""
        return [each.sequence for each in self.heard if each.incarnation == incarnation(log)]

    @property
    def is_connected(self) -> bool:
        """Whether its broker is there."""
        return self.transport.health().connected

    def _hear(self, notice: Notice) -> None:
        self.threads.add(threading.get_ident())
        self.heard.append(notice)


Listen = Callable[..., Ear]


def incarnation(log: int) -> Incarnation:
    """A writer's identity."""
    return Incarnation(f"{log:032x}")


def notice(log: int, sequence: int, repository: str) -> Notice:
    """A notice of a log."""
    return Notice(repository, incarnation(log), sequence, 1000, "d" * 64)


@pytest.fixture(scope="module", params=KINDS)
def broker_of_module(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker]:
    """One broker of each kind, which tests use one after another."""
    kind: str = request.param
    if kind in PROGRAMS:
        try:
            find(PROGRAMS[kind], kind.partition("-")[0])
        except ServerAbsent as absent:
            pytest.skip(str(absent))
    made = _broker(kind, tmp_path_factory.mktemp(kind))
    made.start()
    yield made
    made.stop()
    if kind == "memory":
        made.start()


@pytest.fixture
def broker(broker_of_module: Broker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """A broker that runs; whoever stops it need not start it again."""
    if isinstance(broker_of_module, AwsBroker):
        for name, value in broker_of_module.environ.items():
            monkeypatch.setenv(name, value)
    yield broker_of_module
    broker_of_module.start()


def _broker(kind: str, folder: Path) -> Broker:
    match kind:
        case "nats":
            return NatsBroker(folder / kind)
        case "redis":
            return RedisBroker(folder / kind)
        case "dbus":
            return DBusBroker(folder / kind)
        case "aws-topic":
            return AwsBroker(folder / kind, topic="skygarth-news")
        case "aws-queues":
            return AwsBroker(folder / kind, topic="")
        case _:
            return MemoryBrokerHere(PROCESS_BROKER)


@pytest.fixture
def repository(request: pytest.FixtureRequest) -> str:
    """A repository's id, another for each test."""
    return blake2b(request.node.nodeid.encode(), digest_size=16).hexdigest()


@pytest.fixture
def listen(broker: Broker, repository: str) -> Iterator[Listen]:
    """Makes transports of the repository, started and connected; stops them all."""
    made: list[Ear] = []

    def make(repository: str = repository, *, wait: bool = True) -> Ear:
        identity = f"{len(made):032x}"
        (transport,) = open_transports(
            [broker.kind],
            broker.addresses,
            repository,
            identity=lambda: identity,
            clock=CLOCK,
            jitter=lambda: CHANCE.uniform(0, 1),
        )
        ear = Ear(transport).start()
        made.append(ear)
        if wait:
            wait_until(lambda: ear.is_connected, "the transport to connect")
        return ear

    yield make
    stops = [threading.Thread(target=ear.transport.stop) for ear in made]
    for stop in stops:
        stop.start()
    for stop in stops:
        stop.join()


def test_what_is_said_is_heard_by_all_others(listen: Listen, repository: str) -> None:
    """Every other node of the repository hears it, with all that was said (NOT-1)."""
    speaker, *others = [listen() for _ in range(4)]
    said = notice(1, 7, repository)
    speaker.transport.say(said)
    wait_until(lambda: all(ear.heard for ear in others), "the others to hear")

    assert [[said]] * 3 == [ear.heard for ear in others]


def test_everybody_may_speak(listen: Listen, repository: str) -> None:
    """What nodes say at the same time reaches all others."""
    ears = [listen() for _ in range(3)]
    for number, ear in enumerate(ears):
        ear.transport.say(notice(number, 1, repository))

    def all_heard() -> bool:
        return all(
            ear.from_log(other) == [1]
            for number, ear in enumerate(ears)
            for other in range(3)
            if other != number
        )

    wait_until(all_heard, "all to hear all")


def test_repositories_share_a_broker(listen: Listen, repository: str) -> None:
    """What is said in one is not heard in the other (NOT-3)."""
    mine, peer, stranger = listen(), listen(), listen("0" * 31 + "1")
    mine.transport.say(notice(1, 1, repository))
    wait_until(lambda: peer.heard, "the peer to hear")

    assert stranger.heard == []


def test_the_newest_is_heard_in_the_end(listen: Listen, repository: str) -> None:
    """However fast a node talks, the last word arrives; older ones may be left out (NOT-5)."""
    speaker, other = listen(), listen()
    for sequence in range(1, 501):
        speaker.transport.say(notice(1, sequence, repository))
    wait_until(lambda: 500 in other.from_log(1), "the last word")

    health = speaker.transport.health()
    assert health.said + health.replaced == 500


def test_strange_messages_are_refused_and_counted(
    listen: Listen, broker: Broker, repository: str
) -> None:
    """Whatever else is said on the channel, notices go on (NOT-2)."""
    speaker, other = listen(), listen()
    rubbish = [b"rubbish", b"{}", b"x" * 100_000, b'{"repository": 1}', b"\xff\xfe"]
    broker.inject(channel_of(repository), rubbish)
    wait_until(lambda: other.transport.health().refused == len(rubbish), "them to be refused")
    speaker.transport.say(notice(1, 1, repository))
    wait_until(lambda: other.heard, "a notice after them")

    assert other.from_log(1) == [1]


def test_a_flood_disturbs_nobody(listen: Listen, broker: Broker, repository: str) -> None:
    """After ten thousand notices from a stranger the node's own still get through."""
    speaker, other = listen(), listen()
    count = 60 if broker.kind == "aws" else 10_000  # moto takes 10 ms for each
    flood = [encode_notice(notice(log, 1, repository)) for log in range(count)]
    broker.inject(channel_of(repository), flood)
    speaker.transport.say(notice(99_999, 1, repository))
    wait_until(lambda: other.from_log(99_999) == [1], "the own notice")

    assert other.is_connected


def test_doubled_and_old_notices_are_handed_on(
    listen: Listen, broker: Broker, repository: str
) -> None:
    """A transport judges nothing: whoever listens decides what is news (NOT-7)."""
    other = listen()
    again = [encode_notice(notice(1, sequence, repository)) for sequence in (2, 1, 2)]
    broker.inject(channel_of(repository), again)
    wait_until(lambda: len(other.heard) == 3, "all three")

    assert sorted(other.from_log(1)) == [1, 2, 2]


def test_a_broker_that_comes_back_is_found(listen: Listen, broker: Broker, repository: str) -> None:
    """Its absence shows; saying something meanwhile neither waits nor fails (NOT-5, NOT-6)."""
    speaker, other = listen(), listen()
    broker.stop()
    wait_until(lambda: not speaker.is_connected and not other.is_connected, "both to notice")
    began = CLOCK.monotonic()
    for sequence in range(1, 1001):
        speaker.transport.say(notice(1, sequence, repository))
    waited = CLOCK.monotonic() - began
    health = speaker.transport.health()
    broker.start()
    wait_until(lambda: speaker.is_connected and other.is_connected, "both to come back")
    speaker.transport.say(notice(1, 1001, repository))
    wait_until(lambda: 1001 in other.from_log(1), "the next notice")

    assert waited < 1.0
    assert health.fault.startswith("SG-NOTICE-002")
    assert health.hint
    assert health.replaced >= 998


def test_a_broker_may_come_later(listen: Listen, broker: Broker, repository: str) -> None:
    """A transport that starts without its broker connects when there is one (NOT-6)."""
    broker.stop()
    speaker, other = listen(wait=False), listen(wait=False)
    speaker.transport.say(notice(1, 1, repository))
    wait_until(lambda: speaker.transport.health().fault, "it to be missed")
    broker.start()
    wait_until(lambda: speaker.is_connected and other.is_connected, "both to connect")
    speaker.transport.say(notice(1, 2, repository))
    wait_until(lambda: 2 in other.from_log(1), "a notice")


def test_a_transport_ends_at_once(listen: Listen, broker: Broker, repository: str) -> None:
    """With its broker there or not, stopping takes two seconds at most, and threads end."""
    here, there = listen(), listen()
    here.transport.say(notice(1, 1, repository))
    here.transport.stop()
    wait_until(lambda: there.heard, "what was said last")
    broker.stop()
    wait_until(lambda: not there.is_connected, "the absence to show")
    began = CLOCK.monotonic()
    there.transport.stop()

    assert CLOCK.monotonic() - began < 2.5
