"""``skygarth cost``: what the requests to the bucket come to."""

from __future__ import annotations

from rich.console import Group

from skygarth.cli.answers import CostAnswer
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal, table


def cost(*, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Print this node's requests by class, and dollars a month at list prices."""
    with NodeClient(at) as client:
        answer = client.get("cost", CostAnswer)
    since = f" since {answer.value.since}" if answer.value.since else ""
    Terminal(output).facts(
        answer.raw,
        lambda: Group(
            table(["requests", "count"], sorted(answer.value.requests.items())),
            "",
            f"${answer.value.dollars_month:.2f} a month at this pace{since}",
        ),
    )
