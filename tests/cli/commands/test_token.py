"""`skygarth token` works on a data folder, whether a node runs on it or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.commands.conftest import Run


def test_a_token_is_printed_once_and_listed_without_its_secret(run: Run) -> None:
    """Only the token itself goes to stdout, so that a script can keep it."""
    made = run("token", "create", "--data", "data", "--name", "guest", "--role", "reader")
    token = made.out.strip()
    listed = run("token", "list", "--data", "data", "--json")

    assert made.code == 0
    assert made.out == f"{token}\n"
    assert token not in listed.out
    assert isinstance(listed.facts, dict)
    assert [(each["name"], each["role"]) for each in listed.facts["items"]] == [("guest", "reader")]


def test_a_revoked_token_is_listed_no_more(run: Run) -> None:
    """It is named by its name, or by the beginning of its GUID."""
    run("token", "create", "--data", "data", "--name", "guest")

    revoked = run("token", "revoke", "guest", "--data", "data")
    listed = run("token", "list", "--data", "data", "--json")

    assert (revoked.code, revoked.out) == (0, "revoked guest\n")
    assert listed.facts == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["revoke", "nobody", "--data", "data"], 4),
        (["revoke"], 2),
        (["create", "--data", "data", "--role", "king"], 2),
    ],
)
def test_what_is_not_there_cannot_be_named(run: Run, words: list[str], code: int) -> None:
    """An unknown token is not found; an unknown role is a fault of usage."""
    assert run("token", *words).code == code


@pytest.mark.parametrize("words", [["list"], ["revoke", "guest"]])
def test_a_folder_without_a_node_is_not_looked_into(
    run: Run, tmp_path: Path, words: list[str]
) -> None:
    """A typing error makes no folder, and is no empty list."""
    ended = run("token", *words, "--data", str(tmp_path / "typo"))

    assert ended.code == 4
    assert ended.err.startswith("error[SG-TOKEN-405]")
    assert not (tmp_path / "typo").exists()
