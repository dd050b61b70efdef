"""What needs a person, worst first: one sentence each, and the command that helps.

An alarm's key stays as long as its trouble lasts, however its sentence changes,
so that a reader is told of each only once. What stands on cards was written
elsewhere: in a command it is quoted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from shlex import quote

from skygarth.routing.route_map import HERE
from skygarth.web.disk_room import bucket_fault
from skygarth.web.watching.alarm import (
    CLOCK_SECONDS_MAX,
    SET_THE_CLOCK,
    Alarm,
    at_node,
    coarse,
    off,
)
from skygarth.web.watching.alarms_of_others import alarms_of_others
from skygarth.web.watching.facts import CloudFacts, OwnFacts


def alarms_of(facts: CloudFacts) -> list[Alarm]:
    """All that needs a person."""
    own = [
        *_of_the_machine(facts.own),
        *_of_replication(facts),
        *_of_notices(facts.own),
        *_of_jobs(facts.own),
        *_of_routes(facts),
    ]
    here = [replace(alarm, nodes=(facts.own.name,)) for alarm in own]
    found = [*here, *alarms_of_others(facts), *_of_content(facts)]
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


def _of_replication(facts: CloudFacts) -> Iterator[Alarm]:
    own, sync = facts.own, facts.own.sync
    at = at_node(own.address)
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
            f"more than {coarse(growth.seconds)} ago; if {own.name} is lost, they are",
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
                f"{own.name} has been without {each.name} for {coarse(each.away_seconds)}{why}: "
                "it finds news by looking into the bucket only",
                f"skygarth doctor notices {quote(each.name)}",
                grave=False,
            )


def _of_jobs(own: OwnFacts) -> Iterator[Alarm]:
    if own.jobs is not None and own.jobs.fault:
        yield Alarm(
            "jobs",
            f"Jobs stand still on {own.name}: {own.jobs.fault}",
            f"skygarth job list{at_node(own.address)}",
        )


def _of_routes(facts: CloudFacts) -> Iterator[Alarm]:
    """Pools that routes cannot do without; what any node does as well is no alarm."""
    needed = [route for route in facts.routes if route.fallback != HERE]
    for pool in dict.fromkeys(route.pool for route in needed):
        if facts.ready_in(pool):
            continue
        routes = [route for route in needed if route.pool == pool]
        refused = [route.address for route in routes if route.fallback is None]
        told = ", ".join(refused or [route.address for route in routes])
        yield Alarm(
            f"pool {pool}",
            f"No node of the pool {pool} is ready: requests for {told} "
            f"{'are answered 503' if refused else 'fall back to what the route names'}",
            "skygarth node list",
            grave=bool(refused),
        )


def _of_content(facts: CloudFacts) -> Iterator[Alarm]:
    count = facts.conflicts_count
    if count:
        what = "1 conflict waits" if count == 1 else f"{count:,} conflicts wait"
        yield Alarm("conflicts", f"{what} for a decision", "skygarth conflict list", grave=False)
    failed = 0 if facts.own.jobs is None else facts.own.jobs.failed
    if failed:
        what = "1 job has failed" if failed == 1 else f"{failed:,} jobs have failed"
        yield Alarm(
            "failed jobs",
            f"{what} as often as may be, and {'waits' if failed == 1 else 'wait'} for a person",
            "skygarth job list --failed",
            grave=False,
        )
