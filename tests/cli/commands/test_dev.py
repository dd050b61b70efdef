"""`skygarth dev` prepares a first try and then runs the node in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.cli.commands.conftest import Run


def test_the_node_runs_with_what_was_given(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses and a token are told; the process gets the flags, and watches this folder."""
    started: list[tuple[list[str], Path]] = []

    def remember(command: Sequence[str], *, folder: Path, say: object) -> int:
        started.append((list(command), folder))
        return 0

    monkeypatch.setattr("skygarth.cli.commands.dev.run_reloading", remember)
    ended = run("dev", "--data", "data", "--listen", "127.0.0.1:8123")

    assert (ended.code, ended.out) == (0, "")
    assert "http://127.0.0.1:8123/" in ended.err
    ((command, folder),) = started
    assert command[:4] == [sys.executable, "-m", "skygarth.cli", "run"]
    assert command[4:] == ["--open-admin", "--data", "data", "--listen", "127.0.0.1:8123"]
    assert folder == Path.cwd()
