"""Whether all nodes hold the same content.

Two nodes are compared only where they have applied the same positions and have
nothing left to publish: there equal digests are what convergence promises, and
different ones are a fault. Who has written but could not be asked is named, so
that nobody takes "equal" for more than it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from enum import Enum
from hashlib import sha256

from skygarth.cli.answers import NodeAnswer, Page
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NodeAddress
from skygarth.cli.waiting import MACHINE, wait_for
from skygarth.clock.port import Clock
from skygarth.model.errors import SkygarthError

Connect = Callable[[NodeAddress], NodeClient]


class Verdict(Enum):
    """What the comparison found."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Seen:
    """One node as it answered, or why it did not.

    Attributes:
        name: its name.
        answer: what it said about itself.
        fault: why it could not be asked.
    """

    name: str
    answer: NodeAnswer | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Unasked:
    """A log that somebody has read, whose author was not asked.

    Attributes:
        name: the author's name, or the beginning of its incarnation where no card tells it.
        why: why it was not asked.
    """

    incarnation: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Look:
    """What one round of questions brought."""

    seen: tuple[Seen, ...]
    unasked: tuple[Unasked, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison.

    Attributes:
        position: sequences applied, all together, and a short mark of the vector.
    """

    name: str
    position: str | None
    objects: int | None
    digest: str | None
    remark: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All nodes side by side."""

    verdict: Verdict
    rows: tuple[Row, ...]
    seen: tuple[Seen, ...]
    unasked: tuple[Unasked, ...] = ()

    def raw(self) -> dict[str, object]:
        """The same as JSON values."""
        return {
            "verdict": self.verdict.value,
            "nodes": [
                {
                    "name": each.name,
                    "vector": each.answer.vector if each.answer else None,
                    "objects": each.answer.objects if each.answer else None,
                    "digest": each.answer.digest if each.answer else None,
                    "fault": each.fault or None,
                }
                for each in self.seen
            ],
            "unasked": [asdict(each) for each in self.unasked],
        }


def compare_nodes(
    at: NodeAddress,
    *,
    timeout: float,
    connect: Connect = NodeClient,
    clock: Clock = MACHINE,
) -> Comparison:
    """Ask every node that one of them knows of about its content.

    Args:
        at: the node that names the others.
        timeout: seconds to wait for equal positions.
        connect: opens a connection to a node.
        clock: whose time passes.

    Raises:
        SkygarthError: the first node does not answer.
    """
    look, _ = wait_for(lambda: _look(at, connect), _comparable, timeout=timeout, clock=clock)
    return compared(look.seen, look.unasked)


def compared(seen: tuple[Seen, ...], unasked: tuple[Unasked, ...] = ()) -> Comparison:
    """What the answers of all nodes mean."""
    digests: dict[str, set[str | None]] = {}
    for each in seen:
        if each.answer and _settled(each.answer):
            digests.setdefault(_mark(each.answer.vector), set()).add(each.answer.digest)
    rows = tuple(_row(each, seen) for each in seen)
    return Comparison(_verdict(digests, seen), rows, seen, unasked)


def _verdict(digests: dict[str, set[str | None]], seen: tuple[Seen, ...]) -> Verdict:
    """Different beats undecided: a fault is one even while a third node is away."""
    found = list(digests.values())
    if any(len(at_one_position) > 1 for at_one_position in found):
        return Verdict.DIFFERENT
    all_counted = all(each.answer and _settled(each.answer) for each in seen)
    is_equal = len(found) == 1 and None not in found[0] and all_counted
    return Verdict.EQUAL if is_equal else Verdict.UNDECIDED


def _look(at: NodeAddress, connect: Connect) -> Look:
    with connect(at) as client:
        known = client.get("nodes", Page[NodeAnswer]).value.items
        own = client.get("node", NodeAnswer).value
    others = [node for node in known if node.incarnation != own.incarnation and _counts(node)]
    asked = [_ask(node, at, connect) for node in others]
    seen = tuple(sorted([Seen(own.name, own), *asked], key=lambda each: each.name))
    return Look(seen, _unasked(seen, known, {own.incarnation, *(n.incarnation for n in others)}))


def _unasked(
    seen: tuple[Seen, ...], known: Iterable[NodeAnswer], asked: set[str]
) -> tuple[Unasked, ...]:
    """Who has written what these nodes have applied, and was not asked for its own content."""
    cards = {node.incarnation: node for node in known}
    logs = {log for each in seen if each.answer for log, n in each.answer.vector.items() if n}
    found = []
    for log in sorted(logs - asked):
        card = cards.get(log)
        why = f"it is {card.state}" if card else "it has no card: it is gone, or has just begun"
        found.append(Unasked(log, card.name if card else log[:8], why))
    return tuple(found)


def _counts(node: NodeAnswer) -> bool:
    """Whether a node should hold what the others hold: those that went do not."""
    return node.state not in {"left", "evicted", "silent"}


def _ask(node: NodeAnswer, at: NodeAddress, connect: Connect) -> Seen:
    if not node.address:
        return Seen(node.name, None, "it told no address")
    address = node.address if "//" in node.address else f"http://{node.address}"
    try:
        there = replace(at, node=address)
        with connect(there) as client:
            return Seen(node.name, client.get("node", NodeAnswer).value)
    except SkygarthError as error:
        return Seen(node.name, None, error.message)


def _comparable(look: Look) -> bool:
    marks = {
        _mark(each.answer.vector) if each.answer and _settled(each.answer) else ""
        for each in look.seen
    }
    return len(marks) == 1 and "" not in marks


def _settled(node: NodeAnswer) -> bool:
    """Whether its content is that of its vector, and nothing newer."""
    return not node.backlog


def _mark(vector: dict[str, int]) -> str:
    """A short name of a vector; logs without anything in them do not count."""
    text = "\n".join(f"{who} {through}" for who, through in sorted(vector.items()) if through)
    return sha256(text.encode()).hexdigest()[:8]


def _row(each: Seen, seen: tuple[Seen, ...]) -> Row:
    if each.answer is None:
        return Row(each.name, None, None, None, each.fault)
    mark = _mark(each.answer.vector)
    position = f"{sum(each.answer.vector.values())} ({mark})"
    return Row(each.name, position, each.answer.objects, each.answer.digest, _remark(each, seen))


def _remark(each: Seen, seen: tuple[Seen, ...]) -> str:
    """Whom a node agrees with, and whom not."""
    assert each.answer is not None
    if not _settled(each.answer):
        return f"{each.answer.backlog} changes unpublished"
    mark = _mark(each.answer.vector)
    others = [other for other in seen if other.answer and other is not each]
    same = [o for o in others if o.answer and _settled(o.answer) and _mark(o.answer.vector) == mark]
    unlike = [o.name for o in same if o.answer and o.answer.digest != each.answer.digest]
    if unlike:
        return "different from " + ", ".join(unlike)
    return "at another position" if others and not same else ""
