"""Who is behind whom, by how much, and where nobody can know.

A node's lag is the time for which it has known of something that it has not
applied. Whoever hears of nothing new knows of no lag: a node that is cut off,
stands still or fills itself would honestly say 0.0, and be read as "all is
well". So there are two numbers, and a lag that is None, which is not zero:

- the lag in seconds, None where the node cannot know it, with the reason;
- segments that it lacked when it told. A card is from a while ago: what was
  published since says nothing about the node. So where the card says "nothing
  is behind", a log counts only if it was as long already when the card was
  written; elsewhere what is counted is an upper bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skygarth.model.position import Incarnation, Vector
from skygarth.node.membership import GONE, Member
from skygarth.web.disk_room import is_bucket_well
from skygarth.web.watching.facts import CUT_OFF, CloudFacts, OwnFacts

CARDS_AGE_SECONDS_MAX = 60.0
"""Cards read longer ago say nothing of how others stand now."""

_CUT = "it is cut off on purpose"
_UNKNOWN = {
    "silent": "it says nothing any more",
    "untrusted": "its card lacks the cloud's signature",
    "left": "it has left",
    "evicted": "it was shut out",
    "halted": "its replication stands still",
    "broken": "its data folder is gone",
    "starting": "it has not looked around yet",
    "populating": "it fills itself",
}
_BLINDING = (CUT_OFF, "bucket", "replication", "clock")
"""Whoever is unwell with one of these may not hear of what is new."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a node is behind.

    Attributes:
        seconds: None where that cannot be known.
        why_unknown: "" where it is known.
    """

    seconds: float | None
    why_unknown: str = ""

    def __post_init__(self) -> None:
        assert (self.seconds is None) == bool(self.why_unknown)


@dataclass(frozen=True, slots=True)
class Lack:
    """What a node lacks of one log.

    Attributes:
        of: the name of the log's author.
        segments: at most so many, as of the node's last card.
    """

    of: str
    incarnation: Incarnation
    segments: int


def own_lag(own: OwnFacts) -> Lag:
    """The lag of the node that watches."""
    if own.sync.paused:
        return Lag(None, _CUT)
    if not is_bucket_well(own.sync):
        return Lag(None, "the bucket does not answer")
    why = _UNKNOWN.get(own.state) or (_UNKNOWN["halted"] if own.sync.state == "halted" else "")
    return Lag(None, why) if why else Lag(round(own.lag_seconds, 1))


def lag_of(member: Member, facts: CloudFacts) -> Lag:
    """The lag of a node as its card tells, if it can be told."""
    own = facts.own
    if member.card.incarnation == own.incarnation:
        return own_lag(own)
    if member.state in _UNKNOWN:
        return Lag(None, _UNKNOWN[member.state])
    age = facts.cards_age_seconds
    if not is_bucket_well(own.sync) or age is None or age > CARDS_AGE_SECONDS_MAX:
        return Lag(None, f"{own.name} cannot read its card now")
    if member.is_overdue:
        return Lag(None, "its card is old")
    unwell = next((name for name in _BLINDING if name in member.card.unwell), "")
    if unwell:
        return Lag(None, _CUT if unwell == CUT_OFF else f"it is not well with its {unwell}")
    return Lag(round(member.card.lag_seconds, 1))


def told_seconds_ago(member: Member, facts: CloudFacts) -> float:
    """How long ago a node told of itself: when its card was read, and since then."""
    return member.age_seconds + (facts.cards_age_seconds or 0.0)


def applied_by(member: Member, known: Vector) -> dict[Incarnation, int]:
    """What a node had applied of each log; its own it has, however old its card."""
    vector = dict(member.card.vector)
    if member.card.incarnation in known:
        vector[member.card.incarnation] = known[member.card.incarnation]
    return vector


def lacks_of(
    member: Member,
    facts: CloudFacts,
    applied: Vector,
    logs: Sequence[tuple[str, Incarnation, int]],
) -> list[Lack]:
    """What a node lacked when it told, most first.

    Args:
        applied: through which segment of each log.
        logs: name of the author, incarnation, and how far it reaches.
    """
    own = member.card.incarnation
    if member.state in GONE:
        return []
    says_nothing_is_behind = own != facts.own.incarnation and lag_of(member, facts).seconds == 0
    since = told_seconds_ago(member, facts) if says_nothing_is_behind else 0.0
    found = [
        Lack(name, log, reaches - applied.get(log, 0))
        for name, log, reaches in logs
        if log != own
        and reaches > applied.get(log, 0)
        and facts.still_seconds.get(log, float("inf")) >= since
    ]
    return sorted(found, key=lambda lack: (-lack.segments, lack.of, lack.incarnation))
