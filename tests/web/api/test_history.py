"""An object's past over HTTP: told by any node, and gone back to."""

from __future__ import annotations

import itertools

import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import Book, CloudNode

from skygarth.formats.bucket_keys import parse_segment_key

Versions = list[dict[str, object]]
_names = (f"past-{number}" for number in itertools.count())
_ANY = {"If-Match": "*"}


def edit(client: TestClient, guid: str, **fields: object) -> None:
    """Change fields, whatever the revision."""
    client.patch(f"objects/{guid}", json={"fields": fields}, headers=_ANY).raise_for_status()


def published(node: CloudNode) -> None:
    """Wait until everything this node wrote is in the bucket."""
    node.waits_for(lambda: node.node.sync_status().unpublished == 0)


def versions(node: CloudNode, guid: str) -> Versions:
    """What a node tells of an object's past."""
    answer = node.client("reader").get(f"objects/{guid}/history").raise_for_status().json()
    found: Versions = answer["items"]
    return found


@pytest.fixture
def guid(pair: tuple[CloudNode, CloudNode]) -> str:
    """A book that a created and b renamed; both know, and all of it is in the bucket."""
    a, b = pair
    book = a.repository.create(Book(name=next(_names), title="First", pages=7))
    published(a)
    b.waits_for(lambda: b.repository.find(book.guid))
    edit(b.client("editor"), str(book.guid), title="Second")
    published(b)
    a.waits_for(lambda: a.repository.get(Book, book.guid).title == "Second")
    return str(book.guid)


def test_both_nodes_tell_the_same_past(pair: tuple[CloudNode, CloudNode], guid: str) -> None:
    """Who, where, what; in one order, back to the creation (HIS-1, HIS-2, HIS-3)."""
    a, b = pair
    first, second = versions(a, guid)

    assert versions(b, guid) == [first, second]
    assert (first["node"], first["deed"]) == (a.node.name, "created")
    assert (second["node"], second["by"], second["deed"]) == (b.node.name, "editor", "edited")
    assert second["fields"] == {"title": "Second"}
    assert a.client("reader").get(f"objects/{guid}/history").json()["complete"] is True


def test_what_waits_to_be_published_is_the_last_version(
    pair: tuple[CloudNode, CloudNode], guid: str
) -> None:
    """It has no name yet, since no segment brought it (HIS-5)."""
    a, _ = pair
    a.client("admin").post("sync/pause").raise_for_status()
    a.waits_for(lambda: a.node.sync_status().paused)
    try:
        edit(a.client("editor"), guid, title="Third")
        last = versions(a, guid)[-1]
    finally:
        a.client("admin").post("sync/resume").raise_for_status()

    assert (last["version"], last["deed"], last["fields"]) == (None, "edited", {"title": "Third"})
    published(a)
    named = versions(a, guid)[-1]
    assert named["version"] is not None
    assert named["fields"] == {"title": "Third"}


def test_a_version_comes_back_as_a_new_edit(pair: tuple[CloudNode, CloudNode], guid: str) -> None:
    """On every node; what came between stays in the past (HIS-6)."""
    a, b = pair
    first, _ = versions(a, guid)
    reverted = b.client("editor").post(
        f"objects/{guid}/revert", json={"to": first["version"]}, headers=_ANY
    )
    published(b)

    assert reverted.json()["fields"]["title"] == "First"
    a.waits_for(
        lambda: a.client("reader").get(f"objects/{guid}").json()["fields"]["title"] == "First"
    )
    assert [each["fields"].get("title") for each in versions(a, guid)] == [  # type: ignore[attr-defined]
        "First",
        "Second",
        "First",
    ]


def test_a_deleted_object_is_brought_back(pair: tuple[CloudNode, CloudNode], guid: str) -> None:
    """And stands where it stood (HIS-6, HIS-7); its deletion is nothing to go back to (HIS-8)."""
    a, _ = pair
    editor = a.client("editor")
    editor.delete(f"objects/{guid}", headers=_ANY).raise_for_status()
    published(a)
    *_, second, deletion = versions(a, guid)
    refused = editor.post(f"objects/{guid}/revert", json={"to": deletion["version"]}, headers=_ANY)
    back = editor.post(f"objects/{guid}/revert", json={"to": second["version"]}, headers=_ANY)

    assert (deletion["deed"], refused.status_code) == ("deleted", 409)
    assert refused.json()["code"] == "SG-HISTORY-003"
    assert (back.json()["meta"]["deleted"], back.json()["fields"]["title"]) == (False, "Second")


def test_a_purged_object_has_a_past(pair: tuple[CloudNode, CloudNode], guid: str) -> None:
    """It is gone for good, and what it was is told as long as segments are kept."""
    a, _ = pair
    purged = a.client("admin").delete(f"objects/{guid}?purge=true", headers=_ANY)
    purged.raise_for_status()
    published(a)

    assert [each["deed"] for each in versions(a, guid)] == ["created", "edited", "purged"]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        ({"to": "deadbeef-1"}, _ANY, 404, "SG-HISTORY-404"),
        ({"to": 3}, _ANY, 400, "SG-API-006"),
        ({"to": "deadbeef-1"}, {}, 428, "SG-API-428"),
        ({"to": "deadbeef-1", "why": "x"}, _ANY, 400, "SG-API-005"),
    ],
)
def test_a_way_back_that_is_none_is_refused(
    pair: tuple[CloudNode, CloudNode],
    guid: str,
    body: dict[str, object],
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    """Nothing changes, and the answer says what to do."""
    refused = pair[0].client("editor").post(f"objects/{guid}/revert", json=body, headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_the_past_is_nothing_for_visitors(pair: tuple[CloudNode, CloudNode], guid: str) -> None:
    """Old versions may hold what was never to be published."""
    assert pair[0].visitor().get(f"objects/{guid}/history").status_code == 401


def test_a_segment_that_cannot_be_read_is_named(
    pair: tuple[CloudNode, CloudNode], guid: str
) -> None:
    """What others tell is told all the same (HIS-4)."""
    a, _ = pair
    bucket = a.node.bucket
    _, second = versions(a, guid)
    (key,) = [
        entry.key
        for entry in bucket.list("tail/")
        if str(parse_segment_key(entry.key)) == second["version"]
    ]
    body = bucket.get(key).body
    bucket.put(key, body[:-1] + bytes([body[-1] ^ 1]))
    try:
        told = a.client("reader").get(f"objects/{guid}/history").json()
    finally:
        bucket.put(key, body)

    assert told["unreadable"] == [second["version"]]
    assert [each["deed"] for each in told["items"]] == ["created"]
