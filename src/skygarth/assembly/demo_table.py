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


def cloud_table(nodes: Sequence[TableNode], token: str) -> Table:
    """One row a node."""
    table = Table(expand=False)
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in {"node", "state"} else "right")
    for node in nodes:
        table.add_row(node.name, *_cells(node.address, token))
    return table


def _cells(address: str, token: str) -> list[str]:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with httpx2.Client(base_url=f"{address}/api/v1", headers=headers, timeout=2) as client:
            facts = client.get("/node").raise_for_status().json()
            sync = client.get("/sync").raise_for_status().json()
            cost = client.get("/cost").raise_for_status().json()
    except (httpx2.HTTPError, ValueError):
        return ["[yellow]starting[/]", *[""] * 6]
    colour = "green" if facts["state"] == "ready" else "yellow"
    behind = sum(peer["known_through"] - peer["applied_through"] for peer in sync["peers"])
    return [
        f"[{colour}]{sync['state'] if sync['state'] == 'paused' else facts['state']}[/]",
        str(facts["objects"]),
        f"{sync['own_sequence']} segments",
        f"{behind} segments" if behind else f"{facts['lag_seconds']:.1f} s",
        str(facts["conflicts"]),
        str(sum(cost["requests"].values())),
        f"{cost['dollars_month']:.2f}",
    ]
