"""`skygarth keys` for sealed buckets: an admin founds, invites, admits, expels and rotates."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from tests.cli.commands.conftest import Run

from skygarth.formats.principals import read_key, read_request


@pytest.fixture(autouse=True)
def _bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder as the bucket, and a data folder that is not there yet."""
    monkeypatch.setenv("SKYGARTH_REPLICATION__BUCKET", f"file://{tmp_path / 'bucket'}")
    monkeypatch.setenv("SKYGARTH_NODE__DATA", str(tmp_path / "node"))


def _facts(run: Run, *words: str) -> Any:
    return run("keys", *words, "--json").facts


def _members(run: Run) -> dict[str, str]:
    """State by name, or by kind for those without one."""
    items = _facts(run, "list", "--admin", "admin.key")["items"]
    return {str(each["name"] or each["kind"]): str(each["state"]) for each in items}


def test_an_admin_founds_and_invites(run: Run) -> None:
    """Keys go into files for one user alone, and are shown nowhere (SEA-12)."""
    made = run("keys", "found", "--admin", "admin.key")
    invited = run("keys", "invite", "--admin", "admin.key", "--out", "join.key", "--note", "web")
    for file, kind in (("admin.key", "admin"), ("join.key", "join")):
        key = read_key(Path(file).read_text(encoding="ascii"), kind)

        assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
        assert key.seed.hex() not in made.out + made.err + invited.out + invited.err
    assert (made.code, invited.code) == (0, 0)
    assert _members(run) == {"admin": "takes part", "web": "open, used 0 of any number"}


def test_a_bucket_is_founded_once(run: Run) -> None:
    """The second attempt leaves no key behind that would be good for nothing."""
    run("keys", "found", "--admin", "admin.key")
    again = run("keys", "found", "--admin", "other.key")

    assert (again.code, "SG-KEY-007" in again.err) == (5, True)
    assert not Path("other.key").exists()


def test_a_node_asks_and_is_admitted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows public keys; the admin decides, and may decide otherwise later (SEA-7, SEA-8)."""
    trust = _facts(run, "found", "--admin", "admin.key")["trust"]
    without = run("keys", "request")
    monkeypatch.setenv("SKYGARTH_REPLICATION__KEY", str(trust))
    asked = run("keys", "request").out.strip()
    admitted = run("keys", "admit", asked, "--admin", "admin.key", "--name", "web-1")
    expelled = _facts(run, "expel", "web-1", "--admin", "admin.key")

    assert (without.code, "SG-KEY-009" in without.err) == (4, True)
    assert read_request(asked).id in admitted.out
    assert expelled["epoch"] == 2
    assert _members(run)["web-1"] == "expelled in epoch 2"


def test_tokens_are_revoked_and_epochs_begun(run: Run) -> None:
    """Each in one command, with nothing but the admin's key and the bucket (SEA-7)."""
    run("keys", "found", "--admin", "admin.key")
    made = ("invite", "--admin", "admin.key", "--out", "join.key", "--uses", "3")
    token = str(_facts(run, *made)["token"])
    revoked = run("keys", "revoke", token[:8], "--admin", "admin.key", "--json")
    epoch = run("keys", "epoch", "--admin", "admin.key", "--json")

    assert revoked.facts == {"token": token}
    assert epoch.facts == {"epoch": 2}
    assert _members(run)["token"] == "closed, used 0 of 3"


def test_rubbish_in_the_log_of_trust_is_shown(run: Run, tmp_path: Path) -> None:
    """And the admin's next deed takes its place (SEA-5)."""
    run("keys", "found", "--admin", "admin.key")
    (tmp_path / "bucket" / "keys" / "0000000000000002").write_bytes(b"rubbish")
    shown = run("keys", "list", "--admin", "admin.key")
    epoch = run("keys", "epoch", "--admin", "admin.key")
    healed = _facts(run, "list", "--admin", "admin.key")

    assert (shown.code, epoch.code) == (0, 0)
    assert "cannot be believed" in shown.err
    assert (healed["fault"], healed["epoch"]) == ("", 2)


def test_a_token_is_not_written_over(run: Run) -> None:
    """And none is made that nobody could use."""
    run("keys", "found", "--admin", "admin.key")
    Path("join.key").write_text("precious", encoding="ascii")
    refused = run("keys", "invite", "--admin", "admin.key", "--out", "join.key")

    assert (refused.code, "SG-KEY-002" in refused.err) == (5, True)
    assert Path("join.key").read_text(encoding="ascii") == "precious"
    assert list(_members(run)) == ["admin"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("epoch", "--admin", "nowhere.key"), "SG-KEY-009"),
        (("epoch", "--admin", "wrong.key"), "SG-TRUST-007"),
        (("expel", "nobody", "--admin", "admin.key"), "SG-KEY-006"),
        (("revoke", "nothing", "--admin", "admin.key"), "SG-KEY-006"),
        (("admit", "please", "--admin", "admin.key"), "SG-TRUST-007"),
    ],
)
def test_what_cannot_be_done_is_told(run: Run, words: tuple[str, ...], code: str) -> None:
    """With a code and a way out."""
    run("keys", "found", "--admin", "admin.key")
    Path("wrong.key").write_text("skyjoin_", encoding="ascii")
    refused = run("keys", *words)

    assert refused.code != 0
    assert code in refused.err
