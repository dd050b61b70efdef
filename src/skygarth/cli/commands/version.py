"""``skygarth version``: what to write into a report of a fault."""

from __future__ import annotations

import platform
from importlib.metadata import version as version_of

from skygarth.cli.options import SPEAK, Output
from skygarth.cli.terminal import Terminal, details


def version(*, output: Output = SPEAK) -> None:
    """Print the versions of Skygarth and of what it stands on."""
    import apsw  # only here: --help must be fast

    facts = {
        "skygarth": version_of("skygarth"),
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
        "platform": platform.platform(),
    }
    Terminal(output).facts(facts, lambda: details(facts.items()))
