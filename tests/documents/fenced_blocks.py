"""Runs the code blocks of a document, in order, as a reader would.

Blocks marked ``console`` share one shell, so that ``cd`` and ``export`` last;
each line that begins with ``$ `` is a command, and the lines below it, if there
are any, are what it prints. ``…`` in them stands for anything. Blocks marked
``python`` share one namespace. Everything happens in a folder of its own.

A block that cannot run in a test says why, in a comment just before it::

    <!-- not run: it never ends; the demo step of CI covers it -->
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>.+?) -->\n)?^```(?P<language>\w+)[^\n]*\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_FENCE = "=====ran====="


@dataclass
class Command:
    """One command of a console block and what it is said to print."""

    text: str
    expected: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, and why it does not run, if it doesn't."""

    language: str
    body: str
    reason: str | None = None


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a Markdown text that a test can run, in order."""
    found = [
        Block(match["language"], match["body"], match["reason"]) for match in _BLOCK.finditer(text)
    ]
    return [block for block in found if block.language in {"console", "python"}]


def commands(body: str) -> list[Command]:
    """The commands of a console block, each with the output that the block shows."""
    found: list[Command] = []
    for line in body.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:]))
        elif line.startswith("> ") and found and not found[-1].expected:
            found[-1].text += "\n" + line[2:]
        elif found and line.strip():
            found[-1].expected.append(line)
    return found


def run_console(steps: list[Command], folder: Path, *, timeout: float = 100) -> list[str]:
    """Run commands in one shell and return what differs from what they should print.

    Whatever a command leaves running (``… &``) ends with the shell.
    """
    script = "set -e\n" + "\n".join(f"{step.text}\necho '{_FENCE}'" for step in steps)
    bin_folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100"}
    environment["PATH"] = bin_folder + os.pathsep + environment.get("PATH", "")
    with subprocess.Popen(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            printed = _read_until_done(shell, len(steps), timeout)
        finally:
            _end_group(shell.pid)
    return _differences(steps, printed)


def run_python(bodies: list[str], folder: Path, *, timeout: float = 100) -> str:
    """Run Python blocks in one fresh interpreter; return what went wrong, or nothing."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(bodies)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return "" if done.returncode == 0 else done.stderr


def _read_until_done(shell: subprocess.Popen[str], count: int, timeout: float) -> str:
    """Read until every command has ended; a background process may hold the pipe open."""
    assert shell.stdout is not None
    watchdog = f"sleep {timeout}; kill -9 -{shell.pid}"
    with subprocess.Popen(["bash", "-c", watchdog], start_new_session=True) as guard:
        lines: list[str] = []
        try:
            for line in shell.stdout:
                lines.append(line)
                if lines.count(f"{_FENCE}\n") == count:
                    break
        finally:
            _end_group(guard.pid)
    return "".join(lines)


def _end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _differences(steps: list[Command], printed: str) -> list[str]:
    outputs = printed.split(f"{_FENCE}\n")
    found = []
    for step, output in zip(steps, outputs, strict=False):
        if step.expected and not _matches(step.expected, output):
            found.append(
                f"$ {step.text}\nexpected:\n" + "\n".join(step.expected) + f"\ngot:\n{output}"
            )
    if len(outputs) <= len(steps):
        found.append(f"$ {steps[len(outputs) - 1].text}\nfailed:\n{outputs[-1]}")
    return found


def _matches(expected: list[str], output: str) -> bool:
    """Whether the output is what the document shows, blanks and `…` aside."""
    pattern = r"\s+".join(
        ".*?".join(r"\s+".join(map(re.escape, part.split())) for part in line.split("…"))
        for line in expected
    )
    return re.fullmatch(r"\s*" + pattern + r"\s*", output, re.DOTALL) is not None
