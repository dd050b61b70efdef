"""`skygarth version` gives what a report of a fault needs."""

from __future__ import annotations

from tests.cli.commands.conftest import Run


def test_the_version_names_what_it_stands_on(run: Run) -> None:
    """Skygarth, Python, SQLite and the platform."""
    ended = run("version", "--json")

    assert ended.code == 0
    assert isinstance(ended.facts, dict)
    assert list(ended.facts) == ["skygarth", "python", "sqlite", "platform"]
