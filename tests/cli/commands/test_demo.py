"""`skygarth demo` refuses what cannot be shown before it starts anything."""

from __future__ import annotations

import pytest
from tests.cli.commands.conftest import Run


@pytest.mark.parametrize(
    "words", [["--nodes", "0"], ["--nodes", "21"], ["--port", "0"], ["--port", "65535"]]
)
def test_impossible_clouds_are_refused(run: Run, words: list[str]) -> None:
    """No node at all, too many, or ports that do not exist: a fault of usage."""
    assert run("demo", *words, "--once").code == 2
