"""A node comes into traffic and out of it, over HTTP."""

from __future__ import annotations

import threading
from dataclasses import replace

import msgspec
import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import Book, CloudNode

from skygarth.cli.answers import ForgottenAnswer, NodeAnswer, NodesAnswer
from skygarth.formats import bucket_keys as keys
from skygarth.formats.claim_record import ClaimRecord, encode_claim
from skygarth.formats.records import encode_record
from skygarth.model.position import Incarnation

DEAD = Incarnation("d" * 32)


def put_card(node: CloudNode, state: str, *, name: str = "d", every_seconds: float = 0.0) -> None:
    """Somebody else's card, which is overdue six seconds from now or says that it has left."""
    own = next(each.card for each in node.node.members())
    card = replace(
        own, incarnation=DEAD, name=name, state=state, every_seconds=every_seconds, address=""
    )
    node.node.bucket.put(keys.card_key(DEAD), encode_record(card))


def test_a_node_drains_and_comes_back(node: CloudNode, admin: TestClient) -> None:
    """Readiness is refused at once; drained when all is in the bucket; back when told (MBR-7)."""
    node.repository.create(Book(name="last", title="Last"))
    answered = admin.post("node/drain", json={"finish_seconds": 5})
    ready = node.app.get("/readyz").status_code
    node.waits_for(lambda: admin.get("node").json()["state"] == "drained")
    told = msgspec.convert(admin.get("node").json(), NodeAnswer)
    back = admin.post("node/resume").json()["state"]

    assert answered.status_code == 202
    assert answered.json()["state"] in {"draining", "drained"}
    assert (ready, told.backlog, told.in_flight, told.leaving) == (503, 0, 0, False)
    assert (back, node.app.get("/readyz").status_code) == ("ready", 200)


def test_a_node_in_somebody_elses_process_does_not_end_it(
    node: CloudNode, admin: TestClient
) -> None:
    """It says who can (SG-NODE-002), and stays in traffic."""
    refused = admin.post("node/leave")

    assert refused.status_code == 501
    assert refused.json()["code"] == "SG-NODE-002"
    assert node.node.state == "ready"


def test_a_node_leaves_when_it_is_drained(node: CloudNode, admin: TestClient) -> None:
    """Its process is ended once, after the last word (MBR-8)."""
    ended = threading.Event()
    node.node.end_process = ended.set
    told = admin.post("node/leave", json={"finish_seconds": 0}).json()

    assert told["leaving"] is True
    assert ended.wait(10)
    assert node.node.state == "drained"
    assert admin.post("node/resume").json()["leaving"] is False


@pytest.mark.parametrize("given", ["-1", "3601", '"30"', "true", "null", "1e400"])
def test_nobody_waits_for_ever(node: CloudNode, admin: TestClient, given: str) -> None:
    """The time to finish is a number of seconds up to an hour (SG-NODE-001)."""
    answer = admin.post("node/drain", content=f'{{"finish_seconds": {given}}}')

    assert (answer.status_code, node.node.state) == (400, "ready")


def test_only_an_administrator_takes_a_node_out_of_traffic(
    node: CloudNode, reader: TestClient
) -> None:
    """Others see how it is, and no more."""
    calls = ["node/drain", "node/resume", "node/leave", "nodes/d/forget"]

    assert [reader.post(call).status_code for call in calls] == [403] * 4
    assert [node.visitor().post(call).status_code for call in calls] == [401] * 4


def test_a_node_that_is_gone_is_forgotten(node: CloudNode, admin: TestClient) -> None:
    """Its card goes, what it had claimed is free, and what it wrote stays (MBR-10)."""
    put_card(node, "left")
    claim = encode_claim(ClaimRecord(DEAD, "n", 3600.0))
    node.node.bucket.put(keys.claim_key("dns-sweep", 1), claim)
    forgotten = msgspec.convert(admin.post("nodes/d/forget").json(), ForgottenAnswer)
    left = msgspec.convert(admin.get("nodes?fresh=true").json(), NodesAnswer)

    assert [each.incarnation for each in forgotten.items] == [DEAD]
    assert forgotten.claims == ["dns-sweep"]
    assert [each.name for each in left.items] == ["a"]
    assert node.node.claims.take("dns-sweep", 30) is not None
    assert admin.post("nodes/d/forget").status_code == 404


@pytest.mark.parametrize("which", ["a", "d"])
def test_a_node_that_is_alive_is_not_forgotten(
    node: CloudNode, admin: TestClient, which: str
) -> None:
    """Neither the one that is asked nor another; the answer says what to do (MBR-10)."""
    put_card(node, "ready", every_seconds=60)
    refused = admin.post(f"nodes/{which}/forget")

    assert (refused.status_code, refused.json()["code"]) == (409, "SG-NODE-003")
    assert "skygarth node leave" in refused.json()["hint"]


def test_of_two_of_one_name_the_dead_one_is_forgotten(node: CloudNode, admin: TestClient) -> None:
    """A node that came back under a new identity keeps its card (MBR-10)."""
    put_card(node, "left", name="a")
    forgotten = admin.post("nodes/a/forget").json()["items"]

    assert [each["incarnation"] for each in forgotten] == [DEAD]
    assert [each["incarnation"] for each in admin.get("nodes?fresh=true").json()["items"]] == [
        node.node.incarnation
    ]


def test_a_card_says_how_a_node_is(node: CloudNode, admin: TestClient) -> None:
    """Pools, components, load and health stand in the list of nodes."""
    items = admin.get("nodes").json()["items"]  # other tests here have left cards of the dead
    (item,) = [each for each in items if each["incarnation"] == node.node.incarnation]

    assert (item["pools"], item["components"], item["unwell"]) == (["web"], {}, [])
    assert item["load"] >= 0
    assert item["requests_per_second"] >= 0
    assert node.node.traits.card_seconds == 2.0
