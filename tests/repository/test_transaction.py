"""What a transaction does to objects, and what it refuses to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from tests.repository.journal import Article, Note, Section

from skygarth.model.attributes import Attr, attr
from skygarth.model.errors import Conflict, Invalid, InvalidValue, NotFound
from skygarth.model.guid import Guid
from skygarth.model.types import Type
from skygarth.repository import Repository

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _refused(code: str, ask: Callable[[], object]) -> None:
    """What is asked is refused with this code, a message and a way out."""
    with pytest.raises((Invalid, Conflict, NotFound)) as caught:
        ask()

    assert code == caught.value.code
    assert caught.value.hint


# -- creating ---------------------------------------------------------------------------


def test_a_created_object_is_the_same_object(repo: Repository) -> None:
    """It has a GUID, metadata, and its fields as the database has them."""
    with repo.transaction(author="ada") as tx:
        made = Article(name="hello", tags=("x",))  # type: ignore[arg-type]
        created = tx.create(made, published=NOON, hidden=True)

    assert created is made
    assert made.guid.version == 7
    assert (made.name, made.title, made.tags, made.views) == ("hello", "", ["x"], 0)
    assert made.meta.creator == made.meta.revisor == "ada"
    assert made.meta.created == made.meta.revised
    assert (made.meta.revision, made.meta.published, made.meta.hidden) == (1, NOON, True)
    assert repo.get(Article, made.guid).meta.hidden


def test_an_object_is_created_once(repo: Repository) -> None:
    """Creating it again is a mistake."""
    made = repo.create(Note(text="a"))

    _refused("SG-OBJECT-002", lambda: repo.create(made))


def test_an_identity_may_be_given_if_it_is_new(repo: Repository) -> None:
    """Neither a used one nor a purged one can be had again, whatever its type."""
    guid = Guid(int=5)
    made = repo.create(Note(text="a"), guid=guid)

    assert made.guid == guid
    _refused("SG-OBJECT-003", lambda: repo.create(Article(name="a"), guid=guid))
    made.purge()
    _refused("SG-OBJECT-003", lambda: repo.create(Note(text="b"), guid=guid))


def test_a_wrong_value_creates_nothing(repo: Repository) -> None:
    """The object stays as it was, to be mended and created."""
    wrong = Article(name="No Spaces")
    with pytest.raises(InvalidValue) as caught:
        repo.create(wrong)
    wrong.name = "no-spaces"
    repo.create(wrong)

    assert (caught.value.field, caught.value.rule) == ("name", "pattern=[a-z0-9-]+")
    assert [article.name for article in repo.query(Article)] == ["no-spaces"]


def test_an_unknown_type_cannot_join_a_transaction(repo: Repository) -> None:
    """Tables are made before transactions, not in them."""

    class Stranger(Type):
        name: Attr[str] = attr(default="")

    with repo.transaction() as tx:
        _refused("SG-TYPE-011", lambda: tx.create(Stranger()))
        _refused("SG-TYPE-011", lambda: repo.query(Stranger))

    assert repo.create(Stranger(name="a")).name == "a"


def test_a_transaction_reads_what_it_wrote(repo: Repository) -> None:
    """By GUID, by path, by query, by link."""
    with repo.transaction() as tx:
        news = tx.create(Section(name="news"))
        hello = tx.create(Article(name="hello", section=news))

        assert repo.get(Article, hello.guid) == hello
        assert repo.by_path("/news/hello") == hello
        assert repo.query(Article).where(Article.section == news).all() == [hello]
        assert hello.section == news
        assert hello.path == "/news/hello"


# -- changing ---------------------------------------------------------------------------


def test_an_update_changes_only_its_fields(repo: Repository) -> None:
    """And says whether anything changed; the revision counts changesets."""
    article = repo.create(Article(name="a", title="A", body="text"))
    changed, same = article.update(title="B"), article.update(title="B", body="text")

    assert (changed, same) == (True, False)
    assert (article.title, article.body, article.meta.revision) == ("B", "text", 2)
    assert repo.get(Article, article.guid).title == "B"


def test_metadata_can_be_edited_where_that_makes_sense(repo: Repository) -> None:
    """When it is public and whether it is hidden; the rest keeps itself."""
    note = repo.create(Note())
    note.update(meta={"published": NOON})
    note.update({"hidden": True}, text="x")
    note.set_meta(published=None)

    assert (note.meta.published, note.meta.hidden, note.text) == (None, True, "x")
    _refused("SG-OBJECT-004", lambda: note.set_meta(created=NOON))
    _refused("SG-OBJECT-004", lambda: note.set_meta(deleted=True))
    with pytest.raises(InvalidValue):
        note.set_meta(published="now")


def test_assignments_are_saved_together(repo: Repository) -> None:
    """Only what was assigned, and lists that changed in place."""
    article = repo.create(Article(name="a", title="A"))
    other = repo.get(Article, article.guid)
    other.update(body="meanwhile")
    article.title = "B"
    article.tags.append("new")
    saved, again = article.save(), article.save()

    assert (saved, again) == (True, False)
    assert (article.title, article.tags, article.body) == ("B", ["new"], "meanwhile")


def test_an_update_does_not_lose_an_assignment(repo: Repository) -> None:
    """What was assigned and not saved can still be saved afterwards."""
    article = repo.create(Article(name="a"))
    article.title = "assigned"
    article.update(body="updated")
    article.save()

    assert (article.title, article.body) == ("assigned", "updated")


def test_a_link_is_set_by_object_or_guid(repo: Repository) -> None:
    """And read as the object; one of another type is refused."""
    article = repo.create(Article(name="a"))
    note = repo.create(Note(about=article))
    note.about = None
    note.save()
    nothing = note.about
    note.about = article.guid  # type: ignore[assignment]
    note.save()

    assert nothing is None
    assert note.about == article
    with pytest.raises(InvalidValue):
        note.about = note  # type: ignore[assignment]
    with pytest.raises(InvalidValue):
        note.update(about=Article(name="not-created"))


def test_counters_take_differences(repo: Repository) -> None:
    """However they are moved, what others added meanwhile stays."""
    article = repo.create(Article(name="a", views=1))
    other = repo.get(Article, article.guid)
    other.increment("views", 10)
    article.views += 1
    article.save()
    after_saving = article.views
    article.update(views=3)

    assert after_saving == 12
    assert article.views == 3


def test_a_counter_stays_within_its_limits(repo: Repository) -> None:
    """And within 64 bits; other fields do not count."""
    article = repo.create(Article(name="a"))

    with pytest.raises(InvalidValue):
        article.increment("views", -1)
    with pytest.raises(InvalidValue):
        article.increment("views", 1 << 63)
    _refused("SG-TYPE-009", lambda: article.increment("title"))
    _refused("SG-TYPE-008", lambda: article.increment("likes"))


# -- deleting ---------------------------------------------------------------------------


def test_a_deleted_object_is_gone_until_it_is_undeleted(repo: Repository) -> None:
    """Its fields stay; editing it is refused; deleting it again changes nothing."""
    article = repo.create(Article(name="a", title="A"))
    article.delete()
    revision = article.meta.revision
    article.delete()

    assert article.meta.deleted
    assert article.meta.revision == revision
    assert repo.find(article.guid) is None
    assert repo.get(Article, article.guid, deleted=True).title == "A"
    _refused("SG-OBJECT-404", lambda: repo.get(Article, article.guid))
    _refused("SG-OBJECT-005", lambda: article.update(title="B"))
    _refused("SG-OBJECT-005", lambda: article.increment("views"))
    article.undelete()
    article.undelete()
    assert repo.by_path("/a") == article
    assert article.update(title="B")


def test_a_purged_object_is_gone_for_good(repo: Repository) -> None:
    """A deleted one may be purged too."""
    article, other = repo.create(Article(name="a")), repo.create(Article(name="b"))
    article.purge()
    other.delete()
    other.purge()

    for gone in (article, other):
        assert gone.meta.deleted
        assert repo.find(gone.guid, deleted=True) is None
        _refused("SG-OBJECT-404", gone.undelete)
        _refused("SG-OBJECT-404", gone.delete)
        _refused("SG-OBJECT-404", gone.purge)


def test_a_link_to_what_is_gone_gives_nothing(repo: Repository) -> None:
    """The GUID it holds can still be read."""
    article = repo.create(Article(name="a"))
    note = repo.create(Note(about=article))
    article.purge()
    read = repo.get(Note, note.guid)

    assert read.about is None
    assert read.link_guid("about") == article.guid


# -- all or nothing -----------------------------------------------------------------------


def test_an_exception_undoes_everything(repo: Repository) -> None:
    """In the database and in the objects, which may be used again."""
    kept = repo.create(Article(name="kept", title="before"))
    made = Article(name="made", title="new", tags=["x"])

    def fail() -> None:
        with repo.transaction() as tx:
            tx.create(made)
            kept.update(title="after")
            kept.update(title="later")
            kept.delete()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert not made.is_created
    assert (made.name, made.title, made.tags) == ("made", "new", ["x"])
    assert (kept.title, kept.meta.deleted, kept.meta.revision) == ("before", False, 1)
    assert repo.query(Article).values("name") == [("kept",)]
    assert repo.create(made).is_created


def test_a_transaction_is_one_changeset(repo: Repository) -> None:
    """One entry for each object, all of one changeset."""
    with repo.transaction() as tx:
        section = tx.create(Section(name="s"))
        article = tx.create(Article(name="a", section=section))
        tx.update(article, title="A")
    events = repo.changes()

    assert [(event.action, event.type_name) for event in events] == [
        ("created", "section"),
        ("created", "article"),
    ]
    assert len({event.changeset for event in events}) == 1


# -- how safe -----------------------------------------------------------------------------


def test_without_a_node_a_commit_is_local(repo: Repository) -> None:
    """There is nobody who could wait for a bucket."""
    with repo.transaction() as tx:
        _refused("SG-REPOSITORY-002", tx.commit_level)
        tx.create(Note())

    assert tx.commit_level() == "local"
    assert tx.commit_level("bucket") == "local"
    _refused("SG-REPOSITORY-002", lambda: tx.commit_level("moon"))


def test_the_node_says_how_safe_a_commit_is(repo: Repository) -> None:
    """It is told which place in the feed must be safe, and how long to wait."""
    asked: list[tuple[int, str, float]] = []

    def durability(sequence: int, level: str, timeout: float) -> str:
        asked.append((sequence, level, timeout))
        return "bucket"

    repo.durability = durability
    with repo.transaction() as tx:
        tx.create(Note())
    with repo.transaction() as idle:
        pass

    assert tx.commit_level("bucket", timeout=2) == "bucket"
    assert idle.commit_level("bucket") == "local"
    assert asked == [(repo.change_head(), "bucket", 2)]
