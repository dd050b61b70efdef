"""An object carries its conflicts, whatever their kind, and looking costs little."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from tests.web.cloud_nodes import Book, CloudNode, Shelf

from skygarth.model.guid import parse_guid
from skygarth.model.types import Type

Pair = tuple[CloudNode, CloudNode]
Tearing = Callable[[Pair], None]


@contextmanager
def _apart(pair: Pair) -> Iterator[None]:
    """Both nodes write alone while the block runs."""
    a, b = pair
    for node in pair:
        node.node.pause()
    a.waits_for(lambda: a.node.sync_status().paused and b.node.sync_status().paused)
    yield
    for node in pair:
        node.node.resume()


def _one_field(pair: Pair) -> None:
    a, b = pair
    book = a.repository.create(Book(name="field", title="Before"))
    b.waits_for(lambda: b.repository.find(book.guid))
    with _apart(pair):
        for node, title in ((a, "From a"), (b, "From b")):
            node.repository.update(node.repository.get(Book, book.guid), title=title)


def _one_name(pair: Pair) -> None:
    with _apart(pair):
        for node in pair:
            node.repository.create(Book(name="name", title=node.node.name))


def _a_circle(pair: Pair) -> None:
    a, b = pair
    one, other = (a.repository.create(Shelf(name=name)) for name in ("one", "other"))
    b.waits_for(lambda: b.repository.find(other.guid))
    with _apart(pair):
        a.repository.update(a.repository.get(Shelf, one.guid), above=other.guid)
        b.repository.update(b.repository.get(Shelf, other.guid), above=one.guid)


@pytest.mark.parametrize(
    ("tear", "kind"), [(_one_field, "field"), (_one_name, "name"), (_a_circle, "cycle")]
)
def test_an_object_shows_each_kind_of_conflict(pair: Pair, tear: Tearing, kind: str) -> None:
    """What the list of all conflicts tells of an object, the object tells too."""
    tear(pair)
    for node in pair:
        reader = node.client("reader")

        def listed(reader: object = reader) -> list[dict[str, object]]:
            items = reader.get("conflicts").json()["items"]  # type: ignore[attr-defined]
            return [item for item in items if item["kind"] == kind]

        node.waits_for(listed)
        (conflict,) = listed()
        shown = reader.get(f"objects/{conflict['guid']}").json()

        assert [conflict] == shown["conflicts"]
        assert node.visitor().get(f"objects/{conflict['guid']}").json()["conflicts"] == []


def test_an_object_shows_just_what_the_repository_tells(pair: Pair) -> None:
    """The short way to an object's conflicts finds all that the long way finds."""
    a, _ = pair
    reader = a.client("reader")
    objects: list[Type] = [*a.repository.query(Book), *a.repository.query(Shelf)]
    for obj in objects:
        shown = reader.get(f"objects/{obj.guid}").json()["conflicts"]
        known = a.repository.conflicts_of(a.repository.find(parse_guid(str(obj.guid))) or obj)

        assert [conflict.id for conflict in known] == [each["id"] for each in shown]


def test_a_page_of_children_goes_on_where_it_ended(pair: Pair) -> None:
    """Pages of one child each are the whole list, in the order of names, derived names too."""
    a, _ = pair
    for name in ("page-one", "page-two"):
        a.repository.create(Book(name=name, title="At the root"))
    reader = a.client("reader")
    whole = [item["guid"] for item in reader.get("tree").json()["items"]]
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = reader.get("tree", params={"limit": 1, "after": after}).json()
        found += [item["guid"] for item in page["items"]]
        after = page["next"]

    assert whole == found
    assert len(whole) >= 2
