"""What every call has: versions that carry over nodes, durability, limits."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import CloudNode

from skygarth.model.errors import Invalid
from skygarth.model.position import Incarnation
from skygarth.web.api import calls
from skygarth.web.api.calls import read_version, suggestion, write_version

LONG = Incarnation("ab" * 16)


def _book(name: str) -> dict[str, object]:
    return {"fields": {"name": name, "title": name}}


def test_a_version_is_read_as_it_was_written() -> None:
    """A vector survives the header, in any order of its parts."""
    vector = {LONG: 7, Incarnation("00" * 16): 12}

    assert read_version(write_version(vector)) == vector
    assert read_version("") == {}


@pytest.mark.parametrize("text", ["x", f"{LONG}", f"{LONG}:", f"{LONG}:-1", f"{LONG}:{'9' * 20}"])
def test_what_is_no_version_is_refused(text: str) -> None:
    """A version that nobody wrote is refused, not waited for."""
    with pytest.raises(Invalid) as refused:
        read_version(text)

    assert refused.value.code == "SG-API-003"


def test_a_write_is_read_on_another_node(pair: tuple[CloudNode, CloudNode]) -> None:
    """The version that a write returned, sent to another node, waits until it is there."""
    a, b = pair
    writer, reader = a.client("editor"), b.client("reader")
    b.waits_for(lambda: reader.get("types/book").status_code == 200)
    for number in range(5):
        made = writer.post("book", json=_book(f"carried-{number}"))
        version = made.headers["Skygarth-Version"]
        read = reader.get(f"objects/{made.json()['guid']}", headers={"Skygarth-Version": version})
        assert read.status_code == 200, read.text


def test_a_node_waits_for_nothing_of_its_own(node: CloudNode) -> None:
    """What a node wrote itself it has, even while nothing is published."""
    admin = node.client("admin")
    admin.post("sync/pause").raise_for_status()
    node.waits_for(lambda: node.node.sync_status().paused)
    made = admin.post("book", json=_book("own"))
    read = admin.get("tree/own", headers={"Skygarth-Version": made.headers["Skygarth-Version"]})
    admin.post("sync/resume").raise_for_status()

    assert read.status_code == 200


def test_a_version_that_does_not_come_is_503(
    reader: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that cannot catch up in time says so, and when to ask again."""
    monkeypatch.setattr(calls, "CATCH_UP_SECONDS", 0.05)
    answer = reader.get("book", headers={"Skygarth-Version": f"{LONG}:1"})

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert answer.json()["code"] == "SG-API-503"


def test_a_write_may_wait_for_the_bucket(node: CloudNode, editor: TestClient) -> None:
    """`Prefer: durability=bucket` waits until the write outlives this node, and says so."""
    wish = {"Prefer": "wait=10, durability=bucket"}
    durable = editor.post("book", json=_book("durable"), headers=wish)
    version = read_version(durable.headers["Skygarth-Version"])

    assert durable.headers["Skygarth-Durability"] == "bucket"
    assert version[node.node.incarnation] == node.node.vector[node.node.incarnation]
    assert editor.post("book", json=_book("quick")).headers["Skygarth-Durability"] == "local"


def test_a_wait_that_ends_says_what_was_reached(node: CloudNode) -> None:
    """A write is kept, and its true level told, when the bucket does not take it in time."""
    admin = node.client("admin")
    admin.post("sync/pause").raise_for_status()
    node.waits_for(lambda: node.node.sync_status().paused)
    wish = {"Prefer": "wait=0.05, durability=bucket"}
    answer = admin.post("book", json=_book("cut"), headers=wish)
    admin.post("sync/resume").raise_for_status()

    assert answer.status_code == 201
    assert answer.headers["Skygarth-Durability"] == "local"


def test_versions_name_segments_that_come(pair: tuple[CloudNode, CloudNode]) -> None:
    """
    No version ever names a segment beyond the one that carries the write; where one is
    on its way at that moment, it may name that.
    """
    a, _ = pair
    writer = a.client("editor")
    told = 0
    for number in range(20):
        answer = writer.post("book", json=_book(f"many-{number}"))
        version = read_version(answer.headers["Skygarth-Version"])
        assert version[a.node.incarnation] >= told
        told = version[a.node.incarnation]
    a.waits_for(lambda: a.node.sync_status().unpublished == 0)

    carried_by = a.node.vector[a.node.incarnation]
    assert carried_by - 1 <= told <= carried_by


def test_a_suggestion_names_what_was_meant() -> None:
    """The nearest name comes first, then all there are."""
    assert suggestion("titel", ["title", "body"]) == "did you mean title? there is body, title"
    assert suggestion("xyz", ["title"]) == "there is title"
    assert suggestion("xyz", []) == "there is none"
