"""Writes docs/reference/commands.md from what each command says of itself."""

from __future__ import annotations

import io
from collections.abc import Iterator

from cyclopts import App
from rich.console import Console

from skygarth.cli.catalogue import overview
from skygarth.cli.command_line import command_line

_HEAD = """# Commands

Written from the commands' own `--help`; `pytest tests/documents --rewrite` renews it.

Every command takes `--json` where it prints facts, `--quiet` and `--no-input`.
Facts go to stdout, everything else to stderr; `NO_COLOR` is respected. Commands
that speak to a node take `--node URL` (or `SKYGARTH_NODE`) and `--token` (or
`SKYGARTH_TOKEN`).

| exit code | means |
|--:|---|
| 0 | done |
| 1 | failed |
| 2 | the command was written wrongly; nothing was done |
| 3 | something was found; only with `--exit-code` |
| 4 | not found |
| 5 | conflict, or a precondition does not hold |
| 6 | unreachable |
| 7 | denied |
| 8 | timed out |
| 9 | unhealthy |
| 130 | interrupted |
"""


def reference() -> str:
    """The whole document."""
    parts = [_HEAD, _block("skygarth", overview())]
    parts += [_block(name, text) for name, text in _helps()]
    return "\n".join(parts)


def command_names() -> list[str]:
    """Every command and command of a group, as one types it."""
    return [name for name, _ in _helps()]


def _helps() -> Iterator[tuple[str, str]]:
    root = command_line()
    for name in _children(root):
        yield f"skygarth {name}", _help(root, [name])
        for below in _children(root[name]):
            yield f"skygarth {name} {below}", _help(root, [name, below])


def _children(app: App) -> list[str]:
    """The commands below one, flags like --help left out, in the order of the alphabet."""
    return sorted(name for name in app if not name.startswith("-"))


def _help(root: App, words: list[str]) -> str:
    page = io.StringIO()
    console = Console(file=page, width=92, color_system=None, force_terminal=False)
    root.help_print(words, console=console)
    return "\n".join(line.rstrip() for line in page.getvalue().strip().splitlines())


def _block(name: str, text: str) -> str:
    return f"## {name}\n\n```text\n{text.strip()}\n```\n"
