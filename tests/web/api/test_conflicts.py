"""Conflicts over HTTP, made by two real nodes and settled on either."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec
import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import Book, CloudNode

from skygarth.cli.answers import ConflictAnswer, Page

_names = (f"book-{number}" for number in itertools.count())


@pytest.fixture
def torn(pair: tuple[CloudNode, CloudNode]) -> Iterator[tuple[CloudNode, CloudNode, str]]:
    """A book whose title both nodes changed while b was cut off; gives its GUID."""
    a, b = pair
    book = a.repository.create(Book(name=next(_names), title="Before"))
    b.waits_for(lambda: b.repository.find(book.guid))
    for node in pair:
        node.waits_for(lambda node=node: len(node.node.members()) == 2)  # type: ignore[misc]
    b.client("admin").post("sync/pause").raise_for_status()
    b.waits_for(lambda: b.node.sync_status().paused)
    for node, title in ((a, "From a"), (b, "From b")):
        node.client("editor").patch(
            f"objects/{book.guid}", json={"fields": {"title": title}}, headers={"If-Match": "*"}
        ).raise_for_status()
    b.client("admin").post("sync/resume").raise_for_status()
    for node in pair:
        node.waits_for(lambda node=node: node.repository.conflicts())  # type: ignore[misc]
    yield a, b, str(book.guid)
    for node in pair:
        node.waits_for(lambda node=node: not node.repository.conflicts())  # type: ignore[misc]


def _conflicts(node: CloudNode) -> list[ConflictAnswer]:
    answer = node.client("reader").get("conflicts").json()
    return msgspec.convert(answer, Page[ConflictAnswer]).items


def _settle(node: CloudNode, take: object) -> object:
    (conflict,) = _conflicts(node)
    answer = node.client("editor").post(f"conflicts/{conflict.id}", json={"take": take})
    answer.raise_for_status()
    return answer.json()["fields"]["title"]


def _title(node: CloudNode, guid: str) -> object:
    return node.client("reader").get(f"objects/{guid}").json()["fields"]["title"]


def test_a_conflict_is_listed_alike_everywhere(torn: tuple[CloudNode, CloudNode, str]) -> None:
    """Both nodes list the same conflict, with both values, who set each, and when."""
    a, b, guid = torn
    (one,), (other,) = _conflicts(a), _conflicts(b)

    assert one.id == other.id
    assert (one.shown.value, one.set_aside.value) == (other.shown.value, other.set_aside.value)
    assert {one.shown.value, one.set_aside.value} == {"From a", "From b"}
    assert (one.guid, one.type, one.field) == (guid, "book", "title")
    assert {side.value: side.by for side in (one.shown, one.set_aside)} == {
        "From a": "a",
        "From b": "b",
    }
    alone = a.client("reader").get(f"conflicts/{one.id}").json()
    assert msgspec.convert(alone, ConflictAnswer) == one
    _settle(a, "shown")


def test_an_object_carries_its_conflicts(torn: tuple[CloudNode, CloudNode, str]) -> None:
    """A token holder reads with an object what was set aside; a visitor does not."""
    a, _, guid = torn
    held = a.client("reader").get(f"objects/{guid}").json()["conflicts"]
    open_to_all = a.visitor().get(f"objects/{guid}").json()["conflicts"]

    assert [conflict["field"] for conflict in held] == ["title"]
    assert open_to_all == []
    _settle(a, "shown")


@pytest.mark.parametrize("take", ["shown", "set_aside"])
def test_one_settlement_holds_everywhere(torn: tuple[CloudNode, CloudNode, str], take: str) -> None:
    """Settled on b, either way, the conflict is gone and the value the same on both nodes."""
    a, b, guid = torn
    (conflict,) = _conflicts(b)
    wanted = getattr(conflict, take).value
    told = _settle(b, take)
    a.waits_for(lambda: not _conflicts(a))

    assert told == wanted
    assert _title(a, guid) == _title(b, guid) == wanted


def test_a_third_value_settles_too(torn: tuple[CloudNode, CloudNode, str]) -> None:
    """Neither value need be kept."""
    a, b, guid = torn
    _settle(a, {"value": "From both"})
    b.waits_for(lambda: not _conflicts(b))

    assert _title(a, guid) == _title(b, guid) == "From both"


def test_what_settles_nothing_is_refused(torn: tuple[CloudNode, CloudNode, str]) -> None:
    """An unknown conflict is 404; a request that names no value says how to name one."""
    a, *_ = torn
    (conflict,) = _conflicts(a)
    editor: TestClient = a.client("editor")
    address = f"conflicts/{conflict.id}"

    assert editor.post("conflicts/none", json={"take": "shown"}).status_code == 404
    assert editor.post(address, json={}).json()["code"] == "SG-API-006"
    assert editor.post(address, json={"tak": "shown"}).json()["code"] == "SG-API-005"
    assert editor.post(address, json={"take": "mine"}).json()["code"] == "SG-CONFLICT-002"
    too_long = {"take": {"value": "x" * 81}}
    assert editor.post(address, json=too_long).status_code == 422
    _settle(a, "shown")


def test_conflicts_come_in_pages(pair: tuple[CloudNode, CloudNode]) -> None:
    """The list has the form of every list, and says how many there are."""
    answer = pair[0].client("reader").get("conflicts?limit=1")

    assert answer.json() == {"items": [], "next": None}
    assert answer.headers["Skygarth-Count"] == "0"
