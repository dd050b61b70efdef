"""Waiting for a node to get somewhere, on a clock that is handed in.

A test hands in a clock of its own and waits an hour in no time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from skygarth.clock.port import Clock
from skygarth.clock.wall_clock import WallClock

T = TypeVar("T")

PAUSE_SECONDS = 0.25
MACHINE = WallClock()


def wait_for(
    look: Callable[[], T],
    arrived: Callable[[T], bool],
    *,
    timeout: float,
    clock: Clock = MACHINE,
) -> tuple[T, bool]:
    """Look until it has arrived, or the timeout is over.

    Args:
        look: how things stand.
        arrived: whether that is what we wait for.
        timeout: seconds; with zero it looks once.
        clock: whose time passes.

    Returns:
        How things stood last, and whether they had arrived.
    """
    deadline = clock.monotonic() + timeout
    seen = look()
    while not arrived(seen) and clock.monotonic() < deadline:
        clock.sleep(PAUSE_SECONDS)
        seen = look()
    return seen, arrived(seen)
