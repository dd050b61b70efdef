"""Whole nodes that run the application which lies in their bucket."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from tests.assembly.wheels import build_wheel
from tests.processes.conftest import MakeNode
from tests.processes.node_process import NodeProcess
from tests.waiting import wait_until

from skygarth.assembly.application_source import application_store
from skygarth.assembly.application_wheels import read_wheels
from skygarth.bucket.opening import open_bucket
from skygarth.clock.wall_clock import WallClock
from skygarth.formats import bucket_keys as keys
from skygarth.formats.application_record import ApplicationRecord, encode_application
from skygarth.node.application_store import ApplicationStore
from skygarth.node.cluster_key import KEY_BYTES, ClusterKey, ClusterKeys

KEY = ClusterKey(b"k" * KEY_BYTES)
ENVIRON = {"SKYGARTH_CLUSTER__KEY": KEY.text}


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A folder as the bucket."""
    return f"file://{tmp_path / 'bucket'}"


def store_in(url: str) -> ApplicationStore:
    """The bucket's application, signed by the cluster's key."""
    clock = WallClock()
    bucket = open_bucket(url, sleep=clock.sleep, random=lambda: 0.5, now_ms=clock.now_ms)
    return application_store(bucket, ClusterKeys([KEY]))


def publish(url: str, tmp_path: Path, version: str, accepted: str = "") -> ApplicationRecord:
    """Publish a version of the greeting with its wheel."""
    wheels = read_wheels([build_wheel(tmp_path / "wheels", version)])
    record = ApplicationRecord(version, {"greeting": accepted}, "greeting", tuple(wheels))
    return store_in(url).publish(record, wheels)


def greeting(node: NodeProcess) -> str:
    """What the front page says; "" while nobody answers."""
    try:
        return httpx2.get(f"{node.address}/", timeout=2).text.strip()
    except httpx2.HTTPError:
        return ""


def test_a_bare_node_gets_its_application_from_the_bucket(
    make_node: MakeNode, url: str, tmp_path: Path
) -> None:
    """It is given the bucket's address and the key, and serves (BKT-8)."""
    publish(url, tmp_path, "1.0")
    node = make_node("bare", url, ENVIRON).start()

    assert greeting(node) == "greetings from 1.0"


@pytest.mark.long
def test_nodes_take_a_new_version_one_after_the_other(
    make_node: MakeNode, url: str, tmp_path: Path
) -> None:
    """Never are two away at once, and both versions serve meanwhile."""
    publish(url, tmp_path, "1.0")
    nodes = [make_node(name, url, ENVIRON).start() for name in ("a", "b")]
    publish(url, tmp_path, "2.0", ">=1")
    fewest = len(nodes)

    def all_are_new() -> bool:
        nonlocal fewest
        ready = [node for node in nodes if node.is_ready]  # visitors are sent nowhere else
        fewest = min(fewest, len(ready))
        return [greeting(node) for node in ready] == ["greetings from 2.0"] * len(nodes)

    wait_until(all_are_new, "both nodes to run the new version", seconds=60)

    assert fewest == 1


@pytest.mark.long
def test_a_version_that_does_not_load_changes_nothing(
    make_node: MakeNode, url: str, tmp_path: Path
) -> None:
    """The node tries it elsewhere, says why it does not take it, and serves on."""
    publish(url, tmp_path, "1.0")
    node = make_node("a", url, ENVIRON).start()
    wheels = read_wheels([build_wheel(tmp_path / "broken", "2.0", source="import not_there\n")])
    store_in(url).publish(ApplicationRecord("2.0", {}, "greeting", tuple(wheels)), wheels)
    wait_until(lambda: "is not taken" in node.log.read_text(), "the refusal", seconds=30)

    assert greeting(node) == "greetings from 1.0"
    assert "not_there" in node.log.read_text()


def test_a_node_that_lacks_a_component_populates_and_serves_nobody(
    make_node: MakeNode, url: str
) -> None:
    """It says what it lacks; once the record asks for less it takes traffic (BKT-9)."""
    node = make_node("a", url, ENVIRON).start()
    store_in(url).publish(ApplicationRecord("2", {"shop": ">=1"}), {})
    wait_until(lambda: not node.is_ready, "the node to refuse", seconds=20)
    answer = httpx2.get(f"{node.address}/readyz").json()
    store_in(url).publish(ApplicationRecord("3", {}), {})
    wait_until(lambda: node.is_ready, "the node to serve", seconds=20)

    assert answer["why"] == "component 'shop' is not here"


def test_whoever_holds_only_the_bucket_makes_no_node_run_his_code(
    make_node: MakeNode, url: str, tmp_path: Path
) -> None:
    """A record with another wheel under the old signature is followed by nobody (BKT-8)."""
    record = publish(url, tmp_path, "1.0")
    node = make_node("a", url, ENVIRON).start()
    forged = read_wheels([build_wheel(tmp_path / "forged", "6.6")])
    bucket = tmp_path / "bucket"
    for wheel, body in forged.items():
        path = bucket / keys.blob_key(wheel.digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    altered = replace(record, version="6.6", wheels=tuple(forged))
    (bucket / keys.APPLICATION_KEY).write_bytes(encode_application(altered))
    newcomer = make_node("b", url, ENVIRON).start(ready=False)
    wait_until(lambda: "SG-APP-002" in str(newcomer.get("node")["why"]), "the refusal")

    assert not newcomer.is_ready
    assert "greetings" not in greeting(newcomer)
    assert greeting(node) == "greetings from 1.0"
