"""Whole nodes that tell each other of news, and a broker that comes and goes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.processes.conftest import MakeNode
from tests.processes.node_process import NodeProcess, wait_for_agreement
from tests.servers.brokers import NatsBroker, RedisBroker, find
from tests.servers.fixtures import Address
from tests.servers.running import ServerAbsent
from tests.waiting import wait_until

from skygarth.bucket.opening import open_bucket
from skygarth.clock.wall_clock import WallClock
from skygarth.formats import bucket_keys
from skygarth.formats.records import decode_repository
from skygarth.model.position import Incarnation
from skygarth.notices.notice import Notice, channel_of, encode_notice

SELDOM = {"SKYGARTH_REPLICATION__POLL": "4s"}
"""Without a notice, news takes seconds."""


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsBroker]:
    """A NATS server that this test may stop."""
    _need("nats-server", "nats")
    broker = NatsBroker(tmp_path / "nats")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisBroker]:
    """A Redis server that this test may stop."""
    _need("redis-server", "redis")
    broker = RedisBroker(tmp_path / "redis")
    broker.start()
    yield broker
    broker.stop()


def _need(program: str, kind: str) -> None:
    try:
        find(program, kind)
    except ServerAbsent as absent:
        pytest.skip(str(absent))


@pytest.mark.server
@pytest.mark.xdist_group("processes")
def test_news_arrives_at_once_and_without_a_broker_by_looking(
    seaweed_url: Address, make_node: MakeNode, nats: NatsBroker
) -> None:
    """Nodes that look every four seconds hear at once; without the broker they look (REP-2)."""
    bucket, environ = seaweed_url
    settings = {**SELDOM, "SKYGARTH_NOTICES__USE": "nats", "SKYGARTH_NOTICES__NATS": nats.url}
    a, b = (make_node(name, bucket, {**environ, **settings}).start() for name in ("a", "b"))
    wait_until(lambda: connected(a) and connected(b), "both to meet the broker")
    told = [arrival(a, b, f"told-{number}") for number in range(5)]
    nats.stop()
    wait_until(lambda: not connected(a) and not connected(b), "both to miss the broker")
    assert a.is_ready
    found = arrival(a, b, "found")
    nats.start()
    wait_until(lambda: connected(a) and connected(b), "both to meet the broker again")
    told.append(arrival(b, a, "again"))
    wait_for_agreement(a, b)

    assert sorted(told)[3] < 1.0
    assert found < 30.0


@pytest.mark.server
@pytest.mark.xdist_group("processes")
def test_a_flood_of_lies_costs_little_and_stops_nobody(
    seaweed_url: Address, make_node: MakeNode, nats: NatsBroker
) -> None:
    """Ten thousand lies cost some dozens of requests; nodes stay ready and equal (NOT-7)."""
    bucket, environ = seaweed_url
    settings = {**SELDOM, "SKYGARTH_NOTICES__USE": "nats", "SKYGARTH_NOTICES__NATS": nats.url}
    a, b = (make_node(name, bucket, {**environ, **settings}).start() for name in ("a", "b"))
    wait_until(lambda: connected(a) and connected(b), "both to meet the broker")
    arrival(a, b, "before")
    repository = repository_in(bucket, environ)
    asked = requests_of(b)
    lies = [lie(repository, f"{log:032x}", 10**9) for log in range(5_000)]
    writer = str(a.get("node")["incarnation"])
    lies += [lie(repository, writer, 10**6 + number) for number in range(5_000)]
    nats.inject(channel_of(repository), lies)
    wait_until(lambda: heard(b) >= 10_000, "the flood to be over")
    cost = requests_of(b) - asked
    states = [node.get("node")["state"] for node in (a, b)]
    after = arrival(a, b, "after")
    wait_for_agreement(a, b)

    assert cost < 200
    assert after < 5.0
    assert states == ["ready", "ready"]


@pytest.mark.server
@pytest.mark.xdist_group("processes")
def test_one_broker_of_two_is_enough(
    seaweed_url: Address, make_node: MakeNode, nats: NatsBroker, redis: RedisBroker
) -> None:
    """Two transports at once say everything twice; when one is gone, the other carries."""
    bucket, environ = seaweed_url
    settings = {
        **SELDOM,
        "SKYGARTH_NOTICES__USE": "nats,redis",
        "SKYGARTH_NOTICES__NATS": nats.url,
        "SKYGARTH_NOTICES__REDIS": redis.addresses.redis,
    }
    a, b = (make_node(name, bucket, {**environ, **settings}).start() for name in ("a", "b"))
    wait_until(lambda: connected(a) and connected(b), "both to meet both brokers")
    both = arrival(a, b, "both")
    nats.stop()
    one = [arrival(a, b, f"one-{number}") for number in range(3)]
    wait_for_agreement(a, b)

    assert both < 2.0
    assert min(one) < 1.0


def arrival(writer: NodeProcess, reader: NodeProcess, name: str) -> float:
    """Seconds from an article's creation until it is readable on the other node."""
    guid = writer.write(name)
    began = time.monotonic()
    wait_until(lambda: reader.title(guid) == name, f"{name} to arrive", seconds=30)
    return time.monotonic() - began


def connected(node: NodeProcess) -> bool:
    """Whether the node's notices are well, as its health says."""
    checks = node.client.get("/healthz").json()["checks"]
    return bool(checks["notices"]["well"])


def repository_in(bucket: str, environ: Mapping[str, str]) -> str:
    """The id of the repository that a bucket holds: anybody who may read it knows."""
    opened = open_bucket(bucket, sleep=WallClock().sleep, random=lambda: 0.5, environ=environ)
    try:
        return decode_repository(opened.get(bucket_keys.REPOSITORY_KEY).body).repository
    finally:
        opened.close()


def lie(repository: str, incarnation: str, sequence: int) -> bytes:
    """A notice of something that nobody wrote."""
    return encode_notice(Notice(repository, Incarnation(incarnation), sequence, 1, "d" * 64))


def requests_of(node: NodeProcess) -> int:
    """How often a node has read from the bucket."""
    requests = node.get("cost")["requests"]
    assert isinstance(requests, dict)
    return int(requests["get"])


def heard(node: NodeProcess) -> int:
    """How many notices a node has heard."""
    transports = node.sync()["notices"]
    assert isinstance(transports, list)
    return int(transports[0]["heard"])
