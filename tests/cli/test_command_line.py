"""The command line knows every command without importing any."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from skygarth.cli.catalogue import COMMANDS
from skygarth.cli.command_line import command_line, run_command
from skygarth.cli.faults import UsageFault


@pytest.mark.parametrize(("name", "where"), [(name, where) for _, name, where, _ in COMMANDS])
def test_every_command_is_where_the_catalogue_says(name: str, where: str) -> None:
    """Commands are named and not imported; so somebody has to look whether they are there."""
    module, _, attribute = where.partition(":")

    assert hasattr(importlib.import_module(f"skygarth.cli.commands.{module}"), attribute)
    assert command_line()[name].help


def test_one_command_loads_no_other() -> None:
    """`config show` needs nothing of `sync`."""
    script = (
        "import sys\nfrom skygarth.cli.main import main\nmain(['config', 'show', '--json'])\n"
        "loaded = [m for m in sys.modules if m.startswith('skygarth.cli.commands.')]\n"
        "print(*loaded, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )

    assert done.stderr.split() == ["skygarth.cli.commands.config"]


def test_a_fault_of_usage_is_told_in_our_words() -> None:
    """Lower case, no full stop, and which help to read."""
    with pytest.raises(UsageFault) as caught:
        run_command(["object", "get"])

    assert caught.value.message == 'command "object get" parameter WHICH requires an argument'
    assert caught.value.hint == "skygarth object --help"
