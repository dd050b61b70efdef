"""A node gets a presence in DNS if its settings name one, and turns at sweeping by claim."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.assembly.test_wiring import settings_in

from skygarth.assembly.application import Application
from skygarth.assembly.dns_wiring import alive, sweeping_turn
from skygarth.assembly.wiring import open_node
from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.manual_clock import ManualClock
from skygarth.model.errors import Invalid, Unavailable
from skygarth.node.claims import Claims
from skygarth.node.dns_presence import DnsPresence
from skygarth.node.dns_settings import DnsSettings, DnsView
from skygarth.node.setting_kinds import Address

VIEW = DnsView(provider="rfc2136", server="127.0.0.1:5353", zone="example.org")


def test_names_of_all_pools_in_all_views_are_looked_after(tmp_path: Path) -> None:
    """Those of the node's pools are entered, those of others watched over."""
    inside = replace(VIEW, label="inside", addresses=("10.0.0.7",))
    outside = replace(VIEW, label="outside", addresses=("192.0.2.7",))
    dns = DnsSettings(
        name="all.example.org",
        names={"web": ("www.example.org",), "search": ("search.example.org",)},
        tables=(inside, outside),
    )
    assembled = open_node(replace(settings_in(tmp_path), dns=dns), Application())
    presence = assembled.node.companions.find(DnsPresence)
    assembled.close()

    assert presence is not None
    assert {(each.name, each.view, each.is_member) for each in presence.health} == {
        (name, view, name != "search.example.org")
        for name in ("all.example.org", "www.example.org", "search.example.org")
        for view in ("inside", "outside")
    }
    assert presence.linger_seconds == 31


def test_without_a_name_there_is_no_presence(tmp_path: Path) -> None:
    """Nor a thread for it."""
    assembled = open_node(settings_in(tmp_path), Application())
    assembled.close()

    assert assembled.node.companions.find(DnsPresence) is None


def test_a_node_that_visitors_could_not_reach_does_not_open(tmp_path: Path) -> None:
    """Where it listens says nothing, and nobody said more."""
    settings = settings_in(tmp_path)
    node = replace(settings.node, listen=Address("0.0.0.0", 8000))
    dns = DnsSettings(name="www.example.org", usual=VIEW)
    with pytest.raises(Invalid) as caught:
        open_node(replace(settings, node=node, dns=dns), Application())

    assert caught.value.code == "SG-DNS-010"


def test_a_node_is_alive_to_itself(tmp_path: Path) -> None:
    """Before any card was written."""
    assembled = open_node(settings_in(tmp_path), Application())

    assert alive(assembled.node) == {assembled.node.incarnation}
    assembled.close()


def test_one_node_at_a_time_removes_what_the_dead_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one when it is done; nobody while the bucket is away."""
    clock = ManualClock()
    bucket = MemoryBucket(clock.now_ms)
    numbers = iter(range(100))

    def claims_of(owner: str) -> Claims:
        return Claims(
            bucket,
            owner=lambda: owner * 32,
            monotonic=clock.monotonic,
            nonce=lambda: str(next(numbers)),
        )

    a, b = claims_of("a"), claims_of("b")
    with sweeping_turn(a) as is_ours, sweeping_turn(b) as is_theirs:
        assert (is_ours, is_theirs) == (True, False)
    with sweeping_turn(b) as is_theirs:
        assert is_theirs

    def away(_name: str, _seconds: float) -> None:
        raise Unavailable("the bucket is away")

    monkeypatch.setattr(a, "take", away)
    with sweeping_turn(a) as is_ours:
        assert not is_ours
