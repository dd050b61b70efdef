"""What application code reads, and how it meets types that it never declared."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.repositories import RepositoryNode
from tests.repository.journal import Article, Note, Section

from skygarth.model.attributes import Attr, attr
from skygarth.model.errors import Invalid, NotFound
from skygarth.model.guid import Guid
from skygarth.model.types import Type
from skygarth.repository import Repository

Nodes = tuple[RepositoryNode, RepositoryNode]


def _refused(code: str, ask: Callable[[], object]) -> None:
    with pytest.raises((Invalid, NotFound)) as caught:
        ask()

    assert code == caught.value.code
    assert caught.value.hint


def test_objects_are_found_by_guid(repo: Repository) -> None:
    """By type, or whatever their type; what is not there is told by get, not by find."""
    note = repo.create(Note(text="a"))

    assert repo.get(Note, note.guid).text == "a"
    assert repo.find(note.guid) == note
    assert repo.find(Guid(int=1)) is None
    _refused("SG-OBJECT-404", lambda: repo.get(Article, note.guid))


def test_objects_are_found_by_path(repo: Repository) -> None:
    """A path names each object on the way; slashes around it do not matter."""
    news = repo.create(Section(name="news"))
    inner = repo.create(Section(name="inner", parent=news))
    hello = repo.create(Article(name="hello", section=inner))

    assert repo.by_path("/news/inner/hello") == hello
    assert repo.by_path("news/inner/hello/") == hello
    assert repo.by_path("/news/hello") is None
    assert repo.by_path("/news//hello") is None
    assert repo.by_path("/") is None
    assert repo.by_path("") is None
    assert hello.path == "/news/inner/hello"


def test_the_tree_can_be_walked(repo: Repository) -> None:
    """Down by name, up one by one; what is no part of it has no place."""
    news = repo.create(Section(name="news"))
    b = repo.create(Article(name="b", section=news))
    a = repo.create(Section(name="a", parent=news))
    note = repo.create(Note())

    assert repo.children() == [news]
    assert repo.children(news) == [a, b]
    assert repo.children(b) == []
    assert [repo.parent(obj) for obj in (b, a, news, note)] == [news, news, None, None]
    assert (note.path, repo.path_of(a)) == (None, "/news/a")
    a.delete()
    assert repo.children(news) == [b]
    assert a.path is None


def test_what_stands_below_a_deleted_parent_moves_to_the_root(nodes: Nodes) -> None:
    """Another node deleted it without knowing of the child."""
    a, b = nodes
    section = a.repository.create(Section(name="s"))
    a.send_to(b)
    b.repository.get(Section, section.guid).delete()
    child = a.repository.create(Article(name="child", section=section))
    a.send_to(b)
    b.send_to(a)

    for node in nodes:
        found = node.repository.get(Article, child.guid)
        assert found.path == "/child"
        assert node.repository.parent(found) is None
        assert node.repository.by_path("/child") == child
        assert found.section is None


def test_changes_are_read_as_a_feed(repo: Repository) -> None:
    """After a place, a part at a time, oldest first."""
    first, second = repo.create(Note()), repo.create(Note())
    second.update(text="x")
    events = repo.changes()

    assert [(event.action, event.guid) for event in events] == [
        ("created", first.guid),
        ("created", second.guid),
        ("updated", second.guid),
    ]
    assert repo.changes(since=events[0].sequence, limit=1) == events[1:2]
    assert repo.changes(since=repo.change_head()) == []
    assert events[2].object == second
    assert events[0].at == first.meta.created


def test_an_empty_feed_begins_at_nothing(repository: Repository) -> None:
    """Nothing has happened yet."""
    assert repository.change_head() == 0
    assert repository.changes() == []
    assert repository.conflicts() == []


def test_types_of_other_nodes_can_be_used(nodes: Nodes) -> None:
    """Read, asked for, edited, created, without a class of their own here."""

    class Recipe(Type, path="name"):
        name: Attr[str] = attr(max_length=9)
        minutes: Attr[int] = attr(default=5)
        after: Attr[Recipe | None] = attr(default=None)

    a, b = nodes
    soup = a.repository.create(Recipe(name="soup"))
    a.repository.create(Recipe(name="cake", after=soup))
    a.send_to(b)
    learnt = b.repository.type_named("recipe")
    found = b.repository.by_path("/cake")
    assert found is not None
    found.update(minutes=50)
    b.repository.create(learnt(name="tea"))
    b.send_to(a)

    assert type(found) is learnt
    assert found.after == b.repository.find(soup.guid)  # type: ignore[attr-defined]
    assert set(b.repository.types) == {"article", "note", "recipe", "section"}
    assert b.repository.query(learnt).where(learnt.after.name == "soup").all() == [found]  # type: ignore[attr-defined]
    assert a.repository.query(Recipe).order_by(Recipe.name).values("name", "minutes") == [
        ("cake", 50),
        ("soup", 5),
        ("tea", 5),
    ]
    _refused("SG-TYPE-404", lambda: b.repository.type_named("song"))


def test_a_learnt_type_may_be_declared_later(nodes: Nodes) -> None:
    """From then on objects are of the declared class."""

    class Song(Type):
        title: Attr[str] = attr(default="")
        seconds: Attr[int] = attr(default=0)

    a, b = nodes
    song = a.repository.create(Song(title="A", seconds=3))
    a.send_to(b)
    learnt = b.repository.type_named("song")
    turned = type(
        "Song",
        (Type,),
        {
            "__annotations__": {"seconds": int, "title": str},
            "__module__": __name__,
            "seconds": attr(default=0),
            "title": attr(default=""),
        },
    )
    b.repository.register(turned)
    found = b.repository.find(song.guid)

    assert type(found) is turned
    assert (found.title, found.seconds) == ("A", 3)  # type: ignore[union-attr]
    _refused("SG-TYPE-013", lambda: b.repository.get(learnt, song.guid))


def test_a_field_of_a_newer_application_is_kept(nodes: Nodes) -> None:
    """The older one neither shows nor loses it."""

    def declared(*fields: str) -> type[Type]:
        return type(
            "Tool",
            (Type,),
            {
                "__annotations__": dict.fromkeys(fields, str),
                "__module__": __name__,
                **{name: attr(default="-") for name in fields},
            },
        )

    old, new = declared("name"), declared("name", "colour")
    a, b = nodes
    a.repository.register(new)
    b.repository.register(old)
    tool = a.repository.create(new(name="saw", colour="red"))
    a.send_to(b)
    b.repository.get(old, tool.guid).update(name="axe")
    b.send_to(a)
    found = a.repository.get(new, tool.guid)

    assert (found.name, found.colour) == ("axe", "red")  # type: ignore[attr-defined]


def test_each_thread_reads_for_itself(tmp_path: Path) -> None:
    """Objects may go from one thread to another; links are followed where they are."""
    node = RepositoryNode(path=tmp_path / "node.sqlite")
    repo = node.repository
    section = repo.create(Section(name="s"))
    article = repo.create(Article(name="a", section=section))
    found: list[object] = []

    def read() -> None:
        found.extend([repo.get(Article, article.guid).section, article.path])

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(10)
    node.database.close()

    assert found == [section, "/s/a"] * 4


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    """In the database file alone."""
    node = RepositoryNode(path=tmp_path / "node.sqlite")
    guid = node.repository.create(Note(text="kept")).guid
    node.database.close()
    again = RepositoryNode(path=tmp_path / "node.sqlite")
    text = again.repository.get(Note, guid).text
    again.database.close()

    assert text == "kept"
