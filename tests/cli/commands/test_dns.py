"""Names are seen and mended by hand, on a real name server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.commands.conftest import Run
from tests.servers.name_servers import KEY, KEY_NAME, SEARCH, WEB, Knot
from tests.servers.running import ServerAbsent

from skygarth.formats.records import RepositoryRecord, encode_record
from skygarth.naming.deciding import Holder
from skygarth.naming.opening import open_zone
from skygarth.naming.round_robin import RoundRobinName

pytestmark = pytest.mark.server

ONE, TWO, SIX = "192.0.2.1", "192.0.2.2", "2001:db8::1"


@pytest.fixture
def knot(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[Knot]:
    """A name server, and settings here that name it and a bucket."""
    server = Knot(tmp_path / "knot")
    try:
        server.start()
    except ServerAbsent as absent:
        pytest.skip(str(absent))
    (tmp_path / "bucket").mkdir()
    (tmp_path / "bucket" / "repo.json").write_bytes(encode_record(RepositoryRecord("our-cloud")))
    monkeypatch.setenv("DNS_KEY", KEY)
    write_settings(server)
    yield server
    server.stop()


def write_settings(knot: Knot, *, key_name: str = KEY_NAME) -> None:
    """Settings of a node of the web, in this folder."""
    Path("skygarth.toml").write_text(
        f"""
[node]
name = "proxy"
[replication]
bucket = "file://./bucket"
[dns]
provider = "rfc2136"
server = "127.0.0.1:{knot.port}"
key_name = "{key_name}"
key = {{ env = "DNS_KEY" }}
names = {{ web = "{WEB}", search = "{SEARCH}" }}
addresses = ["{ONE}", "{SIX}"]
ttl = "7s"
""",
        encoding="utf-8",
    )


def node_enters(knot: Knot, node: str, address: str) -> None:
    """As a running node of this cloud would."""
    name = RoundRobinName(open_zone(knot.access), WEB, ttl=7, wait=lambda _: None)
    name.enter(Holder("our-cloud", node * 32, node), [address], now_ms=0, until_ms=60_000)


def test_what_is_registered_by_hand_stands_until_it_is_withdrawn(run: Run, knot: Knot) -> None:
    """At the names of the node's pools, in both families."""
    tried = run("dns", "register", "--dry-run", "--json")
    assert knot.values(WEB, "A") == set()
    done = run("dns", "register", "--json")
    assert (tried.code, done.code) == (0, 0)
    assert (
        tried.facts
        == done.facts
        == [
            {"name": WEB, "view": "", "what": "entered", "address": ONE},
            {"name": WEB, "view": "", "what": "entered", "address": SIX},
        ]
    )
    assert (knot.values(WEB, "A"), knot.values(SEARCH, "A")) == ({ONE}, set())
    shown = run("dns", "show")
    assert "withdrawn by hand" in shown.out
    gone = run("dns", "withdraw")

    assert "removed" in gone.out
    assert knot.values(WEB, "A") == knot.values(WEB, "AAAA") == set()
    assert "no address changes" in run("dns", "withdraw").err


def test_other_addresses_and_one_name_can_be_said(run: Run, knot: Knot) -> None:
    """Also a name of a pool that the node is not in."""
    run("dns", "register", "--name", SEARCH, "--address", TWO, "--address", "2001:DB8::2")

    assert knot.values(SEARCH, "A") == {TWO}
    assert knot.values(SEARCH, "AAAA") == {"2001:db8::2"}
    assert knot.values(WEB, "A") == set()


def test_all_that_stands_is_shown_with_whose_it_is(run: Run, knot: Knot) -> None:
    """Of nodes, since when and until when; of persons, that it is theirs."""
    node_enters(knot, "a", ONE)
    knot.put(WEB, "A", TWO)
    shown = run("dns", "show", "--name", WEB, "--json")

    assert shown.facts == [
        {
            "name": WEB,
            "view": "",
            "address": ONE,
            "node": "a",
            "incarnation": "a" * 32,
            "repository": "our-cloud",
            "since": "1970-01-01T00:00:00Z",
            "until": "1970-01-01T00:01:00Z",
            "borrowed": False,
            "ttl": 60,
        },
        {
            "name": WEB,
            "view": "",
            "address": TWO,
            "node": None,
            "incarnation": None,
            "repository": None,
            "since": None,
            "until": None,
            "borrowed": None,
            "ttl": 60,
        },
    ]
    assert "entered by a person" in run("dns", "show").out


def test_a_node_is_withdrawn_by_its_name_and_nobody_else(run: Run, knot: Knot) -> None:
    """What a person entered cannot be removed with it."""
    node_enters(knot, "a", ONE)
    node_enters(knot, "b", TWO)
    knot.put(WEB, "A", "192.0.2.99")
    assert run("dns", "withdraw", "--node", "a", "--address", TWO).code == 0
    assert knot.values(WEB, "A") == {ONE, TWO, "192.0.2.99"}
    run("dns", "withdraw", "--node", "a")

    assert knot.values(WEB, "A") == {TWO, "192.0.2.99"}


def test_the_doctor_tries_all_that_a_node_does(run: Run, knot: Knot) -> None:
    """And leaves nothing behind."""
    node_enters(knot, "a", ONE)
    before = knot.values(f"_skygarth.{WEB}", "TXT")
    ended = run("doctor", "dns", "--json")

    assert ended.code == 0
    assert isinstance(ended.facts, dict)
    verdicts = {(each["name"], each["code"]): each["verdict"] for each in ended.facts["findings"]}
    assert verdicts == {
        (WEB, "SG-DNS-005"): "ok",
        (WEB, "SG-DNS-003"): "ok",
        (WEB, "SG-DNS-004"): "ok",
        (WEB, "SG-DNS-001"): "ok",
        (WEB, "SG-DNS-006"): "weak",  # this machine's resolver has never heard of the name
        **{(SEARCH, f"SG-DNS-00{number}"): "ok" for number in (1, 3, 4, 5, 6)},
    }
    assert knot.values(f"_skygarth.{WEB}", "TXT") == before
    assert knot.values(f"_skygarth.{SEARCH}", "TXT") == set()
    assert "entered, seen and removed" in run("doctor", "dns").out


def test_the_doctor_names_what_a_server_refuses(run: Run, knot: Knot) -> None:
    """With the way out."""
    write_settings(knot, key_name="nobody")
    ended = run("doctor", "dns", "--name", WEB)

    assert ended.code == 9
    assert "SG-DNS-001" in ended.out
    assert "fix: is dns.key_name spelt as on the server" in ended.out


def test_a_name_that_is_not_set_is_not_found(run: Run, knot: Knot) -> None:
    """With those that are."""
    ended = run("dns", "show", "--name", "mail.example.org")

    assert ended.code == 4
    assert WEB in ended.err


def test_without_settings_there_is_nothing_to_do(run: Run) -> None:
    """And the error says what to set."""
    ended = run("dns", "show")

    assert ended.code == 1
    assert ended.err.startswith("error[SG-DNS-011]")
