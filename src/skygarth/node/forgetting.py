"""Removes what the bucket tells of a node that will not come back.

A node that was killed cannot say goodbye: its card stays, and says silent for
ever. Somebody who knows that it is gone removes it. Its log stays, for that is
content. Should it live after all, it writes its card anew, and is there again.
"""

from __future__ import annotations

from dataclasses import dataclass

from skygarth.model.errors import Conflict, NotFound, Unavailable
from skygarth.model.position import Incarnation
from skygarth.node.claims import Claims
from skygarth.node.membership import DEAD, Member, Membership

NO_SUCH_NODE = "SG-NODE-404"
ALIVE = "SG-NODE-003"
UNSEEN = "SG-NODE-004"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed.

    Attributes:
        claims: names of the chores that are free now.
    """

    nodes: tuple[Member, ...]
    claims: tuple[str, ...]


def forget_nodes(
    which: str, membership: Membership, claims: Claims, *, own: Incarnation
) -> Forgotten:
    """Remove the cards and acks of the dead nodes of a name or incarnation, and free their chores.

    Raises:
        NotFound: there is no such node (SG-NODE-404).
        Conflict: all of that name are alive (SG-NODE-003).
        Unavailable: the bucket does not answer, so nobody can be called dead.
    """
    named = _named(which, membership)
    gone = tuple(each for each in named if _is_gone(each) and each.card.incarnation != own)
    if not gone:
        raise Conflict(
            f"this node is alive. node='{which}' state='{named[0].state}'",
            code=ALIVE,
            hint="`skygarth node leave` ends it in good order; one that was killed is silent soon, "
            "and can be forgotten then",
        )
    freed: list[str] = []
    for member in gone:
        freed += claims.release_all_of(member.card.incarnation)
        membership.forget(member.card.incarnation)
    return Forgotten(gone, tuple(freed))


def _named(which: str, membership: Membership) -> list[Member]:
    before = membership.reads
    members = membership.members(afresh=True)
    if membership.reads == before:
        raise Unavailable(
            "the bucket does not answer, so nobody can tell who is alive",
            code=UNSEEN,
            hint="try again when `skygarth doctor bucket` finds it well",
        )
    named = [each for each in members if which in {each.card.name, each.card.incarnation}]
    if not named:
        raise NotFound(
            f"there is no such node. node='{which}'",
            code=NO_SUCH_NODE,
            hint="`skygarth node list` shows those that are known",
        )
    return named


def _is_gone(member: Member) -> bool:
    """Whether its card says so, or is overdue; an untrusted card says nothing by its state."""
    return member.state in DEAD or (member.state == "untrusted" and member.is_overdue)
