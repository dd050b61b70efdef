"""Whether all nodes hold the same content.

Two nodes are compared only where they have applied the same positions and have
nothing left to publish: there equal digests are what convergence promises, and
different ones are a fault. "Equal" is said of all nodes that may be there, or not
at all: whoever could not be asked may hold anything.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from enum import Enum
from hashlib import sha256

from skygarth.cli.answers import NodeAnswer
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NodeAddress
from skygarth.cli.roll_call import Connect, Departed, RollCall, Seen, call_roll
from skygarth.cli.waiting import MACHINE, wait_for
from skygarth.clock.port import Clock


class Verdict(Enum):
    """What the comparison found."""

    EQUAL = "equal"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


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
    """All nodes side by side.

    Attributes:
        departed: incarnations that no node goes by any more.
        fault: why there may be more nodes than these; empty if there are not.
    """

    verdict: Verdict
    rows: tuple[Row, ...]
    seen: tuple[Seen, ...]
    departed: tuple[Departed, ...] = ()
    fault: str = ""

    @property
    def asked(self) -> list[str]:
        """The names of the nodes that answered."""
        return [each.name for each in self.seen if each.answer is not None]

    @property
    def sentences(self) -> list[str]:
        """Who was compared and who was not, for a person to read."""
        silent = [f"{each.name} ({_whose(each)})" for each in self.seen if each.answer is None]
        gone = [f"{each.name} ({each.incarnation}: {each.why})" for each in self.departed]
        told = {
            "compared": ", ".join(self.asked),
            "could not be asked": "; ".join(silent),
            "not asked": "; ".join(gone),
            "there may be others": self.fault,
        }
        return [f"{what}: {whom}" for what, whom in told.items() if whom]

    def raw(self) -> dict[str, object]:
        """The same as JSON values."""
        return {
            "verdict": self.verdict.value,
            "nodes": [
                {
                    "name": each.name,
                    "incarnation": each.incarnation,
                    "vector": each.answer.vector if each.answer else None,
                    "objects": each.answer.objects if each.answer else None,
                    "digest": each.answer.digest if each.answer else None,
                    "fault": each.fault or None,
                }
                for each in self.seen
            ],
            "departed": [asdict(each) for each in self.departed],
            "fault": self.fault or None,
        }


def compare_nodes(
    at: NodeAddress,
    *,
    timeout: float,
    gone: Collection[str] = (),
    connect: Connect = NodeClient,
    clock: Clock = MACHINE,
) -> Comparison:
    """Ask every node of a cloud about its content.

    Args:
        at: the node that names the others.
        timeout: seconds to wait for everybody to answer, at equal positions.
        gone: names or incarnations of nodes that are no more; nobody waits for them.
        connect: opens a connection to a node.
        clock: whose time passes.

    Raises:
        SkygarthError: the first node does not answer.
    """
    roll, _ = wait_for(
        lambda: call_roll(at, connect, gone), _is_comparable, timeout=timeout, clock=clock
    )
    return compared(roll)


def compared(roll: RollCall) -> Comparison:
    """What the answers of all nodes mean."""
    rows = tuple(_row(each, roll.seen) for each in roll.seen)
    return Comparison(_verdict(roll), rows, roll.seen, roll.departed, roll.fault)


def _verdict(roll: RollCall) -> Verdict:
    """Different beats unknown: a fault is one even while a third node is away."""
    digests: dict[str, set[str | None]] = {}
    for each in roll.seen:
        if each.answer and _settled(each.answer):
            digests.setdefault(_mark(each.answer.vector), set()).add(each.answer.digest)
    found = list(digests.values())
    if any(len(at_one_position) > 1 for at_one_position in found):
        return Verdict.DIFFERENT
    is_equal = _is_comparable(roll) and None not in found[0]
    return Verdict.EQUAL if is_equal else Verdict.UNKNOWN


def _is_comparable(roll: RollCall) -> bool:
    """Whether everybody was asked, and all stand at one position with nothing unpublished."""
    marks = {
        _mark(each.answer.vector) if each.answer and _settled(each.answer) else ""
        for each in roll.seen
    }
    return len(marks) == 1 and "" not in marks and not roll.fault


def _whose(each: Seen) -> str:
    return f"{each.incarnation}: {each.fault}" if each.incarnation else each.fault


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
