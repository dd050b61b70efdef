"""``skygarth tree``: the content tree, one level at a time."""

from __future__ import annotations

from cyclopts import App

from skygarth.cli.answers import ObjectAnswer, Page
from skygarth.cli.commands.object import found, object_table
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal

app = App(name="tree", help="Walk the content tree.", help_format="plaintext")

ROOT = "/"


@app.command
def ls(where: str = ROOT, /, *, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Print what stands under an object, or at the root.

    Args:
        where: GUID or path of the object.
    """
    with NodeClient(at) as client:
        path = "tree" if where == ROOT else f"objects/{found(client, where).value.guid}/children"
        answer = client.get(path, Page[ObjectAnswer])
    Terminal(output).facts(answer.raw, lambda: object_table(answer.value.items))
