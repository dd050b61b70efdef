"""What needs a person, worst first: one sentence each, and the command that helps.

At thirty nodes one cause shows on many: beyond `APART_MAX` nodes in one trouble
they share a sentence. An alarm's key stays as long as its trouble lasts, however
its sentence changes, so that a reader is told of each only once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from shlex import quote

from skygarth.node.membership import DEAD, Member
from skygarth.web.disk_room import bucket_fault
from skygarth.web.watching.facts import CUT_OFF, CloudFacts, OwnFacts

CLOCK_SECONDS_MAX = 2.0
"""Further off is told: stores date by whole seconds, and a request takes a while."""

READY_SECONDS_MAX = 120.0
APART_MAX = 3
NAMES_MAX = 6
SET_THE_CLOCK = "timedatectl set-ntp true"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that needs a person.

    Attributes:
        key: the same as long as the trouble lasts.
        command: what helps.
        grave: whether a node cannot go on as it should; otherwise it wants a look.
        nodes: names of those that it is about.
    """

    key: str
    sentence: str
    command: str
    grave: bool = True
    nodes: tuple[str, ...] = ()


def alarms_of(facts: CloudFacts) -> list[Alarm]:
    """All that needs a person."""
    own = [*_of_the_machine(facts.own), *_of_replication(facts), *_of_notices(facts.own)]
    here = [replace(alarm, nodes=alarm.nodes or (facts.own.name,)) for alarm in own]
    found = [*here, *_of_others(facts), *_of_content(facts)]
    return sorted(found, key=lambda alarm: not alarm.grave)


def _of_the_machine(own: OwnFacts) -> Iterator[Alarm]:
    if own.disk.free_bytes is None:
        yield Alarm(
            "folder",
            f"The data folder of {own.name} is gone: start the node again, and it fills itself",
            f"skygarth run --data {quote(own.data_folder)}",
        )
    elif own.disk.fault:
        yield Alarm("disk", f"On {own.name} {own.disk.fault}", f"df -h {quote(own.data_folder)}")
    ahead = own.sync.clock_offset_ms / 1000
    if not own.sync.clock_trusted:
        yield Alarm(
            "clock",
            f"The clock of {own.name} is {off(ahead)}: it publishes nothing until it is right; "
            "set the clock with NTP",
            SET_THE_CLOCK,
        )
    elif abs(ahead) > CLOCK_SECONDS_MAX:
        yield Alarm(
            "clock",
            f"The clock of {own.name} is {off(ahead)}: set the clock with NTP",
            SET_THE_CLOCK,
            grave=False,
        )


def off(ahead_seconds: float) -> str:
    """How far a clock is off, such as ``3.2 s ahead of the bucket's``."""
    way = "ahead of" if ahead_seconds > 0 else "behind"
    seconds = abs(ahead_seconds)
    amount = f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
    return f"{amount} {way} the bucket's"


def _of_replication(facts: CloudFacts) -> Iterator[Alarm]:
    own, sync = facts.own, facts.own.sync
    at = _at(own.address)
    if sync.state == "halted":
        yield Alarm(
            "halted",
            f"Replication of {own.name} has stopped: {sync.last_error}",
            f"skygarth sync status{at}",
        )
    elif sync.paused:
        yield Alarm(
            "paused",
            f"{own.name} is cut off on purpose; it serves and takes writes",
            f"skygarth sync resume{at}",
            grave=False,
        )
    elif fault := bucket_fault(sync):
        yield Alarm(
            "bucket",
            f"{fault[0].upper()}{fault[1:]}; {own.name} serves and takes writes meanwhile",
            f"skygarth doctor bucket {quote(sync.bucket)}",
        )
    elif sync.in_trouble:
        yield Alarm(
            "trouble",
            f"{own.name} lacks something that does not mend itself: {sync.last_error}",
            f"skygarth sync status{at}",
        )
    if facts.growth is not None:
        growth = facts.growth
        yield Alarm(
            "unpublished",
            f"Unpublished edits pile up on {own.name}: {growth.count:,} wait, {growth.more:,} "
            f"more than {_minutes(growth.seconds)} ago; if {own.name} is lost, they are",
            f"skygarth sync status{at}",
            grave=not sync.paused,
        )
    if own.reservation:
        yield Alarm(
            "application",
            f"{own.name} takes no traffic: {own.reservation}",
            f"skygarth app show --bucket {quote(sync.bucket)}",
        )
    for peer in sync.peers:
        if peer.quarantined is not None:
            sequence, _, reason = peer.quarantined
            yield Alarm(
                f"quarantine {peer.incarnation}",
                f"The log of {peer.name} is not read on from segment {sequence}: {reason}",
                f"skygarth sync quarantine --release {peer.incarnation}{at}",
            )
    if own.state == "lagging":
        yield Alarm(
            "lagging",
            f"{own.name} is {own.lag_seconds:.0f} s behind, and takes no traffic meanwhile",
            f"skygarth sync status{at}",
        )


def _of_notices(own: OwnFacts) -> Iterator[Alarm]:
    for each in own.transports:
        if not each.connected:
            why = f" ({each.fault})" if each.fault else ""
            yield Alarm(
                f"notices {each.name}",
                f"{own.name} has been without {each.name} for {_minutes(each.away_seconds)}{why}: "
                "it finds news by looking into the bucket only",
                f"skygarth doctor notices {quote(each.name)}",
                grave=False,
            )


def _of_content(facts: CloudFacts) -> Iterator[Alarm]:
    count = facts.conflicts_count
    if count:
        what = "1 conflict waits" if count == 1 else f"{count:,} conflicts wait"
        yield Alarm("conflicts", f"{what} for a decision", "skygarth conflict list", grave=False)


# -- other nodes, as their cards tell -------------------------------------------------------


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
    return f"skygarth status{_at(member.card.address)}"


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
        lambda member: f"{member.card.name} has said nothing for {_minutes(member.age_seconds)}",
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
        lambda member: f"skygarth sync resume{_at(member.card.address)}",
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
            f"{_minutes((member.card.written_ms - member.card.started_ms) / 1000)} ago: "
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


def _of_others(facts: CloudFacts) -> Iterator[Alarm]:
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


def _at(address: str) -> str:
    """Which node a command asks; quoted, since anybody may have written that address."""
    return f" --node {quote(address)}" if address else ""


def _minutes(seconds: float) -> str:
    """A while, coarse enough that it does not change while one reads it."""
    if seconds < 90:
        return "a minute"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours"
