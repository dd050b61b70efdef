"""Whole nodes that tell each other of news, and a broker that comes and goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.processes.conftest import MakeNode
from tests.processes.node_process import NodeProcess, wait_for_agreement
from tests.servers.brokers import NatsBroker, find
from tests.servers.fixtures import Address
from tests.servers.running import ServerAbsent
from tests.waiting import wait_until


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsBroker]:
    """A NATS server that this test may stop."""
    try:
        find("nats-server", "nats")
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    broker = NatsBroker(tmp_path / "nats")
    broker.start()
    yield broker
    broker.stop()


@pytest.mark.server
@pytest.mark.xdist_group("processes")
def test_news_arrives_at_once_and_without_a_broker_by_looking(
    seaweed_url: Address, make_node: MakeNode, nats: NatsBroker
) -> None:
    """Nodes that look every four seconds hear at once; without the broker they look (REP-2)."""
    bucket, environ = seaweed_url
    settings = {
        "SKYGARTH_NOTICES__USE": "nats",
        "SKYGARTH_NOTICES__NATS": nats.url,
        "SKYGARTH_REPLICATION__POLL": "4s",
    }
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
