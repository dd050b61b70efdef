"""Real nodes that come and go under a real name server, while visitors look for them there."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.processes.conftest import MakeNode
from tests.processes.node_process import NodeProcess
from tests.processes.visitors import Visitors
from tests.servers.name_servers import KEY, KEY_NAME, SEARCH, WEB, Knot
from tests.servers.running import ServerAbsent, free_ports
from tests.waiting import wait_until

from skygarth.naming.port import claims_name

TTL = 1
LEASE = 2

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("processes")]


@pytest.fixture
def knot(tmp_path: Path) -> Iterator[Knot]:
    """A name server that this test may stop."""
    server = Knot(tmp_path / "knot")
    try:
        server.start()
        yield server
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    finally:
        server.stop()


class Place:
    """Makes nodes at addresses of their own on one port, as machines have them."""

    def __init__(self, make_node: MakeNode, knot: Knot, folder: Path) -> None:
        self._make = make_node
        self._bucket = f"file://{folder / 'bucket'}"
        self._knot = knot
        self.port = free_ports(1)[0]

    def node(self, name: str, number: int, *, pools: str = "web") -> NodeProcess:
        """A node at 127.0.8.NUMBER, which enters itself as soon as it is ready."""
        address = f"127.0.8.{number}"
        environ = {
            "SKYGARTH_NODE__POOLS": pools,
            "SKYGARTH_DNS__PROVIDER": "rfc2136",
            "SKYGARTH_DNS__SERVER": f"127.0.0.1:{self._knot.port}",
            "SKYGARTH_DNS__KEY_NAME": KEY_NAME,
            "SKYGARTH_DNS__KEY": KEY,
            "SKYGARTH_DNS__NAMES__WEB": WEB,
            "SKYGARTH_DNS__NAMES__SEARCH": SEARCH,
            "SKYGARTH_DNS__ADDRESSES": address,
            "SKYGARTH_DNS__TTL": f"{TTL}s",
            "SKYGARTH_DNS__LEASE": f"{LEASE}s",
        }
        return self._make(name, self._bucket, environ, host=address, port=self.port)


@pytest.fixture
def place(make_node: MakeNode, knot: Knot, tmp_path: Path) -> Place:
    """Where the nodes of this test are."""
    return Place(make_node, knot, tmp_path)


@pytest.mark.long
def test_no_visitor_is_sent_to_a_node_that_left(place: Place, knot: Knot) -> None:
    """Nodes come and go under load; none is asked a TTL after it went, and all serve till then."""
    visitors = Visitors(WEB, place.port, knot.port)
    a, b, c = (place.node(name, number) for number, name in enumerate("abc", 1))
    a.start()
    wait_until(lambda: knot.values(WEB, "A") == {a.host}, "a to enter")
    with visitors.coming():
        b.start()
        wait_until(lambda: visitors.to(b.host), "b to be found")
        c.start()
        wait_until(lambda: visitors.to(c.host), "c to be found")
        left = time.monotonic()
        b.stop()
        gone = time.monotonic()
        assert b.host not in knot.values(WEB, "A")
        wait_until(lambda: time.monotonic() > gone + TTL + 1, "caches to forget b")
        late = [visit for visit in visitors.to(b.host) if visit.at > gone + TTL]
        back = time.monotonic()
        b.start()
        wait_until(
            lambda: [visit for visit in visitors.to(b.host) if visit.at > back], "b to be back"
        )

    assert late == []
    assert len(visitors.visits) > 100
    in_vain = [visit for visit in visitors.visits if not visit.served]
    assert [visit for visit in in_vain if visit.address != b.host] == []
    assert [visit for visit in in_vain if not left <= visit.at <= gone + TTL] == []
    assert visitors.resolved == {a.host, b.host, c.host}


@pytest.mark.long
def test_a_killed_node_is_removed_by_its_peers(place: Place, knot: Knot, tmp_path: Path) -> None:
    """When its card is silent and its lease is over; what a person entered there stays."""
    a, b, c = (place.node(name, number) for number, name in enumerate("abc", 1))
    knot.put(WEB, "A", "192.0.2.99")
    for node in (a, b, c):
        node.start()
    standing = {a.host, b.host, c.host, "192.0.2.99"}
    wait_until(lambda: knot.values(WEB, "A") == standing, "all to enter")
    incarnation = c.get("node")["incarnation"]
    card = tmp_path / "bucket" / "node" / str(incarnation) / "card"
    wait_until(card.exists, "c to say that it lives")
    c.kill()
    os.utime(card, (1_000_000_000, 1_000_000_000))  # as if it had been silent for years
    wait_until(lambda: c.host not in knot.values(WEB, "A"), "c to be removed")

    assert knot.values(WEB, "A") == standing - {c.host}
    claims = [str(claim) for claim in knot.values(claims_name(WEB), "TXT")]
    assert not any(str(incarnation) in claim for claim in claims)
    c.start()
    wait_until(lambda: knot.values(WEB, "A") == standing, "c to be back")


def test_at_a_signal_the_name_is_left_while_the_door_is_open(place: Place, knot: Knot) -> None:
    """Whoever is led to a node that was told to end finds it answering."""
    a, b = place.node("a", 1).start(), place.node("b", 2).start()
    wait_until(lambda: knot.values(WEB, "A") == {a.host, b.host}, "both to enter")
    a.running.terminate()
    wait_until(lambda: not is_open(a), "the door to close")

    assert knot.values(WEB, "A") == {b.host}
    assert a.running.wait(5) == 0


def is_open(node: NodeProcess) -> bool:
    """Whether it takes a connection."""
    try:
        socket.create_connection((node.host, node.port), timeout=2).close()
    except ConnectionRefusedError:
        return False
    return True


def test_nodes_of_two_pools_stand_at_two_names(place: Place, knot: Knot) -> None:
    """And leave only their own."""
    a, b = place.node("a", 1), place.node("b", 2, pools="web,search")
    for node in (a, b):
        node.start()
    wait_until(lambda: knot.values(WEB, "A") == {a.host, b.host}, "both at the name of the web")
    wait_until(lambda: knot.values(SEARCH, "A") == {b.host}, "one at the name of search")
    b.stop()

    assert knot.values(WEB, "A") == {a.host}
    assert knot.values(SEARCH, "A") == set()


def test_a_name_server_that_is_away_stops_no_node(place: Place, knot: Knot) -> None:
    """The node starts and serves, says in its health what is wrong, and enters when it can."""
    knot.stop()
    a = place.node("a", 1).start()
    wait_until(lambda: not dns_check(a)["well"], "health to tell")
    assert a.is_ready
    assert "SG-DNS-007" in str(dns_check(a)["detail"])
    knot.start()
    wait_until(lambda: knot.values(WEB, "A") == {a.host}, "a to enter")
    wait_until(lambda: dns_check(a)["well"], "health to tell")

    assert a.host in str(dns_check(a)["detail"])


def test_a_node_without_an_address_does_not_start(place: Place) -> None:
    """Rather than wait for visitors in vain."""
    node = place.node("a", 1)
    node.environ = {
        **node.environ,
        "SKYGARTH_DNS__ADDRESSES": "",
        "SKYGARTH_DNS__VIEWS__X__TTL": "1s",
    }
    code, said = node.start_in_vain()

    assert code == 1
    assert "error[SG-DNS-010]" in said


def dns_check(node: NodeProcess) -> dict[str, object]:
    """What health says of DNS."""
    check: dict[str, object] = node.client.get("/healthz").json()["checks"]["dns"]
    return check
