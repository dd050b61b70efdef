"""Starts a node again whenever its application's files change.

The node runs in a process of its own and is asked to stop as an operator would
ask it; so a change while one develops exercises what happens in production.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from skygarth.cli.waiting import MACHINE

LOOK_SECONDS = 0.5
STOP_SECONDS = 10.0
_WATCHED = {".py", ".html", ".css", ".js", ".toml"}

Marks = dict[Path, int]


def marks_of(folder: Path) -> Marks:
    """When each file of an application was last written; hidden folders do not count."""
    found: Marks = {}
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.suffix in _WATCHED and path.is_file():
            found[path] = path.stat().st_mtime_ns
    return found


def run_reloading(
    command: Sequence[str],
    *,
    folder: Path,
    say: Callable[[str], None],
    pass_time: Callable[[float], None] = MACHINE.sleep,
) -> int:
    """Run a command until it ends by itself, starting it again after changes.

    A node that fails waits for the next change: the fault is most likely in
    what one is writing just now.

    Args:
        command: the program and its arguments.
        folder: whose files are watched.
        say: tells the developer what happens.
        pass_time: waits so many seconds.

    Returns:
        The exit code of the last run.
    """
    seen = marks_of(folder)
    while True:
        with subprocess.Popen(command) as node:
            try:
                changed = _wait(node, folder, seen, pass_time)
            finally:
                _stop(node)
        if not changed and node.returncode == 0:
            return 0
        if not changed:
            say(f"the node ended with {node.returncode}; it starts again after the next change")
            while marks_of(folder) == seen:
                pass_time(LOOK_SECONDS)
        seen = marks_of(folder)
        say("changed; the node starts again")


def _wait(
    node: subprocess.Popen[bytes], folder: Path, seen: Marks, pass_time: Callable[[float], None]
) -> bool:
    """Wait until files change (true) or the node ends (false)."""
    while node.poll() is None:
        pass_time(LOOK_SECONDS)
        if marks_of(folder) != seen:
            return True
    return False


def _stop(node: subprocess.Popen[bytes]) -> None:
    if node.poll() is not None:
        return
    node.send_signal(signal.SIGTERM)
    try:
        node.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        node.kill()
