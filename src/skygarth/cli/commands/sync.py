"""``skygarth sync``: see and steer how a node stays in sync."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Group

from skygarth.cli.agreement import Verdict, compare_nodes
from skygarth.cli.answers import PeerAnswer, SyncAnswer
from skygarth.cli.commands.status import peer_table, transport_table
from skygarth.cli.faults import DONE, FINDING, STILL_REFUSED, UNHEALTHY, WAIT_ENDED
from skygarth.cli.node_client import NodeClient, part
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.quarantines import explained, find_refused
from skygarth.cli.terminal import Terminal, details, table
from skygarth.cli.waiting import wait_for
from skygarth.model.errors import Damaged, TimedOut

app = App(name="sync", help="See and steer how this node stays in sync.", help_format="plaintext")


@app.command
def status(*, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Print the state of the bucket, of what waits to be published, of peers and of notices."""
    with NodeClient(at) as client:
        answer = client.get("sync", SyncAnswer)
    sync = answer.value
    offset = None if sync.clock_offset_ms is None else f"{sync.clock_offset_ms:.0f} ms"
    facts = details(
        [
            ("state", sync.state),
            ("bucket", sync.bucket.url + ("" if sync.bucket.reachable else " (out of reach)")),
            ("published", sync.own_sequence),
            ("unpublished", sync.unpublished),
            ("clock offset", offset),
            ("last error", sync.last_error),
        ]
    )
    peers = ["", peer_table(sync.peers)] if sync.peers else []
    notices = ["", transport_table(sync.notices)] if sync.notices else []
    Terminal(output).facts(answer.raw, lambda: Group(facts, *peers, *notices))


@app.command
def pause(*, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Stop publishing and applying, past restarts too; the node serves and takes writes as ever."""
    with NodeClient(at) as client:
        client.post("sync/pause", object)
    Terminal(output).done("paused, past restarts too; `skygarth sync resume` goes on")


@app.command
def resume(*, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Publish and apply again."""
    with NodeClient(at) as client:
        client.post("sync/resume", object)
    Terminal(output).done("resumed")


@app.command
def snapshot(*, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Take a snapshot now, so that new nodes fill themselves faster."""
    with NodeClient(at) as client:
        answer = client.post("sync/snapshot", object)
    terminal = Terminal(output)
    facts = answer.raw if isinstance(answer.raw, dict) else {}
    if facts:
        terminal.facts(facts, lambda: details(facts.items()))
    terminal.done("snapshot taken")


@app.command
def refill(*, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Fill a bucket that was emptied, or lost its repo.json, from what this node holds.

    Choose the node that holds most. It publishes what waits, under a new identity, and writes
    a snapshot; the others go on by themselves, and new ones fill themselves. Nothing is done
    where the bucket lacks nothing, or holds what this node lacks.
    """
    with NodeClient(at) as client:
        answer = client.post("sync/refill", object)
    terminal = Terminal(output)
    facts = answer.raw if isinstance(answer.raw, dict) else {}
    if facts:
        terminal.facts(facts, lambda: details(facts.items()))
    terminal.done("the bucket is refilled")


@app.command
def wait(*, timeout: float = 60.0, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Wait until the node has published all it wrote and applied all it knows of.

    Args:
        timeout: Seconds to wait; then the exit code is 8.
    """
    with NodeClient(at) as client:
        answer, arrived = wait_for(
            lambda: client.get("sync", SyncAnswer),
            lambda seen: is_settled(seen.value),
            timeout=timeout,
        )
    if not arrived:
        raise TimedOut(
            f"the node is not in sync yet. {_missing(answer.value)}",
            code=WAIT_ENDED,
            hint="skygarth sync status shows where it stands",
        )
    Terminal(output).done("in sync")


def is_settled(sync: SyncAnswer) -> bool:
    """Whether a node has nothing left to publish or to apply, as far as it knows."""
    return sync.unpublished == 0 and all(
        peer.applied_through >= peer.known_through and not peer.parked
        for peer in sync.peers
        if peer.quarantined is None
    )


def _missing(sync: SyncAnswer) -> str:
    behind = [
        f"{peer.name or peer.incarnation} by {peer.known_through - peer.applied_through}"
        for peer in sync.peers
        if peer.applied_through < peer.known_through
    ]
    return f"unpublished={sync.unpublished} behind='{', '.join(behind)}'"


@app.command
def verify(
    *,
    timeout: float = 10.0,
    gone: str | None = None,
    exit_code: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> int:
    """Compare the content of all nodes by digest, at equal positions.

    The last line says equal, different or unknown; equal only if every node that may be
    there was asked. Exits with 9 where equal positions hold different content.

    Args:
        timeout: Seconds to wait for all nodes to answer, at equal positions.
        gone: Names or incarnations of nodes that are no more, separated by commas.
        exit_code: Exit with 3 where it stays unknown, too.
    """
    comparison = compare_nodes(at, timeout=timeout, gone=(gone or "").split(","))
    rows = [
        (row.name, row.position, row.objects, row.digest, row.remark) for row in comparison.rows
    ]
    terminal = Terminal(output)
    terminal.facts(
        comparison.raw(),
        lambda: Group(
            table(["node", "through", "objects", "digest", "remark"], rows),
            "",
            *comparison.sentences,
            comparison.verdict.value,
        ),
    )
    if comparison.verdict is Verdict.DIFFERENT:
        return UNHEALTHY
    return FINDING if exit_code and comparison.verdict is not Verdict.EQUAL else DONE


@app.command
def quarantine(
    *,
    release: str | None = None,
    timeout: float = 10.0,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> None:
    """Print the logs that are refused: from where on, why, and what to do.

    Args:
        release: Node or incarnation whose log is to be read again from where it stopped.
        timeout: Seconds to wait for it to be read.
    """
    terminal = Terminal(output)
    with NodeClient(at) as client:
        sync = client.get("sync", SyncAnswer).value
        if release is not None:
            terminal.done(_released(client, find_refused(sync, release), timeout))
            return
    held = [(peer, peer.quarantined) for peer in sync.peers if peer.quarantined]
    raw = [
        {
            "name": peer.name,
            "incarnation": peer.incarnation,
            "sequence": why.sequence,
            "code": why.code,
            "reason": why.reason,
            "key": why.key,
            "known_through": peer.known_through,
            "applied_through": peer.applied_through,
        }
        for peer, why in held
    ]
    terminal.facts(
        {"items": raw, "next": None},
        lambda: "\n\n".join(explained(peer) for peer, _ in held) or "none",
    )


def _released(client: NodeClient, refused: PeerAnswer, timeout: float) -> str:
    """Have a log read again; what came of it.

    Raises:
        Damaged: it is refused still, or again (SG-CLI-010).
    """
    assert refused.quarantined is not None
    sequence, name = refused.quarantined.sequence, refused.name or refused.incarnation
    client.post(f"sync/quarantine/{part(refused.incarnation)}/release", object)
    peer, is_read = wait_for(
        lambda: _log_of(client, refused),
        lambda peer: peer.applied_through >= sequence and peer.quarantined is None,
        timeout=timeout,
    )
    if is_read:
        return f"the log of {name} is read on; it is applied through segment {peer.applied_through}"
    if peer.quarantined is None:
        return (
            f"the log of {name} is no longer refused, and segment {sequence} is not read yet;"
            " skygarth sync status shows how it goes on"
        )
    raise Damaged(
        f"the log of {name} is refused still, from segment {peer.quarantined.sequence} on:"
        f" {peer.quarantined.reason}",
        code=STILL_REFUSED,
        hint="`skygarth sync quarantine` says what to put right first",
    )


def _log_of(client: NodeClient, wanted: PeerAnswer) -> PeerAnswer:
    peers = client.get("sync", SyncAnswer).value.peers
    return next((peer for peer in peers if peer.incarnation == wanted.incarnation), wanted)
