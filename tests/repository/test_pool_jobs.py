"""A change and the jobs that it asks for are one changeset, and a job's end and its writes too."""

from __future__ import annotations

from contextlib import suppress

import pytest
from tests.repositories import RepositoryNode, exchange
from tests.repository.journal import Note, Section

from skygarth.model.errors import Conflict, Invalid
from skygarth.model.guid import Guid
from skygarth.repository import Event, JobChange, Repository
from skygarth.repository.pool_jobs import PoolJob, Work, guid_of

Nodes = tuple[RepositoryNode, RepositoryNode]


def nothing(_change: JobChange) -> None:
    """Do no more than be called."""


@pytest.fixture
def asking(repo: Repository) -> Repository:
    """A repository whose new notes ask for a job."""
    repo.on("created", Note, pool="media", once=True, name="look")(nothing)
    return repo


def jobs(repository: Repository) -> list[tuple[str, str, str]]:
    """Function, action and owner of each job."""
    return [(job.handler, job.action, job.owner) for job in repository.query(PoolJob)]


def test_a_change_is_written_with_its_job(asking: Repository) -> None:
    """One for each change that is asked for, with the owner that the node chooses (JOB-1)."""
    asking.choose_owner = lambda pool, _subject: f"owner of {pool}"
    note = asking.create(Note())
    note.update(text="x")
    asking.create(Section(name="news"))

    assert jobs(asking) == [("look", "created", "owner of media")]
    assert asking.query(PoolJob).one().subject == str(note.guid)


def test_what_was_undone_asks_for_nothing(asking: Repository) -> None:
    """There is no job without its change (JOB-1)."""

    def half() -> None:
        with asking.transaction() as tx:
            tx.create(Note())
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        half()

    assert jobs(asking) == []


def test_where_a_job_cannot_be_written_its_change_is_not_either(asking: Repository) -> None:
    """And no change without its job: whoever commits hears why."""

    def choose(_pool: str, _subject: Guid) -> str:
        raise ValueError("no choice")

    asking.choose_owner = choose
    note = Note()
    with pytest.raises(ValueError, match="no choice"):
        asking.create(note)

    assert asking.query(Note).all() == []
    assert not note.is_created


def test_several_functions_are_asked_in_one_transaction(asking: Repository) -> None:
    """A transaction that touches an object twice is one change of it."""
    asking.on("changed", pool="search", once=True, name="index")(nothing)
    with asking.transaction() as tx:
        note = tx.create(Note())
        tx.update(note, text="x")

    assert jobs(asking) == [("look", "created", ""), ("index", "created", "")]


def test_jobs_travel_with_their_changes(nodes: Nodes) -> None:
    """A node that does not know the function keeps the job all the same."""
    a, b = nodes
    a.repository.on("created", Note, pool="media", once=True, name="look")(nothing)
    a.repository.create(Note())
    exchange(a, b)

    assert jobs(b.repository) == [("look", "created", "")]


def test_nobody_hears_of_jobs_who_does_not_ask_for_them(asking: Repository) -> None:
    """They are no content."""
    heard: list[Event] = []
    asking.on("changed")(heard.append)
    asking.create(Note())

    assert [event.type_name for event in heard] == ["note"]


def test_work_asks_for_other_jobs_but_not_for_itself(asking: Repository) -> None:
    """Else a function that edits its own object would never end (JOB-2)."""
    asking.on("updated", Note, pool="media", once=True, name="edit")(nothing)
    asking.on("updated", Note, pool="media", once=True, name="mail")(nothing)
    note = asking.create(Note())
    with asking.working(Work("edit", note.guid)):
        note.update(text="x")

    assert [name for name, _, _ in jobs(asking)] == ["look", "mail"]


def test_what_is_written_in_work_is_one_transaction(asking: Repository) -> None:
    """Begun by the first write, ended with the block: until then nobody else sees it (JOB-4)."""
    seen: list[str] = []
    asking.on("created", Section)(lambda event: seen.append(event.action))
    with asking.working(Work("look", Guid(int=0))):
        asking.create(Section(name="one"))
        with asking.transaction() as tx:
            tx.create(Section(name="two"))
        assert seen == []

    assert seen == ["created", "created"]
    (first, second) = asking.changes()[-2:]
    assert first.changeset == second.changeset


def test_work_that_fails_leaves_nothing(asking: Repository) -> None:
    """Whatever it wrote, in however many blocks (JOB-4)."""

    def half() -> None:
        with asking.working(Work("look", Guid(int=0))):
            asking.create(Section(name="one"))
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        half()
    section = asking.create(Section(name="one"))

    assert asking.query(Section).all() == [section]


def test_work_that_swallowed_a_failure_keeps_nothing(asking: Repository) -> None:
    """What is half done in an inner block cannot be kept."""

    def careless() -> None:
        with asking.working(Work("look", Guid(int=0))):
            asking.create(Section(name="one"))
            with suppress(ValueError), asking.transaction():
                raise ValueError("stop")

    with pytest.raises(Conflict):
        careless()

    assert asking.query(Section).all() == []


def test_a_job_names_guids_that_are_the_same_at_each_try(nodes: Nodes) -> None:
    """Two nodes that did one job made one object; equal values are no conflict (JOB-9)."""
    a, b = nodes
    first, second = guid_of("job", "small"), guid_of("job", "large")
    for node in nodes:
        node.repository.create(Note(text="made"), guid=first)
    exchange(a, b)

    assert first != second
    assert first.version == 8
    assert [note.text for note in b.repository.query(Note)] == ["made"]
    assert (a.repository.conflicts(), b.repository.conflicts()) == ([], [])


@pytest.mark.parametrize(
    "asked",
    [
        {"once": True},
        {"pool": "media"},
        {"pool": "No Pool", "once": True},
        {"pool": "media", "once": True, "origin": "remote"},
        {"pool": "media", "once": True, "tries": 0},
    ],
)
def test_what_cannot_be_a_job_is_refused(repo: Repository, asked: dict[str, object]) -> None:
    """At once, with what is missing."""
    with pytest.raises(Invalid) as caught:
        repo.on("created", Note, **asked)  # type: ignore[call-overload]

    assert caught.value.code == "SG-SIGNAL-002"


def test_a_function_without_a_name_needs_one(repo: Repository) -> None:
    """Jobs call it by name on every node, and in the next version."""
    with pytest.raises(Invalid) as caught:
        repo.on("created", Note, pool="media", once=True)(lambda change: change)

    assert caught.value.code == "SG-SIGNAL-003"


def test_what_follows_from_an_import_asks_for_nothing_anew(nodes: Nodes) -> None:
    """The writer asked; whoever hears of the change has its job already (JOB-1)."""
    a, b = nodes
    for node in nodes:
        node.repository.on("created", Note, pool="media", once=True, name="look")(nothing)
    a.repository.create(Note())
    exchange(a, b)

    assert len(jobs(a.repository)) == len(jobs(b.repository)) == 1
