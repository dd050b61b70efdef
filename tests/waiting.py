"""Waiting for what other threads and processes do: looked at often, never slept for blindly."""

from __future__ import annotations

import time
from collections.abc import Callable

LOOK_SECONDS = 0.02


def wait_until(condition: Callable[[], object], what: str, *, seconds: float = 20.0) -> None:
    """Return as soon as a condition holds; fail the test, naming it, after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain for {what}"
        time.sleep(LOOK_SECONDS)
