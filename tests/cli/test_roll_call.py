"""Every node of a cloud is asked about itself, and whoever could not be asked is named."""

from __future__ import annotations

import json
from collections.abc import Mapping

from skygarth.cli.exchange import Params, Reply
from skygarth.cli.faults import NO_NODE_ANSWERS
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NodeAddress
from skygarth.cli.roll_call import RollCall, call_roll
from skygarth.model.errors import Unavailable


class Cloud:
    """Cards as the bucket has them, and who really answers at which address.

    Attributes:
        cards: state by name; the incarnation of "b" is "1b", its address "b.example".
        hosts: (name, incarnation) of who answers, by address.
        vector: what everybody has applied.
        age: seconds since cards were read.
        silent_seconds: the age of cards that are silent.
        former: what cards tell of the identities that their databases went by before.
    """

    def __init__(
        self,
        cards: Mapping[str, str],
        *,
        hosts: Mapping[str, tuple[str, str]] | None = None,
        vector: Mapping[str, int] | None = None,
        age: float | None = 0.0,
        silent_seconds: float = 0.0,
        former: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.cards = cards
        self.hosts = hosts if hosts is not None else {name: (name, f"1{name}") for name in cards}
        self.vector = vector or {"1a": 3}
        self.age = age
        self.silent_seconds = silent_seconds
        self.former = former or {}
        self.asked: list[str] = []

    def call(self, *gone: str) -> RollCall:
        """Ask everybody, beginning with a."""
        return call_roll(NodeAddress(node="http://a.example"), self.connect, gone)

    def connect(self, address: NodeAddress) -> NodeClient:
        """A connection to whatever answers at an address."""
        return NodeClient(address, exchange=Host(self, address.node))


class Host:
    """Whoever answers at one address."""

    def __init__(self, cloud: Cloud, url: str) -> None:
        self.cloud = cloud
        self.place = url.removeprefix("http://").partition(".")[0]

    def send(
        self, method: str, path: str, *, params: Params, body: object, headers: Mapping[str, str]
    ) -> Reply:
        """Answer the two questions of a roll call."""
        self.cloud.asked.append(f"{self.place} {path} {dict(params)}")
        if self.place not in self.cloud.hosts:
            raise Unavailable("no node answers", code=NO_NODE_ANSWERS)
        found = self._nodes() if path.endswith("/nodes") else self._itself()
        return Reply(200, {}, json.dumps(found).encode())

    def close(self) -> None:
        """There is nothing to close."""

    def _nodes(self) -> dict[str, object]:
        items = [
            {
                "name": n,
                "incarnation": f"1{n}",
                "state": state,
                "address": f"{n}.example",
                "card_age_seconds": self.cloud.silent_seconds if state == "silent" else 0.0,
                "former": dict(self.cloud.former.get(n, {})),
            }
            for n, state in self.cloud.cards.items()
        ]
        return {"items": items, "next": None, "cards_age_seconds": self.cloud.age}

    def _itself(self) -> dict[str, object]:
        name, incarnation = self.cloud.hosts[self.place]
        vector = dict(self.cloud.vector)
        return {"name": name, "incarnation": incarnation, "state": "ready", "vector": vector}


def _seen(roll: RollCall) -> list[tuple[str, str]]:
    return [(each.name, each.fault) for each in roll.seen]


def test_the_node_that_names_the_others_reads_their_cards_for_this() -> None:
    """One that has just started is not missed because cards were read a moment before."""
    cloud = Cloud({"a": "ready", "b": "starting"})

    assert _seen(cloud.call()) == [("a", ""), ("b", "")]
    assert cloud.asked[0] == "a /api/v1/nodes {'fresh': 'true'}"


def test_a_writer_without_a_card_could_not_be_asked() -> None:
    """What somebody has applied was written by a node that may be there."""
    found = Cloud({"a": "ready"}, vector={"1a": 3, "1new": 1, "1empty": 0}).call()

    assert [each.incarnation for each in found.seen if each.answer is None] == ["1new"]
    assert found.departed == ()


def test_nobody_goes_by_a_former_identity() -> None:
    """A bucket was emptied and refilled: the cards of old identities are gone (MBR-11)."""
    former = {"a": {"0a": "a", "00a": "old a"}, "b": {"0b": ""}}
    vector = {"1a": 3, "0a": 2, "00a": 9, "0b": 1}
    found = Cloud({"a": "ready", "b": "ready"}, vector=vector, former=former).call()

    assert _seen(found) == [("a", ""), ("b", "")]
    assert sorted((each.name, each.incarnation, each.why) for each in found.departed) == [
        ("a", "0a", "now goes by 1a"),
        ("b", "0b", "now goes by 1b"),
        ("old a", "00a", "now goes by 1a"),
    ]


def test_a_clone_does_not_make_the_living_original_gone() -> None:
    """Its database wrote under the original's identity too; the original's own card counts."""
    former = {"clone": {"1b": "b"}}
    cards, vector = {"a": "ready", "b": "silent", "clone": "ready"}, {"1a": 3, "1b": 2}
    hosts = {"a": ("a", "1a"), "clone": ("clone", "1clone")}
    found = Cloud(cards, hosts=hosts, vector=vector, former=former).call()

    assert ("b", "no node answers") in _seen(found)
    assert found.departed == ()


def test_an_untrusted_card_makes_nobody_gone() -> None:
    """Whoever can write into the bucket could else hide a node that differs (MBR-11)."""
    cloud = Cloud(
        {"a": "ready", "x": "untrusted"}, vector={"1a": 3, "0b": 2}, former={"x": {"0b": "b"}}
    )

    assert [each.incarnation for each in cloud.call().seen if each.answer is None] == ["0b", "1x"]


def test_who_said_goodbye_is_not_asked() -> None:
    """A node that left holds what it held then; it is named, and nobody waits for it."""
    cloud = Cloud({"a": "ready", "b": "left", "c": "evicted"}, vector={"1a": 3, "1b": 1})
    found = cloud.call()

    assert _seen(found) == [("a", "")]
    assert [(each.name, each.why) for each in found.departed] == [("b", "left"), ("c", "evicted")]
    assert not [asked for asked in cloud.asked if not asked.startswith("a ")]


def test_a_silent_node_that_answers_is_there() -> None:
    """Its card grew old since it cannot reach the bucket: just then it may differ."""
    found = Cloud({"a": "ready", "b": "silent"}).call()

    assert _seen(found) == [("a", ""), ("b", "")]


def test_a_node_that_was_silent_for_long_and_does_not_answer_is_there_no_more() -> None:
    """Before a quarter of an hour it may be cut off, and write meanwhile."""
    cards, hosts = {"a": "ready", "b": "silent"}, {"a": ("a", "1a")}
    soon = Cloud(cards, hosts=hosts, silent_seconds=60).call()
    late = Cloud(cards, hosts=hosts, silent_seconds=1_200).call()

    assert _seen(soon) == [("a", ""), ("b", "no node answers")]
    assert _seen(late) == [("a", "")]
    assert [each.why for each in late.departed] == ["silent for 20 minutes; no node answers"]


def test_an_untrusted_card_gets_no_token() -> None:
    """Whoever can write into the bucket could have every token sent to himself."""
    cloud = Cloud({"a": "ready", "b": "untrusted"})
    found = cloud.call()

    assert _seen(found) == [("a", ""), ("b", "its card lacks the cloud's signature")]
    assert not [asked for asked in cloud.asked if asked.startswith("b")]


def test_a_node_that_goes_by_a_new_incarnation_is_counted_once() -> None:
    """It lost its disk; its old card says ready until it is old."""
    found = Cloud({"a": "ready", "b": "ready"}, hosts={"a": ("a", "1a"), "b": ("b", "2b")}).call()

    assert [(each.name, each.why) for each in found.departed] == [("b", "now goes by 2b")]


def test_an_address_that_leads_to_another_node_is_said() -> None:
    """Two machines that both tell 127.0.0.1 would else be called equal to themselves."""
    found = Cloud({"a": "ready", "b": "ready"}, hosts={"a": ("a", "1a"), "b": ("a", "1a")}).call()

    assert _seen(found) == [("a", ""), ("b", "at its address answers another node, a")]


def test_a_person_may_know_that_a_node_is_gone() -> None:
    """By name or incarnation; one that answers is there all the same."""
    cloud = Cloud({"a": "ready", "b": "ready"}, hosts={"a": ("a", "1a")}, vector={"1x": 1})
    found = cloud.call("a", "b", "1x")

    assert _seen(found) == [("a", "")]
    assert {each.incarnation for each in found.departed} == {"1b", "1x"}


def test_old_cards_do_not_say_who_is_there() -> None:
    """Without the bucket nobody can tell who has come since."""
    assert Cloud({"a": "ready"}).call().fault == ""
    assert "read them 60 s ago" in Cloud({"a": "ready"}, age=60.0).call().fault
    assert "has not read any" in Cloud({"a": "ready"}, age=None).call().fault
