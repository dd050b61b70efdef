"""Asking every node of a cloud about itself, and noticing whom one could not ask.

Cards say who is there. They may be missing (a node that has just started), out of
date (one that lost its disk and goes by a new incarnation) or wrong (an address
that leads to somebody else). What nodes have applied tells of more: an incarnation
in anyone's vector has written something, so a node goes or went by it. Cards tell
whom their databases went by before: nobody goes by such a one any more, unless it
has a card of its own, for a copied database names the living original too (MBR-11).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from skygarth.cli.answers import NodeAnswer, NodesAnswer
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NodeAddress
from skygarth.model.errors import SkygarthError
from skygarth.node.membership import GONE

CARDS_AGE_SECONDS_MAX = 5.0
"""Cards read longer ago than this do not say who is there now."""

NO_CARD = "it has no card, so nobody knows where it is; if no node goes by it any more: --gone"

Connect = Callable[[NodeAddress], NodeClient]
SILENT_SECONDS_MIN = 900.0
"""A silent node may be cut off; after a quarter of an hour without an answer either it is gone."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One node as it answered, or why it did not.

    Attributes:
        name: its name; a part of the incarnation for one that nobody can name.
        answer: what it said about itself.
        fault: why it could not be asked.
        incarnation: that it goes by, as far as others know.
    """

    name: str
    answer: NodeAnswer | None
    fault: str = ""
    incarnation: str = ""


@dataclass(frozen=True, slots=True)
class Departed:
    """An incarnation that no node goes by any more, so that nobody needs to be asked.

    Attributes:
        why: such as ``left``.
    """

    name: str
    incarnation: str
    why: str


@dataclass(frozen=True, slots=True)
class RollCall:
    """Every node that may be there, by name, and those that no longer are.

    Attributes:
        fault: why there may be nodes that this does not name; empty if there are none.
    """

    seen: tuple[Seen, ...]
    departed: tuple[Departed, ...] = ()
    fault: str = ""


def call_roll(
    at: NodeAddress, connect: Connect = NodeClient, gone: Collection[str] = ()
) -> RollCall:
    """Ask every node of the cloud about itself.

    Args:
        at: the node that names the others; it reads their cards for this.
        connect: opens a connection to a node.
        gone: names or incarnations that somebody says no node goes by any more.

    Raises:
        SkygarthError: that node does not answer.
    """
    with connect(at) as client:
        listed = client.get("nodes", NodesAnswer, params={"fresh": "true"}).value
        own = client.get("node", NodeAnswer).value
    others = [
        _asked(node, at, connect) for node in listed.items if node.incarnation != own.incarnation
    ]
    found = [Seen(own.name, own, incarnation=own.incarnation), *others]
    former = _former([node for node in listed.items if node.state != "untrusted"])
    found = [_departed(each, gone) for each in (*found, *_strangers(found, former))]
    seen = (each for each in found if isinstance(each, Seen))
    return RollCall(
        tuple(sorted(seen, key=lambda each: (each.name, each.incarnation))),
        tuple(each for each in found if isinstance(each, Departed)),
        _age_fault(own, listed.cards_age_seconds),
    )


def _asked(node: NodeAnswer, at: NodeAddress, connect: Connect) -> Seen | Departed:
    """What a listed node says; nobody is asked for one that said goodbye."""
    if node.state in GONE:
        return Departed(node.name, node.incarnation, node.state)
    if node.state == "untrusted":  # whoever wrote that card must not get our token
        return Seen(node.name, None, "its card lacks the cloud's signature", node.incarnation)
    answer, fault = _ask(node, at, connect)
    if answer is not None and answer.incarnation != node.incarnation:
        if answer.name == node.name:
            return Departed(node.name, node.incarnation, f"now goes by {answer.incarnation}")
        fault = f"at its address answers another node, {answer.name}"
        answer = None
    age = node.card_age_seconds or 0.0
    if answer is None and node.state == "silent" and age >= SILENT_SECONDS_MIN:
        return Departed(node.name, node.incarnation, f"silent for {age / 60:.0f} minutes; {fault}")
    return Seen(node.name, answer, fault, node.incarnation)


def _ask(node: NodeAnswer, at: NodeAddress, connect: Connect) -> tuple[NodeAnswer | None, str]:
    if not node.address:
        return None, "it told no address"
    address = node.address if "//" in node.address else f"http://{node.address}"
    try:
        with connect(replace(at, node=address)) as client:
            return client.get("node", NodeAnswer).value, ""
    except SkygarthError as error:
        return None, error.message


def _departed(each: Seen | Departed, gone: Collection[str]) -> Seen | Departed:
    """Whoever did not answer is there no more if somebody says so."""
    is_gone = (
        isinstance(each, Seen) and each.answer is None and {each.name, each.incarnation} & {*gone}
    )
    return Departed(each.name, each.incarnation, "gone, as you say") if is_gone else each


def _former(nodes: Iterable[NodeAnswer]) -> dict[str, Departed]:
    """The identities that cards call their databases' former ones."""
    return {
        incarnation: Departed(name or node.name, incarnation, f"now goes by {node.incarnation}")
        for node in sorted(nodes, key=lambda node: node.incarnation)
        for incarnation, name in node.former.items()
    }


def _strangers(
    found: Iterable[Seen | Departed], former: Mapping[str, Departed]
) -> list[Seen | Departed]:
    """Those that somebody has applied something of, and that have no card."""
    found = list(found)
    known = {each.incarnation for each in found}
    writers = {
        incarnation
        for each in found
        if isinstance(each, Seen) and each.answer is not None
        for incarnation, through in each.answer.vector.items()
        if through
    }
    return [
        former.get(incarnation) or Seen(incarnation[:8], None, NO_CARD, incarnation)
        for incarnation in sorted(writers - known)
    ]


def _age_fault(own: NodeAnswer, age: float | None) -> str:
    if age is not None and age <= CARDS_AGE_SECONDS_MAX:
        return ""
    since = "has not read any" if age is None else f"read them {age:.0f} s ago"
    return f"node {own.name} cannot read the cards of the others now; it {since}"
