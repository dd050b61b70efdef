"""The demo's table, from what nodes answer."""

from __future__ import annotations

import json
from dataclasses import dataclass

import httpx2
from rich.console import Console
from tests.servers.scripted import Answer, scripted

from skygarth.assembly.demo_table import HEADINGS, cloud_table


@dataclass(frozen=True)
class Node:
    """A row of the table."""

    name: str
    address: str


def drawn(*nodes: Node) -> str:
    """The table as text."""
    console = Console(width=120, color_system=None)
    with console.capture() as capture, httpx2.Client() as http:
        console.print(cloud_table(nodes, "token", http))
    return capture.get()


def answers(state: str, known: int, sync: str = "running") -> list[Answer]:
    """What a node says of itself, in the order of asking."""
    documents: list[object] = [
        {"state": state, "objects": 7, "lag_seconds": 0.25, "conflicts": 3},
        {
            "state": sync,
            "own_sequence": 4,
            "bucket": {"reachable": True},
            "peers": [{"known_through": known, "applied_through": 2}],
        },
        {"requests": {"put": 10, "get": 11}, "dollars_month": 0.125},
    ]
    return [Answer(200, body=json.dumps(document).encode()) for document in documents]


def test_a_row_tells_what_a_node_does() -> None:
    """State, objects, segments, lag, conflicts, requests and cost."""
    with scripted(*answers("ready", 2)) as server:
        table = drawn(Node("a", server.endpoint))

    for cell in (*HEADINGS, "ready", "7", "4 segments", "0.2 s", "3", "21", "0.12"):
        assert cell in table


def test_a_node_that_is_behind_says_by_how_much() -> None:
    """In segments that it knows of and has not applied."""
    with scripted(*answers("lagging", 5)) as server:
        assert "3 segments" in drawn(Node("a", server.endpoint))


def test_a_cut_node_shows_as_paused() -> None:
    """Although it serves on; how far it is behind, nobody can tell."""
    with scripted(*answers("ready", 2, "paused")) as server:
        table = drawn(Node("a", server.endpoint))

    assert "paused" in table
    assert "unknown" in table


def test_a_node_that_does_not_answer_is_starting() -> None:
    """The others are shown all the same."""
    with scripted(*answers("ready", 2)) as server:
        table = drawn(Node("away", "http://127.0.0.1:9"), Node("b", server.endpoint))

    assert "starting" in table
    assert "ready" in table
