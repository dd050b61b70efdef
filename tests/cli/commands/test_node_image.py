"""`skygarth node image` writes a folder with the bucket filled in and no secret inside."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.cli.commands.conftest import Run


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine knows of a store must not get into the files."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


def test_a_folder_is_written_and_the_next_steps_told(run: Run) -> None:
    """Named after the kind of node and the shape."""
    made = run("node", "image", "systemd", "--bucket", "s3://acme/site", "--pools", "search")

    assert made.code == 0
    assert "install.sh" in made.out
    assert Path("skygarth-search-systemd/skygarth-search.service").is_file()


def test_facts_come_as_json(run: Run) -> None:
    """For a script that goes on with the files."""
    words = ("node", "image", "cloud-init", "--bucket", "s3://acme/site", "--out", "seed", "--json")
    facts = run(*words).facts

    assert isinstance(facts, dict)
    assert (facts["shape"], facts["folder"]) == ("cloud-init", "seed")
    assert facts["files"] == ["user-data", "meta-data"]


def test_the_settings_of_this_machine_are_carried_over(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bucket, pools, notices and DNS; of secrets where they are; not its name and folder."""
    Path("skygarth.toml").write_text(
        '[node]\nname = "mine"\ndata = "here"\npools = ["media"]\n'
        '[replication]\nbucket = "s3://acme/site"\npoll = "5s"\n'
        '[notices]\nuse = ["nats"]\nnats = { env = "NATS" }\n'
        '[cluster]\nkey = { file = "here.key" }\n',
        encoding="utf-8",
    )
    Path("here.key").write_text("skykey_" + "5e" * 32, encoding="utf-8")
    monkeypatch.setenv("NATS", "nats://me:sesame@broker:4222")
    run("node", "image", "systemd", "--out", "out")
    found = tomllib.loads(Path("out/skygarth-media.toml").read_text(encoding="utf-8"))

    assert found["replication"] == {"bucket": "s3://acme/site", "poll": "5s"}
    assert found["notices"] == {"use": ["nats"], "nats": {"env": "NATS"}}
    assert found["node"]["pools"] == ["media"]
    assert "name" not in found["node"]
    assert found["cluster"]["key"] == {
        "file": "/run/credentials/skygarth-media.service/cluster.key"
    }


def test_without_a_bucket_there_is_no_image(run: Run) -> None:
    """A folder on this machine is nobody else's (SG-IMAGE-006)."""
    made = run("node", "image", "systemd")

    assert made.code == 1
    assert "SG-IMAGE-006" in made.err


def test_changed_files_are_not_written_over(run: Run) -> None:
    """Unless one insists (SG-IMAGE-002)."""
    words = ("node", "image", "systemd", "--bucket", "s3://acme/site", "--out", "out")
    run(*words)
    unit = Path("out/skygarth-web.service")
    unit.write_text("mine", encoding="utf-8")
    again = run(*words)

    assert again.code == 5
    assert "SG-IMAGE-002" in again.err
    assert unit.read_text(encoding="utf-8") == "mine"
    assert run(*words, "--force").code == 0


@pytest.mark.parametrize("given", ["--listen=nowhere", "--nodes=many", "--key-from=elsewhere"])
def test_what_cannot_be_is_refused(run: Run, given: str) -> None:
    """Before anything is written."""
    made = run("node", "image", "helm", "--bucket", "s3://acme/site", "--out", "out", given)

    assert made.code == 1
    assert not Path("out").exists()
