"""What an operator has to know when replication cannot go on as it should, and the way out.

There are two kinds. A *halt* stops replication: going on could do harm. A
*trouble* leaves it running, and something stays behind until somebody acts.
Both are words only; the machine decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from skygarth.model.position import Position
from skygarth.replication.instructions import Halt


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that does not mend itself, while replication goes on."""

    code: str
    reason: str
    hint: str


def another_repository(mine: str, found: str) -> Halt:
    """The bucket holds somebody else's repository (REP-24)."""
    return Halt(
        "SG-REPOSITORY-001",
        f"this database belongs to repository {mine}, and the bucket holds {found}",
        "point the node at its own bucket; the node looks again by itself",
    )


def no_repository(mine: str) -> Halt:
    """The bucket was emptied, exchanged, or is not mounted (REP-24)."""
    return Halt(
        "SG-REPOSITORY-002",
        f"this database belongs to repository {mine}, and the bucket holds none:"
        " it was emptied, or it is another one",
        "keep this data folder, it holds the content. Bring the right bucket back and the node"
        " goes on by itself; or, if it was emptied, run `skygarth sync refill` on the node that"
        " holds most",
    )


def holds_more(position: Position) -> Halt:
    """The own log is gone, and what it said stands nowhere in the bucket (REP-26)."""
    return Halt(
        "SG-REPOSITORY-004",
        f"the bucket has lost what this node published, and no snapshot holds it."
        f" through='{position}'",
        "keep this data folder; `skygarth sync refill` on this node puts its content back",
    )


def only_in_a_snapshot(position: Position) -> Trouble:
    """A node that is behind cannot read what only a snapshot holds (REP-36)."""
    return Trouble(
        "SG-REPOSITORY-005",
        f"this node cannot catch up: a segment is gone, and only a snapshot holds what it said."
        f" segment='{position}'",
        "what it writes still reaches the others; once nothing is unpublished, stop it and"
        " start it with an empty data folder: it fills itself from the snapshot",
    )


def nowhere(position: Position) -> Trouble:
    """A segment that others have read is not there (REP-36)."""
    return Trouble(
        "SG-REPOSITORY-006",
        f"a segment that others name is not in the bucket. segment='{position}'",
        "put it back from a version or a copy of the bucket; or run `skygarth sync snapshot` on"
        " a node that has read it, and start this one with an empty data folder",
    )


def held_here_alone(position: Position) -> Trouble:
    """The bucket has lost what this node has read of another's log (REP-26)."""
    return Trouble(
        "SG-REPOSITORY-007",
        f"the bucket has lost a segment that this node has read, and no snapshot holds it."
        f" segment='{position}'",
        "run `skygarth sync snapshot` on this node, so that new nodes find its content",
    )
