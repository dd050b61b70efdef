"""The demo's table: what each node tells of itself, asked over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import httpx2
from rich.table import Table

HEADINGS = ("node", "state", "objects", "wrote", "behind", "conflicts", "requests", "$/month")


class TableNode(Protocol):
    """A node of the table."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def address(self) -> str:
        """Where it answers HTTP."""
        ...


def cloud_table(nodes: Sequence[TableNode], token: str, http: httpx2.Client) -> Table:
    """One row a node.

    Args:
        nodes: in the order of the rows.
        token: that every node accepts.
        http: carries the questions; to make one for each took 0.1 s.
    """
    table = Table(expand=False)
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in {"node", "state"} else "right")
    for node in nodes:
        table.add_row(node.name, *_cells(node.address, token, http))
    return table


def _cells(address: str, token: str, http: httpx2.Client) -> list[str]:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        facts, sync, cost = (
            http.get(f"{address}/api/v1/{what}", headers=headers).raise_for_status().json()
            for what in ("node", "sync", "cost")
        )
    except (httpx2.HTTPError, ValueError):
        return ["[yellow]starting[/]", *[""] * 6]
    colour = "green" if facts["state"] == "ready" else "yellow"
    behind = sum(peer["known_through"] - peer["applied_through"] for peer in sync["peers"])
    hears = sync["state"] != "paused" and sync["bucket"]["reachable"]
    return [
        f"[{colour}]{sync['state'] if sync['state'] == 'paused' else facts['state']}[/]",
        str(facts["objects"]),
        _segments(sync["own_sequence"]),
        _lag(behind, facts["lag_seconds"], hears=hears),
        str(facts["conflicts"]),
        str(sum(cost["requests"].values())),
        f"{cost['dollars_month']:.2f}",
    ]


def _segments(count: int) -> str:
    return "1 segment" if count == 1 else f"{count} segments"


def _lag(behind: int, seconds: float, *, hears: bool) -> str:
    """Whoever is cut off hears of nothing new and cannot know how far he is behind."""
    if behind:
        return _segments(behind)
    return f"{seconds:.1f} s" if hears else "unknown"
