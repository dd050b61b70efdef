"""A node stands in DNS while it takes traffic, whatever happens to it, its server or its peers."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from dataclasses import dataclass, field

import pytest
from tests.naming.memory_zone import MemoryZone
from tests.waiting import wait_until

from skygarth.clock.manual_clock import ManualClock
from skygarth.model.errors import TimedOut, Unavailable
from skygarth.naming.deciding import Holder, claims_of, entered
from skygarth.naming.port import Standing
from skygarth.naming.round_robin import RoundRobinName
from skygarth.node import dns_presence
from skygarth.node.dns_presence import DnsPresence, NamePresence, Pulse, Watch, describe

LEASE = 60.0
OWN, OTHER = "192.0.2.1", "192.0.2.9"
PEER = Holder("r", "e" * 32, "peer")


@dataclass
class ScriptedNode:
    """A node in whatever state a test wants."""

    name: str = "a"
    incarnation: str = "a" * 32
    repository_id: str = "r"
    state: str = "ready"


@dataclass
class Stage:
    """One name, one node, and what it knows of the others."""

    zone: MemoryZone = field(default_factory=MemoryZone)
    node: ScriptedNode = field(default_factory=ScriptedNode)
    clock: ManualClock = field(default_factory=ManualClock)
    addresses: frozenset[str] = frozenset({OWN})
    alive: frozenset[str] = frozenset()
    may_sweep: bool = True
    asked: int = 0

    def presence(self, *, is_member: bool = True) -> NamePresence:
        """The node's presence at the name."""
        return NamePresence(
            self.node,
            RoundRobinName(self.zone, "www.example.org", ttl=30, wait=self.clock.sleep),
            lambda: self.addresses,
            Watch(self._alive, lambda: nullcontext(self.may_sweep)),
            Pulse(self.clock.now_ms, self.clock.monotonic, lambda: 1.0),
            is_member=is_member,
            lease_seconds=LEASE,
        )

    def peer_enters(self) -> None:
        """Another node is there, with a whole lease."""
        until = self.clock.now_ms() + round(LEASE * 1000)
        self.zone.standing = entered(
            self.zone.standing, PEER, [OTHER], now_ms=self.clock.now_ms(), until_ms=until
        )

    def _alive(self) -> frozenset[str]:
        self.asked += 1
        return self.alive


@pytest.fixture
def stage() -> Stage:
    """An empty name and a ready node."""
    return Stage()


def test_it_enters_when_ready_and_not_before(stage: Stage) -> None:
    """Nor before the node has met its repository."""
    presence = stage.presence()
    stage.node.state = "populating"
    presence.step()
    assert stage.zone.looks == 0
    stage.node.state, stage.node.repository_id = "ready", ""
    presence.step()
    assert stage.zone.looks == 0
    stage.node.repository_id = "r"
    presence.step()

    assert stage.zone.standing.addresses == {OWN}
    assert presence.health.entered == (OWN,)
    assert describe(presence.health) == "www.example.org: 192.0.2.1"


def test_it_renews_at_a_third_of_its_lease(stage: Stage) -> None:
    """The server is asked no more often than that."""
    presence = stage.presence()
    presence.step()
    stage.clock.sleep(LEASE / 3 - 1)
    presence.step()
    assert stage.zone.looks == 1
    stage.clock.sleep(1)
    presence.step()

    (claim,) = claims_of(stage.zone.standing).values()
    assert claim.until_ms == stage.clock.now_ms() + LEASE * 1000
    assert stage.zone.looks == 2


def test_a_node_that_lags_behind_stays(stage: Stage) -> None:
    """If all of them lag, an empty name would help nobody."""
    presence = stage.presence()
    presence.step()
    stage.node.state = "lagging"
    stage.clock.sleep(LEASE)
    presence.step()

    assert stage.zone.standing.addresses == {OWN}


def test_it_is_gone_when_withdraw_returns_and_comes_back_when_ready(stage: Stage) -> None:
    """Draining and resuming, at once both times."""
    presence = stage.presence()
    presence.step()
    stage.node.state = "draining"
    presence.withdraw()
    assert stage.zone.standing == Standing()
    presence.step()
    assert stage.zone.standing == Standing()
    stage.node.state = "ready"
    presence.step()

    assert stage.zone.standing.addresses == {OWN}


def test_a_node_that_drains_without_a_word_leaves_too(stage: Stage) -> None:
    """The next look at the node is enough."""
    presence = stage.presence()
    presence.step()
    stage.node.state = "drained"
    presence.step()

    assert stage.zone.standing == Standing()


def test_what_somebody_removed_is_put_back(stage: Stage) -> None:
    """At the next renewal, and still known as the node's own."""
    presence = stage.presence()
    presence.step()
    stage.zone.standing = Standing(addresses=stage.zone.standing.addresses)
    stage.clock.sleep(LEASE / 3)
    presence.step()
    assert len(claims_of(stage.zone.standing)) == 1
    presence.withdraw()

    assert stage.zone.standing == Standing()


def test_a_new_identity_takes_the_address_over(stage: Stage) -> None:
    """The address stands all the while; the old claim goes."""
    presence = stage.presence()
    presence.step()
    stage.node.incarnation = "f" * 32
    stage.clock.sleep(LEASE / 3)
    presence.step()
    (claim,) = claims_of(stage.zone.standing).values()

    assert claim.incarnation == "f" * 32
    assert stage.zone.standing.addresses == {OWN}
    presence.withdraw()
    assert stage.zone.standing == Standing()


def test_a_new_address_replaces_the_old_one(stage: Stage) -> None:
    """A machine whose address changes is found again within a third of the lease."""
    presence = stage.presence()
    presence.step()
    stage.addresses = frozenset({"192.0.2.77"})
    stage.clock.sleep(LEASE / 3)
    presence.step()

    assert stage.zone.standing.addresses == {"192.0.2.77"}


def test_a_server_that_is_away_is_tried_again_ever_more_rarely(stage: Stage) -> None:
    """The node serves on; health says what is wrong; then all is well again."""
    presence = stage.presence()
    stage.zone.fault = Unavailable("away", code="SG-DNS-007", hint="wait")
    for _ in range(600):
        presence.step()
        stage.clock.sleep(0.2)
    assert presence.health.fault == "SG-DNS-007: away"
    assert describe(presence.health) == "www.example.org: SG-DNS-007: away"
    assert 8 <= stage.zone.looks <= 12, "in two minutes"
    stage.zone.fault = None
    stage.clock.sleep(LEASE / 3)
    presence.step()

    assert presence.health.fault == ""
    assert stage.zone.standing.addresses == {OWN}


def test_a_withdrawal_that_failed_is_repeated(stage: Stage) -> None:
    """It raises, so that whoever asked knows; the next steps do it."""
    presence = stage.presence()
    presence.step()
    stage.node.state = "draining"
    stage.zone.fault = Unavailable("away", code="SG-DNS-007")
    with pytest.raises(Unavailable):
        presence.withdraw()
    stage.zone.fault = None
    presence.step()
    assert stage.zone.standing.addresses == {OWN}
    stage.clock.sleep(1)
    presence.step()

    assert stage.zone.standing == Standing()


def test_the_dead_are_removed_when_their_lease_is_over(stage: Stage) -> None:
    """Cards are asked for only then."""
    stage.peer_enters()
    presence = stage.presence()
    presence.step()
    assert stage.asked == 0
    stage.clock.sleep(LEASE + 0.001)
    presence.step()

    assert (stage.asked, presence.health.swept) == (1, 1)
    assert stage.zone.standing.addresses == {OWN}


def test_a_peer_that_cannot_reach_dns_is_not_removed(stage: Stage) -> None:
    """Its card says that it lives."""
    stage.peer_enters()
    stage.alive = frozenset({PEER.incarnation})
    presence = stage.presence()
    stage.clock.sleep(10 * LEASE)
    presence.step()

    assert stage.zone.standing.addresses == {OWN, OTHER}


def test_only_one_removes_what_the_dead_left(stage: Stage) -> None:
    """Who is not the one whose turn it is leaves it."""
    stage.peer_enters()
    stage.may_sweep = False
    presence = stage.presence()
    stage.clock.sleep(10 * LEASE)
    presence.step()

    assert stage.zone.standing.addresses == {OWN, OTHER}
    assert stage.asked == 0


def test_a_node_never_removes_itself_by_sweeping(stage: Stage) -> None:
    """Not even where its own card is too old: that it sweeps shows that it lives."""
    presence = stage.presence()
    presence.step()
    stage.peer_enters()
    stage.clock.sleep(2 * LEASE)
    presence.step()

    assert stage.zone.standing.addresses == {OWN}


def test_the_name_of_another_pool_is_only_watched_over(stage: Stage) -> None:
    """If all nodes of a pool die, nodes of other pools remove them."""
    stage.peer_enters()
    presence = stage.presence(is_member=False)
    stage.clock.sleep(LEASE + 1)
    presence.step()

    assert stage.zone.standing == Standing()
    assert describe(presence.health) == "www.example.org: watched over"


class HangingZone(MemoryZone):
    """A server that takes the question and never answers, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.is_hanging = False
        self.let_go = threading.Event()

    def look(self, name: str) -> Standing:
        """Hang."""
        if self.is_hanging:
            self.let_go.wait(10)
        return super().look(name)


def test_all_names_are_left_although_one_server_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The companion says after its time that one withdrawal was not accepted, and ends."""
    monkeypatch.setattr(dns_presence, "WITHDRAW_SECONDS", 0.2)
    monkeypatch.setattr(dns_presence, "LOOK_SECONDS", 0.01)
    hanging = HangingZone()
    node = ScriptedNode()
    good, bad = Stage(node=node), Stage(node=node, zone=hanging)
    presence = DnsPresence([bad.presence(), good.presence()])
    presence.start()
    wait_until(lambda: all(each.entered for each in presence.health), "both names")
    node.state = "draining"
    hanging.is_hanging = True

    with pytest.raises(TimedOut) as caught:
        presence.withdraw()

    assert caught.value.code == "SG-DNS-018"
    assert good.zone.standing == Standing()
    hanging.let_go.set()
    wait_until(lambda: hanging.standing == Standing(), "the slow name")
    assert presence.linger_seconds == 31
    presence.stop()
