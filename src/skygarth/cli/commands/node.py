"""``skygarth node``: the nodes of the cloud, and how one comes into traffic and out of it.

A node is drained by itself: the command asks the node that answers where the named
one is, and goes there. No token is sent where a card lacks the cloud's signature.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from cyclopts import App

from skygarth.cli.answers import ForgottenAnswer, NodeAnswer, NodesAnswer
from skygarth.cli.commands.node_image import image
from skygarth.cli.commands.status import seconds
from skygarth.cli.faults import NO_SUCH_NODE, NOT_ADDRESSED, WAIT_ENDED
from skygarth.cli.node_client import Answer, NodeClient, part
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal, details, table
from skygarth.cli.waiting import wait_for
from skygarth.model.errors import Conflict, NotFound, TimedOut, Unavailable
from skygarth.node.membership import DEAD

app = App(
    name="node",
    help="See the nodes of the cloud, and take one out of traffic.",
    help_format="plaintext",
)
app.command(image)

_HEARS_NOTHING = frozenset(
    {"silent", "untrusted", "halted", "broken", "starting", "populating", "left", "evicted"}
)


@app.command(name="list")
def list_nodes(*, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Print every node that this one knows of."""
    with NodeClient(at) as client:
        answer = client.get("nodes", NodesAnswer)
    headings = ["node", "state", "pools", "lag", "load", "address", "incarnation"]
    rows = [
        (
            node.name,
            _state(node),
            ", ".join(node.pools) or None,
            _lag(node),
            None if node.load is None else f"{node.load:.2f}",
            node.address,
            node.incarnation,
        )
        for node in answer.value.items
    ]
    Terminal(output).facts(answer.raw, lambda: table(headings, rows))


@app.command
def show(name: str | None = None, /, *, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Print one node.

    Args:
        name: Its name or incarnation; by default the node that answers.
    """
    with NodeClient(at) as client:
        if name is None:
            answer = client.get("node", NodeAnswer)
            node, raw = answer.value, answer.raw
        else:
            node, raw = _found(client, name)
    Terminal(output).facts(raw, lambda: details(_facts(node)))


@app.command
def drain(
    name: str | None = None,
    /,
    *,
    finish: float = 30.0,
    timeout: float = 60.0,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> None:
    """Take a node out of traffic, and wait until nothing is left that only it has.

    It withdraws from DNS and front-ends, answers the visitors that it has, and publishes
    all that was written. It goes on replicating; `resume` brings it back.

    Args:
        name: Its name or incarnation; by default the node that answers.
        finish: Seconds that visitors who are there already may take.
        timeout: Seconds to wait until it is drained; then the exit code is 8.
    """
    with _client_of(name, at) as client:
        client.post("node/drain", NodeAnswer, {"finish_seconds": finish})
        answer, arrived = wait_for(
            lambda: client.get("node", NodeAnswer),
            lambda seen: seen.value.state != "draining",
            timeout=timeout,
        )
    if not arrived:
        raise _not_drained(answer.value)
    if answer.value.state != "drained":
        raise Conflict(
            f"it was not drained. node='{answer.value.name}' state='{answer.value.state}'",
            code=WAIT_ENDED,
            hint="somebody may have brought it back: skygarth node show",
        )
    _tell(output, answer, "drained")


@app.command
def resume(
    name: str | None = None, /, *, output: Output = SPEAK, at: NodeAddress = NEAREST
) -> None:
    """Bring a node back into traffic, however far draining was.

    Args:
        name: Its name or incarnation; by default the node that answers.
    """
    with _client_of(name, at) as client:
        answer = client.post("node/resume", NodeAnswer)
    _tell(output, answer, answer.value.state)


@app.command
def leave(
    name: str | None = None,
    /,
    *,
    finish: float = 30.0,
    timeout: float = 120.0,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> None:
    """Drain a node, and end its process when nobody is led there any more.

    Args:
        name: Its name or incarnation; by default the node that answers.
        finish: Seconds that visitors who are there already may take.
        timeout: Seconds to wait until it has ended; then the exit code is 8.
    """
    with _client_of(name, at) as client:
        answer = client.post("node/leave", NodeAnswer, {"finish_seconds": finish})
        seen, ended = wait_for(
            lambda: _seen(client), lambda seen: seen is None or not seen.leaving, timeout=timeout
        )
    if not ended:
        raise _not_drained(seen or answer.value)
    if seen is not None:
        raise Conflict(
            f"it has not left. node='{seen.name}' state='{seen.state}'",
            code=WAIT_ENDED,
            hint="somebody may have brought it back: skygarth node show",
        )
    _tell(output, answer, "left")


@app.command
def forget(name: str, /, *, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Remove what the bucket tells of a node that is gone for good; what it wrote stays.

    Args:
        name: Its name or incarnation. Of several of one name, those that are alive stay.
    """
    with NodeClient(at) as client:
        answer = client.post(f"nodes/{part(name)}/forget", ForgottenAnswer)
    terminal = Terminal(output)
    items = answer.value.items
    rows = [(node.name, node.state, node.address, node.incarnation) for node in items]
    terminal.facts(answer.raw, lambda: table(["forgotten", "was", "address", "incarnation"], rows))
    if answer.value.claims:
        terminal.done(f"free again: {', '.join(answer.value.claims)}")


@contextmanager
def _client_of(name: str | None, at: NodeAddress) -> Iterator[NodeClient]:
    """A client of the named node itself."""
    with NodeClient(at) as nearest:
        if name is None:
            yield nearest
            return
        own = nearest.get("node", NodeAnswer).value
        if name in {own.name, own.incarnation}:
            yield nearest
            return
        node, _ = _found(nearest, name, alive=True)
    with NodeClient(replace(at, node=_address(node))) as client:
        yield client


def _address(node: NodeAnswer) -> str:
    if node.state == "untrusted":
        fault = "its card lacks the cloud's signature, so no token is sent there"
    elif not node.address:
        fault = "its card tells no address"
    else:
        return node.address
    raise Conflict(
        f"this node cannot be reached: {fault}. node='{node.name}'",
        code=NOT_ADDRESSED,
        hint="give its own URL with --node",
    )


def _found(client: NodeClient, name: str, *, alive: bool = False) -> tuple[NodeAnswer, object]:
    """The node of a name, in the list of the answering one; one that lives before others.

    Args:
        alive: several that live under one name will not do.
    """
    answer = client.get("nodes", NodesAnswer)
    raw = answer.raw.get("items", []) if isinstance(answer.raw, dict) else []
    named = [
        (node, item)
        for node, item in zip(answer.value.items, raw, strict=True)
        if name in {node.name, node.incarnation}
    ]
    if not named:
        raise NotFound(
            f"there is no such node. node='{name}'",
            code=NO_SUCH_NODE,
            hint="skygarth node list shows those that are known",
        )
    living = [each for each in named if each[0].state not in DEAD]
    if alive and len(living) > 1:
        raise Conflict(
            f"several nodes are called so. node='{name}'",
            code=NOT_ADDRESSED,
            hint="give the incarnation: skygarth node list",
        )
    return (living or named)[0]


def _seen(client: NodeClient) -> NodeAnswer | None:
    """The node, or None where nobody answers any more."""
    try:
        return client.get("node", NodeAnswer).value
    except Unavailable:
        return None


def _not_drained(node: NodeAnswer) -> TimedOut:
    return TimedOut(
        f"the node is not done yet. node='{node.name}' state='{node.state}' "
        f"in_flight='{node.in_flight or 0}' unpublished='{node.backlog or 0}'",
        code=WAIT_ENDED,
        hint="it goes on by itself; `skygarth node show` tells how far it is, "
        "`skygarth node resume` calls it off",
    )


def _tell(output: Output, answer: Answer[NodeAnswer], what: str) -> None:
    name = answer.value.name
    Terminal(output).facts(answer.raw, lambda: f"{name} {what}")


def _lag(node: NodeAnswer) -> str | None:
    """Whoever hears of nothing new knows of no lag: his zero means nothing."""
    if node.state in _HEARS_NOTHING or {*node.unwell} & {"cut off", "bucket"}:
        return "unknown"
    return seconds(node.lag_seconds)


def _state(node: NodeAnswer) -> str:
    return f"{node.state}, unwell: {', '.join(node.unwell)}" if node.unwell else node.state


def _facts(node: NodeAnswer) -> list[tuple[str, object]]:
    vector = "\n".join(f"{who} {sequence}" for who, sequence in sorted(node.vector.items()))
    components = "\n".join(f"{name} {version}" for name, version in sorted(node.components.items()))
    return [
        ("name", node.name),
        ("incarnation", node.incarnation),
        ("state", _state(node)),
        ("why", node.why),
        ("address", node.address),
        ("pools", ", ".join(node.pools)),
        ("lag", _lag(node)),
        ("card written", _ago(node.card_age_seconds)),
        ("load", node.load),
        ("requests a second", node.requests_per_second),
        ("in flight", node.in_flight),
        ("unpublished", node.backlog),
        ("objects", node.objects),
        ("conflicts", node.conflicts),
        ("digest", node.digest),
        ("vector", vector),
        ("components", components),
        ("version", node.version),
    ]


def _ago(age: float | None) -> str | None:
    return None if age is None else f"{seconds(age)} ago"
