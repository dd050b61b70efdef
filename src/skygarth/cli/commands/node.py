"""``skygarth node``: the nodes of the cloud, as one of them sees it."""

from __future__ import annotations

from cyclopts import App

from skygarth.cli.answers import NodeAnswer, Page
from skygarth.cli.commands.status import seconds
from skygarth.cli.faults import NO_SUCH_NODE
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal, details, table
from skygarth.model.errors import NotFound

app = App(name="node", help="See the nodes of the cloud.", help_format="plaintext")


@app.command(name="list")
def list_nodes(*, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Print every node that this one knows of."""
    with NodeClient(at) as client:
        answer = client.get("nodes", Page[NodeAnswer])
    rows = [
        (node.name, node.state, seconds(node.lag_seconds), node.address, node.incarnation)
        for node in answer.value.items
    ]
    Terminal(output).facts(
        answer.raw, lambda: table(["node", "state", "lag", "address", "incarnation"], rows)
    )


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


def _found(client: NodeClient, name: str) -> tuple[NodeAnswer, object]:
    """The node of a name, from the list that the answering node gives."""
    answer = client.get("nodes", Page[NodeAnswer])
    raw = answer.raw.get("items", []) if isinstance(answer.raw, dict) else []
    for node, item in zip(answer.value.items, raw, strict=True):
        if name in {node.name, node.incarnation}:
            return node, item
    raise NotFound(
        f"there is no such node. node='{name}'",
        code=NO_SUCH_NODE,
        hint="skygarth node list shows those that are known",
    )


def _facts(node: NodeAnswer) -> list[tuple[str, object]]:
    vector = "\n".join(f"{who} {sequence}" for who, sequence in sorted(node.vector.items()))
    return [
        ("name", node.name),
        ("incarnation", node.incarnation),
        ("state", node.state),
        ("address", node.address),
        ("pools", ", ".join(node.pools)),
        ("lag", seconds(node.lag_seconds)),
        ("unpublished", node.backlog),
        ("objects", node.objects),
        ("conflicts", node.conflicts),
        ("digest", node.digest),
        ("vector", vector),
        ("version", node.version),
    ]
