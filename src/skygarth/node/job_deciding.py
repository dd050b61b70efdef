"""Who does which job: the decision alone, without clock, bucket or database.

::

    how things stand  ──►  decide  ──►  what to do next

Every job names its owner, chosen when the job was written, by whoever wrote it. So
two nodes disagree about the owner only while one of them has not heard the news,
and no request is made for a job that its owner does. Owners change in two ways: an
owner that drains hands its jobs over, which nobody can doubt; and the jobs of the
dead are given away by one node at a time, under the pool's claim
(docs/protocol/jobs.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from skygarth.model.position import Incarnation

FOREVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Peer:
    """A node as its card tells.

    Attributes:
        is_ready: it may be given jobs.
        is_dead: it left, or has been silent for too long (MBR-2).
    """

    incarnation: Incarnation
    pools: frozenset[str]
    is_ready: bool
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """What has to be known of a job to decide about it.

    Attributes:
        guid: its own.
        subject: GUID of the object that changed: jobs of one object go to one node.
        due_at: not to be tried before, by this node's monotonic clock.
    """

    guid: bytes
    pool: str
    subject: bytes
    owner: str
    due_at: float = FOREVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """How things stand for one node at one moment; moments are seconds of its monotonic clock.

    Attributes:
        pools: those that this node is in.
        is_ready: it may do jobs; `is_leaving`: it hands over those it has.
        is_sure: nobody can take it for dead yet (JOB-5).
        office: the pools in which it has settled who owns what since it was last unsure (JOB-6).
        peers: the nodes as of the cards read at `cards_at`, this one included.
        mine: jobs that name it, the oldest first; `running`: those at hand.
        orphans: jobs whose owner may be dead or unknown.
        orphans_since: since when there have been such jobs; None if there are none.
        others_since: since when jobs of others have waited without a break; None if none does.
        is_asked: jobs were written here since the cards were read; `is_in_vain`: for some of
            them the cards knew no node.
        room: how many more jobs may run.
    """

    me: Incarnation
    pools: frozenset[str]
    now: float
    is_ready: bool
    is_leaving: bool
    is_sure: bool
    office: frozenset[str]
    peers: tuple[Peer, ...]
    cards_at: float
    mine: tuple[Job, ...] = ()
    running: frozenset[bytes] = frozenset()
    orphans: tuple[Job, ...] = ()
    orphans_since: float | None = None
    others_since: float | None = None
    is_asked: bool = False
    is_in_vain: bool = False
    room: int = 1


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before looking, in seconds.

    Attributes:
        job: a job that another owns is not looked after before.
        view: jobs are given out by cards that are no older, while there are any to give.
    """

    job: float
    view: float


@dataclass(frozen=True, slots=True)
class ReadCards:
    """See who is there."""


@dataclass(frozen=True, slots=True)
class Run:
    """Do a job."""

    job: bytes


@dataclass(frozen=True, slots=True)
class Enter:
    """Take the pool's claim and learn all that was decided, before doing jobs of this pool."""

    pool: str


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take the pool's claim and give the jobs of the dead to the living."""

    pool: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """Give own jobs to others; no claim is needed, since nobody else may do that."""

    owners: Mapping[bytes, Incarnation]


Instruction: TypeAlias = ReadCards | Run | Enter | Adopt | HandOver


def decide(situation: Situation, patience: Patience) -> tuple[Instruction, ...]:
    """What a node does next about jobs, most urgent first."""
    if situation.is_leaving:
        return _hand_over(situation)
    if not situation.is_ready:
        return ()
    return (*_own(situation), *_of_others(situation, patience))


def owner_of(key: bytes, nodes: Iterable[Incarnation]) -> Incarnation | None:
    """The node with the highest hash of itself and the key; None of no nodes.

    Whoever knows the same nodes finds the same one, and when a node goes only its own
    keys move (rendezvous hashing).
    """
    return max(nodes, key=lambda node: (_weight(key, node), node), default=None)


def able_nodes(peers: Iterable[Peer], pool: str) -> list[Incarnation]:
    """Who may be given jobs of a pool."""
    return [peer.incarnation for peer in peers if peer.is_ready and pool in peer.pools]


def is_orphan(job: Job, peers: Iterable[Peer]) -> bool:
    """Whether nobody will do this job, as far as cards tell (JOB-7)."""
    owner = next((peer for peer in peers if peer.incarnation == job.owner), None)
    return owner is None or owner.is_dead or job.pool not in owner.pools


def new_owners(
    jobs: Iterable[Job], peers: Iterable[Peer], *, without: str = ""
) -> dict[bytes, Incarnation]:
    """Who shall do which job; those for which there is nobody are left out."""
    known = list(peers)
    found: dict[bytes, Incarnation] = {}
    for job in jobs:
        able = [node for node in able_nodes(known, job.pool) if node != without]
        owner = owner_of(job.subject, able)
        if owner is not None:
            found[job.guid] = owner
    return found


def _hand_over(situation: Situation) -> tuple[Instruction, ...]:
    waiting = [job for job in situation.mine if job.guid not in situation.running]
    owners = new_owners(waiting, situation.peers, without=situation.me)
    return (HandOver(owners),) if owners else ()


def _own(situation: Situation) -> Iterable[Instruction]:
    """Do what names this node, as long as that cannot have changed unnoticed (JOB-5, JOB-6)."""
    if not situation.is_sure:
        return
    room = situation.room
    entering: set[str] = set()
    for job in situation.mine:
        assert job.owner == situation.me
        if job.pool not in situation.pools or job.guid in situation.running:
            continue
        if situation.now < job.due_at:
            continue
        if job.pool not in situation.office:
            if job.pool not in entering:
                entering.add(job.pool)
                yield Enter(job.pool)
        elif room > 0:
            room -= 1
            yield Run(job.guid)


def _of_others(situation: Situation, patience: Patience) -> Iterable[Instruction]:
    """Look after jobs that nobody does; cards are read only where one seems forgotten."""
    orphans = [job for job in situation.orphans if job.pool in situation.pools]
    now, age = situation.now, situation.now - situation.cards_at
    may_be_neglected = bool(orphans) or _is_longer(situation.others_since, now, patience.job)
    if may_be_neglected and age > patience.job:
        yield ReadCards()
        return
    if situation.is_asked and age > (patience.job if situation.is_in_vain else patience.view):
        yield ReadCards()
    for pool in dict.fromkeys(job.pool for job in orphans if is_orphan(job, situation.peers)):
        # One of them does it, so that a claim is not asked for by all; if it does not, anybody.
        steward = owner_of(pool.encode(), able_nodes(situation.peers, pool))
        is_late = _is_longer(situation.orphans_since, now, patience.job)
        if steward == situation.me or (steward is not None and is_late):
            yield Adopt(pool)


def _is_longer(since: float | None, now: float, seconds: float) -> bool:
    return since is not None and now - since > seconds


def _weight(key: bytes, node: Incarnation) -> bytes:
    return hashlib.blake2b(node.encode() + b"\0" + key, digest_size=16).digest()
