"""What a command prints, and where: facts to stdout, all else to stderr.

So that ``skygarth object query article --json | jq`` works while a person still
sees progress, and a script that reads stdout never meets a warning.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, RenderableType
from rich.table import Table

from skygarth.cli.faults import NEEDS_CONSENT
from skygarth.cli.options import Output
from skygarth.model.errors import Invalid

PIPE_COLUMNS = 200
CELL_LENGTH_MAX = 60


class Terminal:
    """The two streams of one command, as its options want them."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def facts(self, raw: object, draw: Callable[[], RenderableType]) -> None:
        """Print what was asked for: as JSON, or as a person reads it.

        Args:
            raw: the same facts as JSON values.
            draw: makes a table or text of them; only called where it is shown.
        """
        if self._output.json:
            print(json.dumps(raw, indent=2, ensure_ascii=False))
        else:
            console(sys.stdout).print(draw())

    def done(self, message: str) -> None:
        """Say briefly what was done, or what to do next."""
        if not self._output.quiet:
            console(sys.stderr).print(message)

    def consent(self, question: str, *, yes: bool) -> None:
        """Ask before something that cannot be undone.

        Raises:
            Invalid: the answer was no, or nobody may be asked.
        """
        if yes:
            return
        if self._output.no_input or not sys.stdin.isatty():
            raise Invalid(
                f"this needs an answer. question='{question}'", code=NEEDS_CONSENT, hint="add --yes"
            )
        console(sys.stderr).print(f"{question} [y/N] ", end="")
        if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
            raise Invalid("nothing was done", code=NEEDS_CONSENT, hint="answer y to go on")

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """A bar; yields the function that is told how much is done, and of how much."""
        if self._output.quiet or not sys.stderr.isatty():
            yield lambda _done, _total: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
        from rich.progress import TimeRemainingColumn as Remaining

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
        with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def console(stream: TextIO) -> Console:
    """A console that prints what it is given, without guessing at markup.

    A pipe has no width: a table must not be cut to that of an imagined screen.
    """
    width = None if stream.isatty() else PIPE_COLUMNS
    return Console(
        file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=True
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A plain table: headings, then rows; None is shown as a dash."""
    drawn = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*("–" if cell is None else str(cell) for cell in row))
    return drawn


def details(pairs: Iterable[tuple[str, object]]) -> Table:
    """Names and values, one pair a line; a pair without a value is left out."""
    drawn = Table(box=None, pad_edge=False, show_header=False)
    drawn.add_column(style="bold")
    drawn.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None and value != "":
            drawn.add_row(name, str(value))
    return drawn


def shortened(value: object) -> str | None:
    """A value on one line that leaves room for its neighbours."""
    if value is None:
        return None
    text = " ".join(str(value).split())
    return text if len(text) <= CELL_LENGTH_MAX else text[: CELL_LENGTH_MAX - 1] + "…"
