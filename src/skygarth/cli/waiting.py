"""Waiting for a node to get somewhere, without reading a clock.

The wait is counted in pauses; how a pause passes is handed in, so that a test
waits an hour in no time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_SECONDS = 0.25


def pause(seconds: float) -> None:
    """Let time pass; Ctrl-C ends it."""
    threading.Event().wait(seconds)


def wait_for(
    look: Callable[[], T],
    arrived: Callable[[T], bool],
    *,
    timeout: float,
    pass_time: Callable[[float], None] = pause,
) -> tuple[T, bool]:
    """Look until it has arrived, or the pauses add up to the timeout.

    Args:
        look: how things stand.
        arrived: whether that is what we wait for.
        timeout: seconds; with zero it looks once.
        pass_time: waits so many seconds.

    Returns:
        How things stood last, and whether they had arrived.
    """
    assert timeout >= 0
    waited = 0.0
    seen = look()
    while not arrived(seen) and waited < timeout:
        pass_time(PAUSE_SECONDS)
        waited += PAUSE_SECONDS
        seen = look()
    return seen, arrived(seen)
