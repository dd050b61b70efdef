"""The reference of commands says what the commands say."""

from __future__ import annotations

from pathlib import Path

from tests.documents.command_reference import command_names, reference

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "reference" / "commands.md"


def test_every_command_is_documented_as_it_is(rewrite: bool) -> None:
    """docs/reference/commands.md is what --help says now; --rewrite renews it."""
    expected = reference()
    if rewrite:
        DOCUMENT.parent.mkdir(parents=True, exist_ok=True)
        DOCUMENT.write_text(expected, encoding="utf-8")

    assert DOCUMENT.read_text(encoding="utf-8") == expected


def test_groups_are_documented_command_by_command() -> None:
    """A group's own commands have their own place."""
    names = command_names()

    assert {"skygarth sync", "skygarth sync verify", "skygarth object get"} <= set(names)
    assert len(set(names)) == len(names)
