"""The list of commands is complete, readable and there at once."""

from __future__ import annotations

import subprocess
import sys

from skygarth.cli.catalogue import COMMANDS, overview


def test_the_overview_names_every_command_under_its_heading() -> None:
    """One line each, within 80 columns, with what it does."""
    lines = overview().splitlines()

    assert all(any(line.strip() == f"{heading}:" for line in lines) for heading, *_ in COMMANDS)
    assert all(any(line.split()[:1] == [name] for line in lines) for _, name, _, _ in COMMANDS)
    assert max(map(len, lines)) <= 80


def test_no_command_is_named_twice() -> None:
    """A name means one thing."""
    names = [name for _, name, _, _ in COMMANDS]

    assert sorted(set(names)) == sorted(names)


def test_the_overview_needs_no_other_package() -> None:
    """Neither argument parser nor tables are loaded to print a list."""
    script = (
        "import sys\nfrom skygarth.cli.main import main\nmain([])\n"
        "print(*sorted({'cyclopts', 'rich', 'msgspec'} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )

    assert done.stderr.strip() == ""
