"""The command line as its parser knows it.

Commands are named and not imported: only the one that runs is, so that a
status query does not load a web server.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from skygarth.cli.catalogue import COMMANDS, PURPOSE
from skygarth.cli.faults import DONE, UsageFault

_HERE = "skygarth.cli.commands"


def command_line() -> App:
    """The whole command line, with no command imported yet."""
    app = App(name="skygarth", help=PURPOSE, version_flags=[], help_format="plaintext")
    for _, name, where, meaning in COMMANDS:
        app.command(f"{_HERE}.{where}", name=name, help=meaning)
    return app


def run_command(words: Sequence[str]) -> int:
    """Run what was written, and return the exit code of the command.

    Raises:
        UsageFault: it cannot be understood.
        SkygarthError: the command failed.
    """
    _refuse_unknown(words[0])
    try:
        result = command_line()(
            list(words), exit_on_error=False, print_error=False, result_action="return_value"
        )
    except CycloptsError as error:
        raise UsageFault(_in_our_words(error), hint=f"skygarth {words[0]} --help") from error
    return result if isinstance(result, int) else DONE


def _refuse_unknown(word: str) -> None:
    """Stop at a word that is no command, before every command is loaded to compare."""
    known = [name for _, name, _, _ in COMMANDS]
    if word not in known:
        near = difflib.get_close_matches(word, known, n=1)
        raise UsageFault(
            f"there is no such command. command='{word}'",
            hint=f"did you mean `skygarth {near[0]}`?" if near else "skygarth --help lists them",
        )


def _in_our_words(error: Exception) -> str:
    """What the parser says, in our lower case and without its full stop."""
    text = " ".join(str(error).split()).rstrip(".")
    return text[:1].lower() + text[1:]
