"""Options that many commands share mean the same for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cyclopts import App

from skygarth.cli.options import NEAREST, SPEAK, USUAL, NodeAddress, Output, SettingsFile
from skygarth.model.errors import Invalid


def parsed(*words: str) -> tuple[Output, NodeAddress, SettingsFile]:
    """What a command gets from its words."""
    app = App(version_flags=[])

    @app.default
    def command(
        *, output: Output = SPEAK, at: NodeAddress = NEAREST, where: SettingsFile = USUAL
    ) -> tuple[Output, NodeAddress, SettingsFile]:
        return output, at, where

    found: tuple[Output, NodeAddress, SettingsFile] = app(
        list(words), exit_on_error=False, print_error=False, result_action="return_value"
    )
    return found


def test_without_options_all_is_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    """The node of this machine, no token, facts for a person."""
    for name in ("SKYGARTH_NODE", "SKYGARTH_TOKEN", "SKYGARTH_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    assert parsed() == (SPEAK, NEAREST, USUAL)


def test_a_flag_is_stronger_than_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """SKYGARTH_NODE and SKYGARTH_TOKEN spare typing; a flag has the last word."""
    monkeypatch.setenv("SKYGARTH_NODE", "http://one")
    monkeypatch.setenv("SKYGARTH_TOKEN", "secret")

    assert parsed()[1] == NodeAddress(node="http://one", token="secret")
    assert parsed("--node", "http://two")[1] == NodeAddress(node="http://two", token="secret")


def test_how_a_command_speaks_is_chosen_by_flags() -> None:
    """Each is off unless it is given."""
    assert parsed("--json", "-q", "--no-input")[0] == Output(json=True, quiet=True, no_input=True)


def test_the_settings_of_this_folder_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """skygarth.toml here is read without being named; another one only where it is."""
    monkeypatch.chdir(tmp_path)
    Path("skygarth.toml").write_text('[node]\nname = "here"\n', encoding="utf-8")
    Path("other.toml").write_text('[node]\nname = "other"\n', encoding="utf-8")

    assert USUAL.settings().node.name == "here"
    assert SettingsFile(config=Path("other.toml")).settings().node.name == "other"
    assert USUAL.settings({"node.name": "flag"}).node.name == "flag"


def test_settings_that_cannot_be_fulfilled_are_refused_unless_only_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A command that starts something refuses them; `config show` asks not to."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKYGARTH_CLUSTER__KEY", "secret")

    with pytest.raises(Invalid):
        USUAL.settings()
    assert USUAL.settings(refuse_unsupported=False).cluster.key is not None
