"""What doing jobs needs of a node: who is there, and that nothing decided was missed."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Protocol

from skygarth.formats import bucket_keys as keys
from skygarth.model.errors import Unavailable
from skygarth.model.position import Incarnation, Position
from skygarth.node.claims import Claims
from skygarth.node.job_deciding import Peer
from skygarth.node.membership import DEAD, Member, Membership
from skygarth.node.own_card import Tenure
from skygarth.node.running import RunningNode


class Office(Protocol):
    """A node, as its job desk sees it."""

    @property
    def incarnation(self) -> Incarnation:
        """The identity under which it owns jobs."""
        ...

    @property
    def pools(self) -> frozenset[str]:
        """What it is for."""
        ...

    @property
    def state(self) -> str:
        """In which state it is."""
        ...

    @property
    def claims(self) -> Claims:
        """Turns at chores."""
        ...

    @property
    def tenure(self) -> Tenure:
        """Through which time it has been sure of being taken for alive (JOB-5)."""
        ...

    @property
    def alive_until(self) -> float:
        """Until when nobody can take it for dead, by its monotonic clock."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def peers(self, *, afresh: bool) -> tuple[Peer, ...]:
        """The nodes as their cards tell, this one included. Raises Unavailable."""
        ...

    def working(self) -> AbstractContextManager[None]:
        """A block in which a job is done: a draining node waits for its end (JOB-8)."""
        ...

    def catch_up(self, with_: Collection[Incarnation], timeout: float) -> bool:
        """Have everything own in the bucket, and apply all that stands there of these logs.

        Whether that was done in time. Raises Unavailable.
        """
        ...

    def wait_durable(self, sequence: int, level: str, timeout: float) -> str:
        """Wait until a local change has reached a level; the level reached."""
        ...


class NodeOffice:
    """The office of a running node."""

    def __init__(self, node: RunningNode) -> None:
        self._node = node

    @property
    def incarnation(self) -> Incarnation:
        """The identity under which it owns jobs."""
        return self._node.incarnation

    @property
    def pools(self) -> frozenset[str]:
        """What it is for."""
        return frozenset(self._node.traits.pools)

    @property
    def state(self) -> str:
        """In which state it is."""
        return self._node.state

    @property
    def claims(self) -> Claims:
        """Turns at chores."""
        return self._node.claims

    @property
    def tenure(self) -> Tenure:
        """Through which time it has been sure of being taken for alive."""
        return self._node.card.tenure

    @property
    def alive_until(self) -> float:
        """Until when nobody can take it for dead."""
        return self._node.card.alive_until

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._node.clock.monotonic()

    def peers(self, *, afresh: bool) -> tuple[Peer, ...]:
        """The nodes as their cards tell."""
        return peers_of(self._node.membership, afresh=afresh)

    def working(self) -> AbstractContextManager[None]:
        """A block in which a job is done."""
        return self._node.traffic.working()

    def catch_up(self, with_: Collection[Incarnation], timeout: float) -> bool:
        """Publish what is left, look how far these logs reach, and apply all of it."""
        node = self._node
        count, last = node.database.replica().unpublished()
        if count and node.wait_durable(last, "bucket", timeout) != "bucket":
            return False
        wanted = set(with_) - node.database.replica().quarantined().keys() - {node.incarnation}
        reached: dict[Incarnation, int] = {}
        for entry in node.bucket.list(keys.TAIL_PREFIX):
            position = keys.parse_segment_key(entry.key)
            if position is not None and position.incarnation in wanted:
                known = reached.get(position.incarnation, 0)
                reached[position.incarnation] = max(known, position.sequence)
        for incarnation, sequence in reached.items():
            if sequence > node.vector.get(incarnation, 0):
                node.heard_of(Position(incarnation, sequence))
        return node.wait_for_vector(reached, timeout)

    def wait_durable(self, sequence: int, level: str, timeout: float) -> str:
        """Wait until a local change has reached a level."""
        return self._node.wait_durable(sequence, level, timeout)


def peers_of(membership: Membership, *, afresh: bool) -> tuple[Peer, ...]:
    """The nodes as their cards tell.

    Raises:
        Unavailable: they were to be read afresh, and could not (SG-JOB-004): by old cards
            nobody's jobs are taken.
    """
    reads = membership.reads
    members = membership.members(afresh=afresh)
    if afresh and membership.reads == reads:
        raise Unavailable(
            "cards cannot be read, so nobody knows who is there",
            code="SG-JOB-004",
            hint="the bucket does not answer; it is tried again",
        )
    return tuple(map(peer_of, members))


def peer_of(member: Member) -> Peer:
    """A node as far as jobs are concerned: one that cannot be trusted is given none."""
    return Peer(
        member.card.incarnation,
        frozenset(member.card.pools),
        is_ready=member.state == "ready" and member.trusted,
        is_dead=member.state in DEAD,
    )
