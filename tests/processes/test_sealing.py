"""Real processes on a sealed bucket: joining, each refusal's way out, kill −9, and tampering."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from tests.processes.conftest import MakeNode
from tests.processes.node_process import NodeProcess, wait_for_agreement
from tests.servers.fixtures import Address
from tests.waiting import wait_until

SECRET_WORDS = "the colour of the elephant"


def keys_command(bucket: str, *words: str, environ: Mapping[str, str] | None = None) -> str:
    """What a command of `skygarth keys` prints."""
    ended = subprocess.run(
        [sys.executable, "-m", "skygarth.cli", "keys", *words],
        env={**os.environ, **(environ or {}), "SKYGARTH_REPLICATION__BUCKET": bucket},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ended.stdout


def sealed(bucket: str, folder: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Make a bucket a sealed repository; the setting with which nodes join it."""
    admin, token = str(folder / "admin.key"), str(folder / "join.key")
    keys_command(bucket, "found", "--admin", admin, environ=environ)
    keys_command(bucket, "invite", "--admin", admin, "--out", token, environ=environ)
    return {"SKYGARTH_REPLICATION__KEY": Path(token).read_text(encoding="ascii").strip()}


def _why(node: NodeProcess) -> str:
    return str(node.client.get("/readyz").json().get("why", ""))


def _says(node: NodeProcess, code: str) -> bool:
    return code in _why(node)


def test_nodes_share_a_sealed_folder(tmp_path: Path, make_node: MakeNode) -> None:
    """They join, agree, survive kill −9, need their token no more; the folder tells nothing."""
    bucket = f"file://{tmp_path / 'bucket'}"
    joining = sealed(bucket, tmp_path)
    one = make_node("one", bucket, joining).start()
    two = make_node("two", bucket, joining).start()
    first = one.write("page", SECRET_WORDS, durability="bucket")
    wait_for_agreement(one, two)
    one.call("POST", "sync/snapshot").raise_for_status()
    two.kill()
    one.retitle(first, f"{SECRET_WORDS}, again")
    again = make_node("two", bucket, data=two.data, token=two.token).start()
    late = make_node("late", bucket, joining, token=one.token).start()
    wait_for_agreement(one, again, late)
    stored = b"".join(
        path.read_bytes() for path in (tmp_path / "bucket").rglob("*") if path.is_file()
    )

    assert late.title(first) == again.title(first) == f"{SECRET_WORDS}, again"
    for words in (SECRET_WORDS.encode(), b"SQLite format", b"article", b"127.0.0.1"):
        assert words not in stored


def test_each_refusal_names_its_way_out(tmp_path: Path, make_node: MakeNode) -> None:
    """Without a key, with another repository's, not yet admitted; and admission lets it go on."""
    bucket = f"file://{tmp_path / 'bucket'}"
    sealed(bucket, tmp_path)
    (tmp_path / "other").mkdir()
    other = sealed(f"file://{tmp_path / 'other-bucket'}", tmp_path / "other")
    listed = keys_command(bucket, "list", "--admin", str(tmp_path / "admin.key"), "--json")
    trust = {"SKYGARTH_REPLICATION__KEY": listed.partition('"trust"')[2].split('"')[1]}
    without = make_node("without", bucket).start(ready=False)
    wrong = make_node("wrong", bucket, other).start(ready=False)
    waiting = make_node("waiting", bucket, trust).start(ready=False)
    waits = [(without, "SG-SEAL-001"), (wrong, "SG-SEAL-019"), (waiting, "SG-SEAL-016")]
    for node, refusal in waits:
        wait_until(partial(_says, node, refusal), f"{node.name} to say {refusal}")
    request = next(word for word in _why(waiting).split() if word.startswith("skyrequest_"))
    admin = str(tmp_path / "admin.key")
    keys_command(bucket, "admit", request.strip("`;"), "--admin", admin, "--name", "waiting")
    wait_until(lambda: waiting.is_ready, "the node that was admitted to go on", seconds=60)
    code, said = make_node(
        "bad", bucket, {"SKYGARTH_REPLICATION__KEY": "no-key-at-all"}
    ).start_in_vain()

    published = {path.name.partition("-")[0] for path in (tmp_path / "bucket").glob("tail/*")}
    assert published <= {str(waiting.get("node")["incarnation"])}
    assert (code, "SG-TRUST-007" in said) == (1, True)


def test_tampering_is_seen_and_shown(tmp_path: Path, make_node: MakeNode) -> None:
    """A flipped bit stops one log; put back, it goes on; nothing is lost (SEA-4)."""
    bucket = f"file://{tmp_path / 'bucket'}"
    joining = sealed(bucket, tmp_path)
    one = make_node("one", bucket, joining).start()
    guid = one.write("page", durability="bucket")
    one.stop()
    segment = max((tmp_path / "bucket" / "tail").iterdir())
    good = segment.read_bytes()
    segment.write_bytes(good[:-200] + bytes([good[-200] ^ 1]) + good[-199:])
    two = make_node("two", bucket, joining).start(ready=False)
    wait_until(lambda: "SG-SEAL-003" in str(two.sync()["peers"]), "the quarantine to be shown")
    other = two.write("other", durability="bucket")
    segment.write_bytes(good)
    incarnation = segment.name.partition("-")[0]
    two.call("POST", f"sync/quarantine/{incarnation}/release")
    one.start()
    wait_until(lambda: two.has([guid]) and one.has([other]), "both to have both", seconds=40)


@pytest.mark.server
@pytest.mark.xdist_group("processes")
def test_nodes_share_a_sealed_bucket_on_s3(
    seaweed_url: Address, tmp_path: Path, make_node: MakeNode
) -> None:
    """On a real server all is as in a folder."""
    bucket, environ = seaweed_url
    joining = {**environ, **sealed(bucket, tmp_path, environ)}
    one = make_node("one", bucket, joining).start()
    two = make_node("two", bucket, joining).start()
    guids = [one.write("by-one", durability="bucket"), two.write("by-two", durability="bucket")]
    one.call("POST", "sync/snapshot").raise_for_status()
    late = make_node("late", bucket, joining, token=one.token).start()
    wait_for_agreement(one, two, late)

    assert late.has(guids)
