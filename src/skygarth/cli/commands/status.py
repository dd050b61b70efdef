"""``skygarth status``: one look at a node, for a person or for a monitor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from cyclopts import Parameter
from rich.console import Group, RenderableType

from skygarth.cli.answers import NodeAnswer, PeerAnswer, SyncAnswer, TransportAnswer
from skygarth.cli.faults import DONE, UNHEALTHY
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal, details, table

CLOCK_MS_MAX = 2_000
"""Further off is told: stores date by whole seconds, and a request takes a while."""

_WELL = {"ready", "halted"}
"""A halted node serves on; why it has halted is an alarm of its own."""


def status(
    *,
    exit_code: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> int:
    """Print how a node is, and how far it has come with each peer.

    Args:
        exit_code: Exit with 9 where something needs a person.
    """
    with NodeClient(at) as client:
        node = client.get("node", NodeAnswer)
        sync = client.get("sync", SyncAnswer)
    alarms = alarms_of(node.value, sync.value)
    raw = {"node": node.raw, "sync": sync.raw, "alarms": alarms}
    Terminal(output).facts(raw, lambda: _drawn(node.value, sync.value, alarms))
    return UNHEALTHY if exit_code and alarms else DONE


def alarms_of(node: NodeAnswer, sync: SyncAnswer) -> list[str]:
    """What needs a person, one sentence each, with the command that helps."""
    return [*_of_the_node(node, sync), *_of_replication(sync), *_of_jobs(sync)]


def _of_the_node(node: NodeAnswer, sync: SyncAnswer) -> Iterator[str]:
    if node.state not in _WELL:
        why = f" ({node.why})" if node.why else ""
        yield f"the node is {node.state}: it takes no traffic{why}"
    if sync.disk.fault:
        yield sync.disk.fault


def _of_replication(sync: SyncAnswer) -> Iterator[str]:
    if not sync.bucket.reachable:
        yield sync.bucket.fault or f"the bucket does not answer: {sync.last_error}"
    elif sync.last_error and not sync.disk.fault:
        yield f"replication has stopped: {sync.last_error}"
    yield from _of_the_clock(sync)
    if sync.state == "paused":
        yield "the node is cut off on purpose: skygarth sync resume"
    for peer in sync.peers:
        if peer.quarantined:
            yield (
                f"the log of {peer.name or peer.incarnation} is quarantined from "
                f"{peer.quarantined.sequence} on: skygarth sync quarantine"
            )


def _of_the_clock(sync: SyncAnswer) -> Iterator[str]:
    ahead = sync.clock_offset_ms or 0
    off = seconds(abs(ahead) / 1000)
    if not sync.clock_trusted:
        yield (
            f"this machine's clock is {off} off the bucket's: nothing is published under it; "
            "set it right (NTP)"
        )
    elif abs(ahead) > CLOCK_MS_MAX:
        way = "ahead of" if ahead > 0 else "behind"
        yield f"this machine's clock is {off} {way} the bucket's: set it right (NTP)"


def _of_jobs(sync: SyncAnswer) -> Iterator[str]:
    if sync.jobs is not None and sync.jobs.failed:
        jobs = "a job has" if sync.jobs.failed == 1 else f"{sync.jobs.failed} jobs have"
        yield f"{jobs} failed: skygarth job list --failed"
    if sync.jobs is not None and sync.jobs.fault:
        yield f"jobs stand still on this node: {sync.jobs.fault}"


def _drawn(node: NodeAnswer, sync: SyncAnswer, alarms: list[str]) -> RenderableType:
    facts = details(
        [
            ("node", f"{node.name} ({node.state})"),
            ("incarnation", node.incarnation),
            ("address", node.address),
            ("pools", ", ".join(node.pools)),
            ("bucket", sync.bucket.url + ("" if sync.bucket.reachable else " (out of reach)")),
            ("unpublished", sync.unpublished),
            ("lag", _lag(node, sync)),
            ("objects", node.objects),
            ("conflicts", node.conflicts),
            ("version", node.version),
        ]
    )
    warnings = [f"! {alarm}" for alarm in alarms]
    return Group(*warnings, facts, *(["", peer_table(sync.peers)] if sync.peers else []))


def _lag(node: NodeAnswer, sync: SyncAnswer) -> str | None:
    """Whoever hears of nothing new cannot know how far he is behind."""
    if sync.state == "paused" or not sync.bucket.reachable:
        return f"unknown: at least {seconds(node.lag_seconds)}"
    return seconds(node.lag_seconds)


def peer_table(peers: list[PeerAnswer]) -> RenderableType:
    """How far a node has come with each peer."""
    return table(
        ["peer", "incarnation", "known", "applied", "lag", "parked", "quarantined from"],
        [
            (
                peer.name,
                peer.incarnation,
                peer.known_through,
                peer.applied_through,
                seconds(peer.lag_seconds),
                peer.parked,
                peer.quarantined.sequence if peer.quarantined else None,
            )
            for peer in peers
        ],
    )


def transport_table(transports: list[TransportAnswer]) -> RenderableType:
    """Over what a node hears of news, and when it did last."""
    return table(
        ["notices", "broker", "state", "heard last", "fault"],
        [
            (
                each.name,
                each.broker,
                "connected" if each.connected else f"away for {seconds(each.away_seconds)}",
                _ago(each.heard_seconds_ago),
                each.fault,
            )
            for each in transports
        ],
    )


def _ago(amount: float | None) -> str | None:
    return None if amount is None else f"{seconds(amount)} ago"


def seconds(amount: float | None) -> str | None:
    """Seconds as one reads them."""
    return None if amount is None else f"{amount:.1f} s"
