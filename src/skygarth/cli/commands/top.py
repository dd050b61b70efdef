"""``skygarth top``: the dashboard in a terminal."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.live import Live

from skygarth.cli.cloud_answers import CloudAnswer
from skygarth.cli.cloud_frame import frame
from skygarth.cli.faults import DONE, UNHEALTHY, UsageFault
from skygarth.cli.node_client import Answer, NodeClient
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal
from skygarth.cli.waiting import MACHINE
from skygarth.clock.port import Clock
from skygarth.model.errors import SkygarthError, TimedOut, Unavailable, Unsupported

EVERY_SECONDS_MIN = 0.2
_FLAG = Parameter(negative="", show_default=False)


def top(
    *,
    once: Annotated[bool, _FLAG] = False,
    every: float = 1.0,
    exit_code: Annotated[bool, _FLAG] = False,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> int:
    """Watch the whole cloud from one of its nodes: alarms first, then every node. Ctrl-C ends it.

    Args:
        once: Print how things are now, and end.
        every: Seconds between two looks.
        exit_code: With --once or --json, exit with 9 where something cannot go on as it should.
    """
    if every < EVERY_SECONDS_MIN:
        raise UsageFault(
            f"this is too often. every='{every}'", hint=f"give at least {EVERY_SECONDS_MIN} s"
        )
    with NodeClient(at) as client:
        first = _look(client)
        if once or output.json or not sys.stdout.isatty():
            Terminal(output).facts(first.raw, lambda: frame(first.value))
            is_unwell = any(alarm.grave for alarm in first.value.alarms)
            return UNHEALTHY if exit_code and is_unwell else DONE
        with suppress(KeyboardInterrupt):  # this is how one leaves
            screen = Console(markup=False, highlight=False, emoji=False)
            watch(client, first.value, screen, every=every)
    return DONE


def watch(
    client: NodeClient,
    cloud: CloudAnswer,
    screen: Console,
    *,
    every: float,
    clock: Clock = MACHINE,
    looks: int | None = None,
) -> None:
    """Draw the cloud again and again; a node that is away for a while is waited for.

    Args:
        cloud: how things are at first.
        every: seconds between two looks.
        looks: how many of them; None for no end.
    """
    fault = ""
    with Live(console=screen, screen=True, auto_refresh=False) as live:
        while looks is None or looks > 0:
            live.update(frame(cloud, lines=screen.height, fault=fault), refresh=True)
            clock.sleep(every)
            try:
                cloud, fault = _look(client).value, ""
            except (Unavailable, TimedOut) as error:
                fault = error.message
            looks = None if looks is None else looks - 1


def _look(client: NodeClient) -> Answer[CloudAnswer]:
    """How things are.

    Raises:
        SkygarthError: the node does not tell.
    """
    try:
        return client.get("cloud", CloudAnswer)
    except SkygarthError as error:
        if error.code == "SG-API-404":
            raise Unsupported(
                "this node is of a version that does not tell of the cloud as a whole",
                hint="`skygarth node list` and `skygarth status` work with it",
            ) from error
        raise
