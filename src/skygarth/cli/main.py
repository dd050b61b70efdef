"""Where ``skygarth`` begins: runs the command and tells how it ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from skygarth.cli.catalogue import overview
from skygarth.cli.faults import DONE, FAILED, INTERRUPTED, exit_code
from skygarth.model.errors import SkygarthError

_ASKING_FOR_HELP: tuple[list[str], ...] = ([], ["--help"], ["-h"], ["help"])


def main(words: Sequence[str]) -> int:
    """Run one command line and return its exit code.

    Every error of ours is printed with its code and a way out; anything else is
    our own mistake, and shows where.
    """
    if list(words) in _ASKING_FOR_HELP:
        print(overview())
        return DONE
    try:
        from skygarth.cli.command_line import run_command

        return run_command(words)
    except SkygarthError as error:
        return _failed(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # `skygarth … | head` has read enough. Without this, Python would
        # complain again while it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def run() -> None:
    """Run what the shell was given."""
    sys.exit(main(sys.argv[1:]))


def _failed(error: SkygarthError) -> int:
    """Print an error as people and scripts know it: code, message, way out."""
    lines = [f"error[{error.code}]: {error.message}"]
    for number, line in enumerate(error.hint.splitlines()):
        lines.append(f"       {line}" if number else f"  fix: {line}")
    print("\n".join(lines), file=sys.stderr)
    return exit_code(error)
