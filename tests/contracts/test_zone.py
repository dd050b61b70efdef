"""What every zone promises, tried on real servers: Knot, BIND, two that speak like Route 53."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.servers.name_servers import (
    CREDENTIALS,
    FOREIGN,
    KEY,
    SEARCH,
    SERVERS,
    WEB,
    Knot,
    Ministack,
    NameServer,
    Route53Server,
)
from tests.servers.running import ServerAbsent

from skygarth.clock.chance import Chance
from skygarth.clock.wall_clock import WallClock
from skygarth.model.errors import Denied, Invalid, NotFound, SkygarthError, Unavailable
from skygarth.naming.deciding import Holder, claims_of
from skygarth.naming.opening import ZoneAccess, open_zone
from skygarth.naming.port import Standing, Zone, claims_name
from skygarth.naming.round_robin import RoundRobinName

pytestmark = pytest.mark.server

CLOCK, CHANCE = WallClock(), Chance()
US = "our-cloud"
A, B = Holder(US, "a" * 32, "a"), Holder(US, "b" * 32, "b")
ONE, TWO, THREE, SIX = "192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"
TTL = 5


@pytest.fixture(params=["knot", "bind", "ministack"])
def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[NameServer]:
    """A server that runs, and is this test's alone."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server = SERVERS[request.param](tmp_path / "server")
    try:
        server.start()
        yield server
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    finally:
        server.stop()


@pytest.fixture
def zone(server: NameServer) -> Iterator[Zone]:
    """Its zone."""
    zone = open_zone(server.access)
    yield zone
    zone.close()


def at(zone: Zone, name: str = WEB) -> RoundRobinName:
    """A name in the zone, with waits as in production."""

    def wait(seconds: float) -> None:
        CLOCK.sleep(CHANCE.uniform(0, seconds))

    return RoundRobinName(zone, name, ttl=TTL, wait=wait)


def enter(name: RoundRobinName, who: Holder, *addresses: str, now: int = 0) -> None:
    """A node enters with a lease of a minute."""
    name.enter(who, addresses, now_ms=now, until_ms=now + 60)


def test_a_node_comes_and_goes_in_both_families(server: NameServer, zone: Zone) -> None:
    """Resolvers see its addresses with the TTL that was asked for, and then nothing of it."""
    enter(at(zone), A, ONE, SIX)

    assert server.values(WEB, "A") == {ONE}
    assert server.values(WEB, "AAAA") == {SIX}
    assert len(server.values(claims_name(WEB), "TXT")) == 2
    assert zone.look(WEB).ttls == {"A": TTL, "AAAA": TTL, "TXT": TTL}
    at(zone).withdraw(A)
    assert zone.look(WEB) == Standing()
    assert server.values(claims_name(WEB), "TXT") == set()


def test_two_nodes_share_a_name(server: NameServer, zone: Zone) -> None:
    """Each comes, renews and goes without touching the other."""
    enter(at(zone), A, ONE)
    enter(at(zone), B, TWO)
    enter(at(zone), A, ONE, now=20)

    assert server.values(WEB, "A") == {ONE, TWO}
    at(zone).withdraw(A)
    assert server.values(WEB, "A") == {TWO}
    assert [claim.node for claim in claims_of(zone.look(WEB)).values()] == ["b"]


def test_names_are_apart(server: NameServer, zone: Zone) -> None:
    """A node of two pools stands at two names, and leaves one without leaving the other."""
    enter(at(zone), A, ONE)
    enter(at(zone, SEARCH), A, ONE)
    at(zone).withdraw(A)

    assert server.values(WEB, "A") == set()
    assert server.values(SEARCH, "A") == {ONE}


def test_the_dead_are_swept_and_the_living_are_not(server: NameServer, zone: Zone) -> None:
    """A node that was killed leaves its claim behind; a peer removes both when it ran out."""
    enter(at(zone), A, ONE, SIX)
    enter(at(zone), B, TWO, now=50)
    alive = frozenset({B.incarnation})
    early = at(zone).sweep(US, alive, now_ms=60)
    late = at(zone).sweep(US, alive, now_ms=61)

    assert early.is_nothing
    assert late.removed == (ONE, SIX)
    assert server.values(WEB, "A") == {TWO}
    assert at(zone).sweep(US, alive, now_ms=61).is_nothing


def test_what_a_person_entered_stays(server: NameServer, zone: Zone) -> None:
    """Even an address that a node came to later, and texts beside it that are no claims."""
    server.put(WEB, "A", ONE, THREE)
    server.put(WEB, "TXT", '"v=spf1 -all"')
    server.put(claims_name(WEB), "TXT", r'"a person\"s" "n\\ote"')
    before = zone.look(WEB)
    enter(at(zone), A, ONE, TWO)
    assert server.values(WEB, "A") == {ONE, TWO, THREE}
    at(zone).sweep(US, frozenset(), now_ms=1000)

    assert before.texts == {('a person"s', "n\\ote")}
    assert before == zone.look(WEB)
    assert server.values(WEB, "A") == {ONE, THREE}
    assert server.values(WEB, "TXT") == {'"v=spf1 -all"'}


def test_a_change_that_rests_on_an_old_look_is_refused(server: NameServer, zone: Zone) -> None:
    """Whatever changed since: an address, or only a claim; and nothing of it is done."""
    seen = zone.look(WEB)
    server.put(WEB, "A", THREE)
    wanted = Standing(frozenset({ONE, SIX}), frozenset({("note",)}))
    assert not zone.replace(WEB, seen, wanted, ttl=TTL)

    assert server.values(WEB, "AAAA") == set()
    seen = zone.look(WEB)
    server.put(claims_name(WEB), "TXT", '"quicker"')
    assert not zone.replace(WEB, seen, replace(wanted, texts=frozenset({("slower",)})), ttl=TTL)
    assert server.values(WEB, "A") == {THREE}
    assert server.values(claims_name(WEB), "TXT") == {'"quicker"'}


def test_ten_nodes_that_come_at_once_all_stand(server: NameServer) -> None:
    """Nobody undoes another's work, whoever is quicker."""
    faults: list[SkygarthError] = []

    def come(number: int) -> None:
        zone = open_zone(server.access)
        try:
            enter(at(zone), Holder(US, f"{number:032x}", str(number)), f"192.0.2.{number}")
        except SkygarthError as fault:
            faults.append(fault)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(1, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert faults == []
    assert server.values(WEB, "A") == {f"192.0.2.{number}" for number in range(1, 11)}
    assert len(server.values(claims_name(WEB), "TXT")) == 10


def test_a_server_that_is_away_is_unavailable(server: NameServer, zone: Zone) -> None:
    """The error says so, and that it is worth another try."""
    server.stop()
    with pytest.raises(Unavailable) as caught:
        zone.look(WEB)

    assert caught.value.code == "SG-DNS-007"


def test_thirty_claims_fit(zone: Zone) -> None:
    """A cloud of thirty nodes in two families: more than any datagram holds."""
    name = at(zone)
    for number in range(1, 31):
        enter(
            name, Holder(US, f"{number:032x}", "n" * 40), f"192.0.2.{number}", f"2001:db8::{number}"
        )

    assert len(name.look().addresses) == 60
    assert len(claims_of(name.look())) == 60


# -- Knot's own refusals ------------------------------------------------------------------


@pytest.fixture
def knot(tmp_path: Path) -> Iterator[Knot]:
    """Knot alone."""
    server = Knot(tmp_path / "server")
    try:
        server.start()
        yield server
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    finally:
        server.stop()


OTHER_KEY = KEY[::-1].lstrip("=")[:40]


@pytest.mark.parametrize(
    ("change", "name", "kind", "code"),
    [
        pytest.param(
            lambda access: replace(access, key_name="nobody"),
            WEB,
            Denied,
            "SG-DNS-001",
            id="unknown key",
        ),
        pytest.param(
            lambda access: replace(access, secret=OTHER_KEY),
            WEB,
            Denied,
            "SG-DNS-002",
            id="wrong secret",
        ),
        pytest.param(lambda access: access, FOREIGN, Denied, "SG-DNS-001", id="name not allowed"),
        pytest.param(
            lambda access: replace(access, key_name="", secret=""),
            WEB,
            Denied,
            "SG-DNS-001",
            id="no key at all",
        ),
        pytest.param(
            lambda access: access, "www.example.net", Denied, "SG-DNS-005", id="zone not held"
        ),
        pytest.param(
            lambda access: replace(access, key_name="", secret=""),
            "www.example.net",
            Denied,
            "SG-DNS-005",
            id="unsigned",
        ),
        pytest.param(
            lambda access: replace(access, zone="other.example.org"),
            WEB,
            Invalid,
            "SG-DNS-006",
            id="wrong zone",
        ),
        pytest.param(lambda access: access, "alias.example.org", Invalid, "SG-DNS-009", id="alias"),
    ],
)
def test_a_refusal_names_its_cause(
    knot: Knot,
    change: Callable[[ZoneAccess], ZoneAccess],
    name: str,
    kind: type[SkygarthError],
    code: str,
) -> None:
    """Each has a code of its own and a way out."""
    zone = open_zone(change(knot.access))
    with pytest.raises(kind) as caught:
        enter(at(zone, name), A, ONE)

    assert caught.value.code == code
    assert caught.value.hint
    assert KEY not in str(caught.value)


# -- Route 53's own refusals -----------------------------------------------------------------


@pytest.fixture
def ministack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Route53Server]:
    """A Route 53 alone."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server = Ministack(tmp_path / "server")
    try:
        server.start()
        yield server
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    finally:
        server.stop()


def test_a_hosted_zone_is_found_by_name_or_id(ministack: Route53Server) -> None:
    """By id it asks nothing; a zone that is not there is an error."""
    by_id = open_zone(replace(ministack.access, zone=ministack.zone_id))
    enter(at(by_id), A, ONE)

    assert ministack.values(WEB, "A") == {ONE}
    for zone in ("example.net", "Z0000000000000"):
        with pytest.raises(NotFound) as caught:
            open_zone(replace(ministack.access, zone=zone)).look(WEB)
        assert caught.value.code == "SG-DNS-016"


def test_records_of_another_policy_are_not_overwritten(ministack: Route53Server) -> None:
    """Where a name is weighted, simple records cannot be entered, and the error says so."""
    records = [{"Value": THREE}]
    weighted = {"Name": WEB, "Type": "A", "TTL": 60, "ResourceRecords": records}
    ministack.change("CREATE", {**weighted, "SetIdentifier": "x", "Weight": 10})
    with pytest.raises(Invalid) as caught:
        enter(at(open_zone(ministack.access)), A, ONE)

    assert caught.value.code == "SG-DNS-017"


def test_a_cname_is_no_place_for_addresses(ministack: Route53Server) -> None:
    """It is left as it is."""
    ministack.put(WEB, "CNAME", "elsewhere.example.org")
    with pytest.raises(Invalid) as caught:
        enter(at(open_zone(ministack.access)), A, ONE)

    assert caught.value.code == "SG-DNS-009"


def test_moto_knows_the_same_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes come and go on moto, which makes every call of ours and checks no values."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    server = SERVERS["moto"](tmp_path / "server")
    try:
        server.start()
        zone = open_zone(server.access)
        enter(at(zone), A, ONE, SIX)
        enter(at(zone), B, TWO)
        assert server.values(WEB, "A") == {ONE, TWO}
        at(zone).withdraw(A)
        assert server.values(WEB, "A") == {TWO}
        assert server.values(WEB, "AAAA") == set()
        late = at(zone).sweep(US, frozenset(), now_ms=1000)
        assert late.removed == (TWO,)
        assert zone.look(WEB) == Standing()
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    finally:
        server.stop()
