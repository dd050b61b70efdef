"""What the cards of other nodes tell of their troubles.

At thirty nodes one cause shows on many: beyond `APART_MAX` nodes in one trouble
they share a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from shlex import quote

from skygarth.node.membership import DEAD, Member
from skygarth.web.watching.alarm import (
    CLOCK_SECONDS_MAX,
    SET_THE_CLOCK,
    Alarm,
    at_node,
    coarse,
    off,
)
from skygarth.web.watching.facts import CUT_OFF, CloudFacts

READY_SECONDS_MAX = 120.0
APART_MAX = 3
NAMES_MAX = 6


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A trouble that a card can tell of.

    Attributes:
        says: what is wrong with one node.
        of_many: what is wrong with several, after "7 nodes".
        command: what helps; what it takes is a node of those in trouble.
        has: whether a node has it.
    """

    key: str
    has: Callable[[Member], bool]
    says: Callable[[Member], str]
    of_many: str
    command: Callable[[Member], str]
    grave: bool = True


def _status_of(member: Member) -> str:
    return f"skygarth status{at_node(member.card.address)}"


def _is_unwell_with(name: str) -> Callable[[Member], bool]:
    return lambda member: name in member.card.unwell


def _is_ahead(member: Member) -> bool:
    return abs(member.clock_ahead_seconds or 0.0) > CLOCK_SECONDS_MAX


def _does_not_come_up(member: Member) -> bool:
    card = member.card
    since = (card.written_ms - card.started_ms) / 1000
    return member.state == "starting" and since > READY_SECONDS_MAX


_GONE_QUIET = (
    _Trouble(
        "untrusted",
        lambda member: member.state == "untrusted",
        lambda member: (
            f"The card of {member.card.name} lacks the cloud's signature: "
            "no request is sent to it, and its word counts for nothing"
        ),
        "have cards without the cloud's signature",
        lambda _: "skygarth keys show",
    ),
    _Trouble(
        "silent",
        lambda member: member.state == "silent",
        lambda member: f"{member.card.name} has said nothing for {coarse(member.age_seconds)}",
        "have said nothing for minutes",
        lambda member: f"skygarth node show {quote(member.card.name)}",
        grave=False,
    ),
)
"""Of whoever is in one of these, nothing more can be said."""

_UNWELL = (
    _Trouble(
        "halted",
        lambda member: member.state == "halted",
        lambda member: f"Replication of {member.card.name} has stopped; it serves what it holds",
        "have stopped to replicate",
        _status_of,
    ),
    _Trouble(
        "broken",
        lambda member: member.state == "broken",
        lambda member: f"The data folder of {member.card.name} is gone: start that node again",
        "have lost their data folders",
        _status_of,
    ),
    _Trouble(
        "paused",
        _is_unwell_with(CUT_OFF),
        lambda member: f"{member.card.name} is cut off on purpose; it serves and takes writes",
        "are cut off on purpose",
        lambda member: f"skygarth sync resume{at_node(member.card.address)}",
        grave=False,
    ),
    _Trouble(
        "disk",
        _is_unwell_with("disk"),
        lambda member: f"The disk of {member.card.name} is full or almost full",
        "have full disks",
        _status_of,
    ),
    _Trouble(
        "database",
        _is_unwell_with("database"),
        lambda member: f"{member.card.name} is not well with its database",
        "are not well with their databases",
        _status_of,
    ),
    _Trouble(
        "starting",
        _does_not_come_up,
        lambda member: (
            f"{member.card.name} is not ready since it started, "
            f"{coarse((member.card.written_ms - member.card.started_ms) / 1000)} ago: "
            "it may lack what the application needs"
        ),
        "do not come up: they may lack what the application needs",
        _status_of,
    ),
    _Trouble(
        "clock",
        lambda member: _is_ahead(member) or "clock" in member.card.unwell,
        lambda member: (
            f"The clock of {member.card.name} is "
            f"{off(member.clock_ahead_seconds or 0.0) if _is_ahead(member) else 'wrong'}: "
            "set the clock there with NTP"
        ),
        "have wrong clocks: set them with NTP",
        lambda _: SET_THE_CLOCK,
        grave=False,
    ),
    _Trouble(
        "bucket",
        _is_unwell_with("bucket"),
        lambda member: f"{member.card.name} has trouble with the bucket",
        "have trouble with the bucket",
        _status_of,
        grave=False,
    ),
    _Trouble(
        "replication",
        lambda member: "replication" in member.card.unwell and member.state != "halted",
        lambda member: f"{member.card.name} does not replicate everything",
        "do not replicate everything",
        _status_of,
        grave=False,
    ),
    _Trouble(
        "lagging",
        lambda member: member.state == "lagging",
        lambda member: f"{member.card.name} is {member.card.lag_seconds:.0f} s behind",
        "are behind",
        _status_of,
        grave=False,
    ),
)


def alarms_of_others(facts: CloudFacts) -> Iterator[Alarm]:
    """What needs a person on other nodes, as far as their cards tell."""
    others = [each for each in facts.members if each.card.incarnation != facts.own.incarnation]
    for trouble in _GONE_QUIET:
        yield from _told(trouble, [each for each in others if trouble.has(each)])
    alive = [each for each in others if each.state not in DEAD | {"untrusted"}]
    for trouble in _UNWELL:
        yield from _told(trouble, [each for each in alive if trouble.has(each)])


def _told(trouble: _Trouble, members: Sequence[Member]) -> Iterator[Alarm]:
    """An alarm for each of a few nodes, or one for many."""
    names = tuple(member.card.name for member in members)
    if len(members) <= APART_MAX:
        for member in members:
            yield Alarm(
                f"{trouble.key} {member.card.incarnation}",
                trouble.says(member),
                trouble.command(member),
                trouble.grave,
                (member.card.name,),
            )
        return
    more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
    yield Alarm(
        f"{trouble.key} many",
        f"{len(names)} nodes {trouble.of_many}: {', '.join(names[:NAMES_MAX])}{more}",
        "skygarth node list",
        trouble.grave,
        names,
    )
