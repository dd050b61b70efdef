"""Commands are run as the shell would run them, in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.commands.scripted_node import ScriptedNode

from skygarth.cli import node_client
from skygarth.cli.main import main


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code and what it printed where."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> object:
        """What it printed under --json."""
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs ``skygarth WORDS`` in an empty folder, with none of our variables set."""
    monkeypatch.chdir(tmp_path)
    for name in ("SKYGARTH_NODE", "SKYGARTH_TOKEN", "SKYGARTH_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def run_words(*words: str) -> Ended:
        capsys.readouterr()
        code = main(words)
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return run_words


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> ScriptedNode:
    """The node that every command of the test reaches."""
    scripted = ScriptedNode()
    monkeypatch.setattr(node_client, "_over_the_network", lambda _url, _timeout: scripted)
    return scripted
