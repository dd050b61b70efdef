"""What merging set aside is listed alike everywhere, and a settlement settles it everywhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.repositories import RepositoryNode, exchange
from tests.repository.journal import Article, Note, Section

from skygarth.model.errors import Conflict, Invalid, InvalidValue, NotFound
from skygarth.model.types import Type
from skygarth.repository import ConflictKind, ConflictRecord

Nodes = tuple[RepositoryNode, RepositoryNode]


def _listed(nodes: Nodes) -> list[ConflictRecord]:
    """What is listed, which is the same on both nodes."""
    one, other = (node.repository.conflicts() for node in nodes)
    assert one == other
    return one


def _refused(code: str, ask: Callable[[], object]) -> None:
    with pytest.raises((Invalid, NotFound)) as caught:
        ask()

    assert code == caught.value.code
    assert caught.value.hint


def _shared(nodes: Nodes, obj: Type) -> tuple[Type, Type]:
    """One object on both nodes."""
    created = nodes[0].repository.create(obj)
    exchange(*nodes)
    found = nodes[1].repository.find(created.guid)
    assert found is not None
    return created, found


@pytest.fixture
def edited(nodes: Nodes) -> tuple[Article, Article]:
    """An article that both nodes have given a title."""
    one, other = _shared(nodes, Article(name="a", title="draft"))
    one.update(title="from a")
    other.update(title="from b")
    exchange(*nodes)
    a, b = (node.repository.get(Article, one.guid) for node in nodes)
    return a, b


def test_one_field_set_twice_is_a_conflict(nodes: Nodes, edited: tuple[Article, Article]) -> None:
    """Both values are there, with who gave them and when; the object tells its own."""
    (record,) = _listed(nodes)

    assert (record.kind, record.type_name, record.field) == (ConflictKind.FIELD, "article", "title")
    assert record.guid == edited[0].guid
    assert {record.shown.value, record.set_aside.value} == {"from a", "from b"}
    assert edited[0].title == edited[1].title == record.shown.value
    assert {record.shown.writer, record.set_aside.writer} == {"61" * 8, "62" * 8}
    assert record.shown.at is not None
    assert edited[0].conflicts == edited[1].conflicts == [record]
    assert nodes[0].repository.conflict(record.id) == record


@pytest.mark.parametrize("take", ["shown", "set_aside", {"value": "a third"}])
def test_a_settlement_settles_on_every_node(
    nodes: Nodes, edited: tuple[Article, Article], take: str | dict[str, object]
) -> None:
    """With what is taken; afterwards it can no longer be found."""
    (record,) = _listed(nodes)
    wanted = {"shown": record.shown.value, "set_aside": record.set_aside.value}
    title = take["value"] if isinstance(take, dict) else wanted[take]
    settled = nodes[1].repository.resolve(record.id, take)
    nodes[1].send_to(nodes[0])

    assert isinstance(settled, Article)
    assert settled.title == title
    assert _listed(nodes) == []
    assert nodes[0].repository.get(Article, record.guid).title == title
    _refused("SG-CONFLICT-404", lambda: nodes[0].repository.conflict(record.id))
    _refused("SG-CONFLICT-404", lambda: nodes[0].repository.resolve(record.id, "shown"))


@pytest.mark.usefixtures("edited")
def test_a_settlement_obeys_the_fields_rules(nodes: Nodes) -> None:
    """And says what else it would take."""
    (record,) = _listed(nodes)
    resolve = nodes[0].repository.resolve

    with pytest.raises(InvalidValue):
        resolve(record.id, {"value": "x" * 256})
    _refused("SG-CONFLICT-002", lambda: resolve(record.id, "neither"))
    _refused("SG-CONFLICT-002", lambda: resolve(record.id, {"title": "x"}))
    assert len(_listed(nodes)) == 1


def test_an_edit_beside_a_deletion_is_a_conflict(nodes: Nodes) -> None:
    """It is settled like any other: here the object lives again."""
    one, other = _shared(nodes, Note(text="draft"))
    one.delete()
    other.update(text="still needed")
    exchange(*nodes)
    (record,) = _listed(nodes)
    settled = nodes[0].repository.resolve(record.id, {"value": False})
    exchange(*nodes)

    assert (record.kind, record.field) == (ConflictKind.FIELD, "deleted")
    assert {record.shown.value, record.set_aside.value} == {True, False}
    assert not settled.meta.deleted
    assert _listed(nodes) == []
    assert nodes[1].repository.get(Note, one.guid).text == "still needed"


def test_links_and_moments_can_be_given_as_json(nodes: Nodes) -> None:
    """As a request gives them."""
    target, _ = _shared(nodes, Article(name="a"))
    one, other = _shared(nodes, Note())
    rival = nodes[1].repository.create(Article(name="b"))
    one.update(about=target)
    other.update(about=rival)
    exchange(*nodes)
    (record,) = _listed(nodes)
    settled = nodes[0].repository.resolve(record.id, {"value": str(target.guid)})

    assert {record.shown.value, record.set_aside.value} == {target.guid, rival.guid}
    assert isinstance(settled, Note)
    assert settled.about == target


def test_one_name_given_twice_is_a_conflict(nodes: Nodes) -> None:
    """Both objects stay; the younger is reached under a derived name until it is renamed."""
    a, b = nodes
    older = a.repository.create(Article(name="same"))
    b.tick()
    b.tick()
    younger = b.repository.create(Article(name="same"))
    exchange(a, b)
    (record,) = _listed(nodes)
    derived = f"same~{younger.guid.hex[-8:]}"

    assert (record.kind, record.field, record.guid) == (ConflictKind.NAME, "name", younger.guid)
    assert (record.shown.value, record.set_aside.value) == (derived, "same")
    assert younger.conflicts == [record]
    assert older.conflicts == []
    for node in nodes:
        assert node.repository.by_path("/same") == older
        assert node.repository.by_path(f"/{derived}") == younger
        assert [child.path for child in node.repository.children()] == ["/same", f"/{derived}"]
    for take in ("shown", "set_aside"):
        _refused("SG-CONFLICT-002", lambda take=take: a.repository.resolve(record.id, take))  # type: ignore[misc]
    with pytest.raises(Conflict) as taken:
        a.repository.resolve(record.id, {"value": "same"})
    a.repository.resolve(record.id, {"value": "other"})
    exchange(a, b)

    assert taken.value.code == "SG-TREE-001"
    assert _listed(nodes) == []
    assert b.repository.by_path("/other") == younger


def _circle(nodes: Nodes) -> tuple[Section, Section]:
    """Two sections that two nodes have moved below each other."""
    one = nodes[0].repository.create(Section(name="one"))
    two = nodes[0].repository.create(Section(name="two"))
    exchange(*nodes)
    one.update(parent=two)
    there = nodes[1].repository.get(Section, two.guid)
    there.update(parent=nodes[1].repository.get(Section, one.guid))
    exchange(*nodes)
    return one, two


@pytest.mark.parametrize("take", ["shown", {"value": None}, {"value": "elsewhere"}])
def test_a_circle_is_a_conflict(nodes: Nodes, take: str | dict[str, object]) -> None:
    """One of the two stands at the root; which, is the same everywhere, until it is settled."""
    elsewhere, _ = _shared(nodes, Section(name="elsewhere"))
    one, two = _circle(nodes)
    (record,) = _listed(nodes)
    cut, kept = (one, two) if record.guid == one.guid else (two, one)
    if take == {"value": "elsewhere"}:
        take = {"value": str(elsewhere.guid)}

    assert (record.kind, record.field) == (ConflictKind.CYCLE, "parent")
    assert (record.shown.value, record.set_aside.value) == (None, kept.guid)
    for node in nodes:
        assert node.repository.path_of(cut) == f"/{cut.name}"
        assert node.repository.path_of(kept) == f"/{cut.name}/{kept.name}"
    _refused("SG-CONFLICT-002", lambda: nodes[0].repository.resolve(record.id, "set_aside"))
    nodes[0].repository.resolve(record.id, take)
    exchange(*nodes)

    assert _listed(nodes) == []
    beginning = "/elsewhere" if isinstance(take, dict) and take["value"] else ""
    for node in nodes:
        assert node.repository.path_of(kept) == f"{beginning}/{cut.name}/{kept.name}"


def test_moving_the_other_one_opens_the_circle(nodes: Nodes) -> None:
    """On the node that moves it too, at once: the cut link counts again."""
    one, two = _circle(nodes)
    (record,) = _listed(nodes)
    cut, kept = (one, two) if record.guid == one.guid else (two, one)
    nodes[0].repository.get(Section, kept.guid).update(parent=None)
    here = nodes[0].repository.path_of(cut)
    exchange(*nodes)

    assert here == f"/{kept.name}/{cut.name}"
    assert nodes[1].repository.path_of(cut) == here
    assert _listed(nodes) == []
