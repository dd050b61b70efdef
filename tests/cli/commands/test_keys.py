"""`skygarth keys` makes the cluster's key and tells how it is exchanged; it never shows one."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from tests.cli.commands.conftest import Run

from skygarth.node.cluster_key import parse_key


def test_a_key_goes_into_a_file_of_its_owner_alone(run: Run) -> None:
    """Only its id is printed, and what to write into the settings."""
    made = run("keys", "create", "--out", "site.key")
    key = parse_key(Path("site.key").read_text(encoding="ascii"))

    assert made.code == 0
    assert key.id in made.out
    assert key.secret.hex() not in made.out
    assert stat.S_IMODE(Path("site.key").stat().st_mode) == 0o600


def test_a_key_can_be_printed_for_a_secret_store(run: Run) -> None:
    """Nothing else goes to stdout."""
    made = run("keys", "create")

    assert parse_key(made.out).text == made.out.strip()


def test_a_file_is_never_written_over(run: Run) -> None:
    """The key in it may be the only copy."""
    run("keys", "create", "--out", "site.key")
    before = Path("site.key").read_bytes()
    again = run("keys", "create", "--out", "site.key")

    assert again.code == 5
    assert "SG-KEY-002" in again.err
    assert Path("site.key").read_bytes() == before


def test_the_ids_of_the_settings_keys_are_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that signs first; without any, how to make one."""
    none = run("keys", "show")
    key = parse_key(run("keys", "create").out)
    monkeypatch.setenv("SKYGARTH_CLUSTER__KEY", key.text)
    shown = run("keys", "show", "--json")

    assert "keys create" in none.out
    assert shown.facts == {"items": [{"id": key.id, "use": "signs"}]}


def test_a_key_is_followed_by_the_next_in_steps(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every node first accepts it; only a key that exists can be followed."""
    nothing = run("keys", "rotate", "--out", "next.key")
    key = parse_key(run("keys", "create").out)
    monkeypatch.setenv("SKYGARTH_CLUSTER__KEY", key.text)
    rotated = run("keys", "rotate", "--out", "next.key")

    assert (nothing.code, rotated.code) == (4, 0)
    assert key.id in rotated.out
    assert "accepted_keys" in rotated.out
    assert parse_key(Path("next.key").read_text(encoding="ascii")).id in rotated.out
