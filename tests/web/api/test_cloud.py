"""The cloud over HTTP: what a node tells of itself, of others, and of the bucket."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
from starlette.testclient import TestClient
from tests.web.cloud_nodes import Book, CloudNode, running

from skygarth.cli.answers import (
    CostAnswer,
    NodeAnswer,
    ObjectAnswer,
    Page,
    SyncAnswer,
    TypeAnswer,
)
from skygarth.model.position import Position


def test_a_node_tells_who_it_is_and_what_it_holds(node: CloudNode, reader: TestClient) -> None:
    """Name, identity, vector, lag, backlog, and one digest over the content at that vector."""
    node.repository.create(Book(name="one", title="One"))
    node.waits_for(lambda: reader.get("node").json()["digest"])
    told = msgspec.convert(reader.get("node").json(), NodeAnswer)

    assert told.name == "a"
    assert told.incarnation == node.node.incarnation
    assert told.state == "ready"
    assert told.pools == ["web"]
    assert told.address == "http://a.example"
    assert told.vector[told.incarnation] >= 1
    assert told.backlog == 0
    assert told.lag_seconds == 0
    assert told.digest is not None
    assert told.objects == 1
    assert told.conflicts == 0


def test_nodes_of_one_cloud_see_each_other(pair: tuple[CloudNode, CloudNode]) -> None:
    """Each node lists all of them, with what it has applied of each."""
    a, b = pair
    client = b.client("reader")
    a.waits_for(lambda: len(client.get("nodes").json()["items"]) == 2)
    listed = msgspec.convert(client.get("nodes").json(), Page[NodeAnswer])

    assert [item.name for item in listed.items] == ["a", "b"]
    assert {item.state for item in listed.items} <= {"ready", "starting"}
    assert listed.items[0].address == "http://a.example"


def test_equal_vectors_have_equal_digests(pair: tuple[CloudNode, CloudNode]) -> None:
    """Two nodes that have applied the same hold the same."""
    a, b = pair
    first, second = a.client("reader"), b.client("reader")
    a.repository.create(Book(name="same", title="Same"))

    def told(client: TestClient) -> tuple[object, object]:
        answer = client.get("node").json()
        return answer["vector"], answer["digest"]

    a.waits_for(lambda: second.get("tree/same").status_code == 200)
    a.waits_for(lambda: told(first)[1] and told(first) == told(second))
    assert first.get("tree/same").json() == second.get("tree/same").json()


def test_replication_is_told_and_steered(pair: tuple[CloudNode, CloudNode]) -> None:
    """A paused node sends and fetches nothing, says so, and catches up when it goes on."""
    a, b = pair
    admin = b.client("admin")
    b.waits_for(lambda: admin.get("sync").json()["unpublished"] == 0)  # the admin's own token
    assert admin.post("sync/pause").json()["state"] == "paused"
    b.waits_for(lambda: admin.get("sync").json()["state"] == "paused")
    b.repository.create(Book(name="alone", title="Alone"))
    paused = msgspec.convert(admin.get("sync").json(), SyncAnswer)
    unseen = a.client("reader").get("tree/alone").status_code
    admin.post("sync/resume").raise_for_status()
    a.waits_for(lambda: a.client("reader").get("tree/alone").status_code == 200)
    b.waits_for(lambda: admin.get("sync").json()["unpublished"] == 0)
    b.waits_for(lambda: "a" in [each["name"] for each in admin.get("nodes").json()["items"]])
    told = msgspec.convert(admin.get("sync").json(), SyncAnswer)

    assert (paused.state, paused.unpublished, unseen) == ("paused", 1, 404)
    assert told.state != "paused"
    assert told.bucket.reachable
    assert told.bucket.url.startswith("file://")
    assert [peer.name for peer in told.peers] == ["a"]
    assert told.own_sequence >= 1


def test_a_snapshot_is_taken_on_demand(node: CloudNode, admin: TestClient) -> None:
    """An administrator has the node write a snapshot now."""
    answer = admin.post("sync/snapshot")

    assert answer.status_code == 201
    assert answer.json()["vector"] == dict(node.node.vector)
    assert answer.json()["objects"] >= 1


def _empty(bucket: Path) -> None:
    """Remove what nodes put there; the mark that says that this folder is the bucket stays."""
    for entry in bucket.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif not entry.name.startswith("."):
            entry.unlink()


def test_a_bucket_that_was_emptied_is_refilled(node: CloudNode, admin: TestClient) -> None:
    """It takes a new name and puts its content back (REP-27); then there is nothing to do."""
    before = node.node.incarnation
    _empty(node.data.parent / "bucket")
    done = admin.post("sync/refill")
    node.waits_for(lambda: node.node.state == "ready")
    again = admin.post("sync/refill")

    assert done.status_code == 201
    assert done.json()["incarnation"] == node.node.incarnation != before
    assert (node.data.parent / "bucket" / "repo.json").exists()
    assert (again.status_code, again.json()["code"]) == (409, "SG-REPOSITORY-014")


def test_a_refused_log_is_released(node: CloudNode, admin: TestClient) -> None:
    """A log in quarantine is told with its reason and read again on demand; others are 404."""
    bad = Position(node.node.incarnation[::-1], 3)  # type: ignore[arg-type]
    node.node.database.replica().quarantine(bad, "SG-SEGMENT-004", "the checksum differs")
    absent = admin.post(f"sync/quarantine/{'0' * 32}/release")
    released = admin.post(f"sync/quarantine/{bad.incarnation}/release")
    node.waits_for(lambda: not node.node.database.replica().quarantined())

    assert absent.status_code == 404
    assert released.status_code == 200


def test_cost_is_told_in_requests_and_dollars(reader: TestClient) -> None:
    """A folder costs nothing; what was asked of it is counted all the same."""
    cost = msgspec.convert(reader.get("cost").json(), CostAnswer)

    assert cost.requests["put"] >= 1
    assert cost.dollars_month == 0
    assert cost.since is not None
    assert cost.since.endswith("Z")


def test_types_are_told_with_their_schema(node: CloudNode, reader: TestClient) -> None:
    """Declared types are listed with the JSON Schema of their fields."""
    listed = msgspec.convert(reader.get("types").json(), Page[TypeAnswer])
    book = msgspec.convert(reader.get("types/book").json(), TypeAnswer)
    absent = reader.get("types/bok")

    assert [each.name for each in listed.items] == ["book", "shelf"]
    assert book.schema["properties"]["title"]["maxLength"] == 80  # type: ignore[index]
    assert absent.status_code == 404
    assert "did you mean book?" in absent.json()["hint"]


def test_answers_fit_what_the_command_line_reads(node: CloudNode, reader: TestClient) -> None:
    """Objects and lists of them have the shape that commands understand."""
    node.repository.create(Book(name="shape", title="Shape"))
    page = msgspec.convert(reader.get("book").json(), Page[ObjectAnswer])
    one = msgspec.convert(reader.get("tree/shape").json(), ObjectAnswer)

    assert one in page.items
    assert one.path == "/shape"


def test_cards_are_read_now_where_that_is_asked_for(reader: TestClient) -> None:
    """The list says how old it is; asked for a fresh one, a node reads every card for it."""
    fresh = reader.get("nodes", params={"fresh": "true"}).json()

    assert [item["name"] for item in fresh["items"]] == ["a"]
    assert 0 <= fresh["cards_age_seconds"] < 1


def test_replication_tells_of_its_notices(tmp_path: Path) -> None:
    """Each transport with its broker, whether that is there, and when something was heard last."""
    with running("n", tmp_path, notices=("memory",)) as node:
        reader = node.client("reader")
        node.waits_for(lambda: reader.get("sync").json()["notices"])
        node.waits_for(lambda: reader.get("sync").json()["notices"][0]["connected"])
        (told,) = reader.get("sync").json()["notices"]

    assert (told["name"], told["broker"], told["fault"]) == ("memory", "this process", None)
    assert told.keys() >= {"said", "heard", "heard_seconds_ago", "away_seconds", "refused"}


def test_the_whole_cloud_is_one_document(
    node: CloudNode, reader: TestClient, visitor: TestClient
) -> None:
    """What the dashboard shows, for programs with a token; nothing of it for strangers."""
    told = reader.get("cloud").json()

    assert told["name"] == "a"
    assert told["nodes"][0]["incarnation"] == node.node.incarnation
    assert told["alarms"] == []
    assert told["cost"]["is_free"] is True
    assert visitor.get("cloud").status_code == 401
