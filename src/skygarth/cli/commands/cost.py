"""``skygarth cost``: what the requests to the bucket come to."""

from __future__ import annotations

from rich.console import Group

from skygarth.cli.answers import CostAnswer
from skygarth.cli.node_client import NodeClient
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal, table

TELLING_SECONDS = 600.0
"""From when on a month's dollars can be told from what was counted."""


def cost(*, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Print this node's requests by class, and dollars a month at list prices."""
    with NodeClient(at) as client:
        answer = client.get("cost", CostAnswer)
    Terminal(output).facts(
        answer.raw,
        lambda: Group(
            table(["requests", "count"], sorted(answer.value.requests.items())),
            "",
            _month(answer.value),
        ),
    )


def _month(cost: CostAnswer) -> str:
    """Dollars a month; a start costs more than what follows, so the first minutes tell nothing."""
    since = f" since {cost.since}" if cost.since else ""
    pace = f"${cost.dollars_month:.2f} a month at this pace{since}"
    if cost.dollars_month and cost.seconds is not None and cost.seconds < TELLING_SECONDS:
        return f"{pace}; {cost.seconds:.0f} s are too short to tell: look again in ten minutes"
    return pace
