"""Handlers hear of what happened, after it happened, once each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.repositories import RepositoryNode
from tests.repository.journal import Article, Note, Section

from skygarth.model.errors import Invalid
from skygarth.repository import Event, Repository, on, signals

Nodes = tuple[RepositoryNode, RepositoryNode]


@pytest.fixture
def heard(repo: Repository) -> list[Event]:
    """Everything that the repository tells."""
    events: list[Event] = []
    repo.on("changed")(events.append)
    return events


@pytest.fixture
def everywhere() -> Iterator[None]:
    """Forget what a test registers for the whole process."""
    known = list(signals.everywhere.subscriptions)
    yield
    signals.everywhere.subscriptions[:] = known


def _told(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.action, event.type_name) for event in events]


def test_each_action_is_told_after_its_commit(repo: Repository, heard: list[Event]) -> None:
    """One event for each changeset that touched the object."""
    note = repo.create(Note())
    note.update(text="x")
    note.update(text="x")
    note.delete()
    note.undelete()
    note.purge()

    actions = ["created", "updated", "deleted", "undeleted", "purged"]
    assert _told(heard) == [(action, "note") for action in actions]
    assert {event.guid for event in heard} == {note.guid}
    assert not any(event.imported for event in heard)


def test_nothing_is_told_before_the_end(repo: Repository, heard: list[Event]) -> None:
    """Nor of what was undone; of several changes of one object, the outcome."""

    def fail() -> None:
        with repo.transaction() as tx:
            tx.create(Note())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    undone = list(heard)
    with repo.transaction() as tx:
        note = tx.create(Note())
        tx.update(note, text="x")
        early = list(heard)

    assert (undone, early) == ([], [])
    assert _told(heard) == [("created", "note")]


def test_an_event_finds_its_object(repo: Repository) -> None:
    """As it is when asked; deleted ones too, purged ones no more."""
    found: list[object] = []
    repo.on("changed")(lambda event: found.append(event.object))
    note = repo.create(Note())
    note.delete()
    note.purge()

    assert found == [note, note, None]


def test_handlers_hear_what_they_asked_for(repo: Repository) -> None:
    """Of an action, a type, an origin."""
    events: list[str] = []

    @repo.on("created", Article)
    def created(event: Event) -> None:
        events.append(f"created {event.type_name}")

    @repo.on("changed", Note, origin="remote")
    def remote(event: Event) -> None:
        raise AssertionError(event)

    @repo.on("updated", origin="local")
    def updated(event: Event) -> None:
        events.append(f"updated {event.type_name}")

    repo.create(Note()).update(text="x")
    repo.create(Article(name="a"))

    assert events == ["updated note", "created article"]


def test_a_failing_handler_harms_nobody(repo: Repository, heard: list[Event]) -> None:
    """Neither the writer nor the handlers after it."""

    @repo.on("created")
    def broken(event: Event) -> None:
        raise ZeroDivisionError

    later: list[Event] = []
    repo.on("created")(later.append)
    note = repo.create(Note())

    assert note.is_created
    assert len(heard) == len(later) == 1


def test_a_handler_may_write(repo: Repository, heard: list[Event]) -> None:
    """In a transaction of its own, whose events are told too."""

    @repo.on("created", Article)
    def annotate(event: Event) -> None:
        repo.create(Note(text=event.type_name))

    repo.create(Article(name="a"))

    assert _told(heard) == [("created", "article"), ("created", "note")]


@pytest.mark.usefixtures("everywhere")
def test_a_handler_may_listen_everywhere(repo: Repository) -> None:
    """Declared beside the types, before there is a repository."""
    events: list[Event] = []

    @on("created", Section)
    def hear(event: Event) -> None:
        events.append(event)

    repo.create(Section(name="a"))
    repo.create(Note())

    assert _told(events) == [("created", "section")]


@pytest.mark.parametrize(("action", "origin"), [("made", None), ("created", "moon")])
def test_nobody_waits_for_what_never_comes(repo: Repository, action: str, origin: str) -> None:
    """A misspelt action or origin is refused at once."""
    with pytest.raises(Invalid) as caught:
        repo.on(action, origin=origin)(print)  # type: ignore[call-overload]

    assert caught.value.code == "SG-SIGNAL-001"


def test_imports_are_told_apart(nodes: Nodes) -> None:
    """The importing node hears of each object once, as imported."""
    a, b = nodes
    local: list[Event] = []
    remote: list[Event] = []
    imported: list[Event] = []
    b.repository.on("changed", origin="local")(local.append)
    b.repository.on("created", Note, origin="remote")(remote.append)
    b.repository.on("imported")(imported.append)
    with a.repository.transaction() as tx:
        note = tx.create(Note(text="from a"))
        tx.create(Section(name="s"))
    a.send_to(b)
    own = b.repository.create(Note(text="from b"))
    note.update(text="again")
    a.send_to(b)

    assert [event.guid for event in local] == [own.guid]
    assert [event.guid for event in remote] == [note.guid]
    assert _told(imported) == [("created", "note"), ("created", "section"), ("updated", "note")]
    assert all(event.imported for event in imported)
    assert len({event.changeset for event in imported[:2]}) == 1


def test_a_long_merge_is_told_whole(nodes: Nodes) -> None:
    """Whatever the size of the feed's pages; an empty range tells nothing."""
    a, b = nodes
    events: list[Event] = []
    b.repository.on("imported")(events.append)
    with a.repository.transaction() as tx:
        for _ in range(2500):
            tx.create(Note())
    a.send_to(b)
    b.repository.announce_imported(0, 0)

    assert len({event.guid for event in events}) == len(events) == 2500
