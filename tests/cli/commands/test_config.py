"""`skygarth config` tells what a node would start with, and where that was set."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.commands.conftest import Run


def test_every_value_is_shown_with_its_origin(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file of this folder is found by itself; a variable is stronger."""
    file = tmp_path / "skygarth.toml"
    file.write_text('[node]\nname = "web-1"\nlisten = "0.0.0.0:80"\n', encoding="utf-8")
    monkeypatch.setenv("SKYGARTH_NODE__NAME", "web-2")

    ended = run("config", "show", "--json")

    assert ended.code == 0
    assert isinstance(ended.facts, dict)
    assert ended.facts["node.name"] == {
        "value": "web-2",
        "origin": "environment SKYGARTH_NODE__NAME",
    }
    assert ended.facts["node.listen"] == {"value": "0.0.0.0:80", "origin": "file skygarth.toml"}
    assert ended.facts["replication.poll"] == {"value": "2s", "origin": "default"}


def test_a_secret_is_shown_as_where_it_comes_from(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither as a table nor as JSON does a secret appear."""
    file = tmp_path / "own.toml"
    file.write_text('[replication]\nkey = { env = "SITE_KEY" }\n', encoding="utf-8")
    monkeypatch.setenv("SITE_KEY", "hunter2")

    ended = [run("config", "show", "--config", str(file), *how) for how in ([], ["--json"])]

    assert [each.code for each in ended] == [0, 0]
    assert not any("hunter2" in each.out for each in ended)
    assert all("SITE_KEY" in each.out for each in ended)


def test_good_settings_are_said_to_be_good(run: Run) -> None:
    """Nothing goes to stdout: there is no fact to print."""
    ended = run("config", "validate")

    assert (ended.code, ended.out, ended.err) == (0, "", "the settings are good\n")


def test_a_misspelt_setting_fails_with_a_way_out(run: Run, tmp_path: Path) -> None:
    """An error has its code, what was found, and how to mend it; stdout stays empty."""
    (tmp_path / "skygarth.toml").write_text("[replication]\nbuket = 1\n", encoding="utf-8")

    ended = run("config", "validate")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        "error[SG-CONFIG-001]: unknown setting. "
        "key='replication.buket' origin='file skygarth.toml'\n"
        "  fix: did you mean replication.bucket?\n"
    )


def test_a_file_that_was_named_must_be_there(run: Run) -> None:
    """An absent --config is not found, which is exit code 4."""
    assert run("config", "show", "--config", "absent.toml").code == 4


def test_a_setting_that_cannot_be_fulfilled_does_not_pass(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`validate` refuses what `run` would refuse; `show` still shows it."""
    monkeypatch.setenv("SKYGARTH_DNS__NAME", "www.example.org")

    assert run("config", "validate").code == 1
    assert run("config", "show").code == 0
