"""Queries give the objects that satisfy them, in the order asked for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.repository.journal import Article, Note, Section

from skygarth.model.errors import Conflict, Invalid, NotFound
from skygarth.repository import Query, Repository


@pytest.fixture
def library(repo: Repository) -> Repository:
    """Two sections with three articles, and one at the root."""
    with repo.transaction() as tx:
        news = tx.create(Section(name="news"))
        old = tx.create(Section(name="old", parent=news))
        tx.create(Article(name="a", title="Hello world", views=3, section=news, tags=["x", "y"]))
        tx.create(Article(name="b", title="Hello moon", views=1, section=old), hidden=True)
        tx.create(Article(name="c", title="Farewell", views=2, section=news, tags=["x"]))
        at = datetime(2026, 1, 1, tzinfo=UTC)
        tx.create(Article(name="d", body="hello hello hello", published=at), published=at)
    return repo


def _names(query: Query[Article]) -> str:
    return "".join(article.name for article in query)


def test_conditions_narrow_a_query(library: Repository) -> None:
    """All of them must hold; each kind of them reaches the database."""
    query = library.query(Article)
    news = library.query(Section).where(Section.name == "news").one()

    assert _names(query.where(Article.views > 1, Article.title != "Farewell")) == "a"
    assert _names(query.where((Article.views == 1) | (Article.name == "d"))) == "bd"
    assert _names(query.where(~Article.title.startswith("Hello"))) == "cd"
    assert _names(query.where(Article.section == news)) == "ac"
    assert _names(query.where(Article.section.name == "old")) == "b"
    assert _names(query.where(Article.section.parent.name == "news")) == "b"
    assert _names(query.where(Article.section.is_null())) == "d"
    assert _names(query.where(Article.tags.contains("x"))) == "ac"
    assert _names(query.where(Article.name.in_("bd"))) == "bd"
    assert _names(query.where(Article.title.like("%LLO%"))) == "ab"
    assert _names(query.where(Article.meta.hidden == True)) == "b"  # noqa: E712
    assert _names(query.where(Article.published <= datetime(2026, 1, 1, tzinfo=UTC))) == "d"


def test_words_are_searched_in_full(library: Repository) -> None:
    """In all search fields or in one; a star stands for any ending."""
    query = library.query(Article)

    assert set(_names(query.matching("hello"))) == set("abd")
    assert _names(query.where(Article.title.matches("hello moo*"))) == "b"
    assert query.matching("").count() == 0
    assert _names(query.matching("hello").order_by(Article.name.desc())) == "dba"


def test_order_limit_and_offset_make_pages(library: Repository) -> None:
    """Ties go by age, so pages never overlap."""
    query = library.query(Article).order_by(Article.views.desc())

    assert _names(query) == "acbd"
    assert _names(query.limit(2)) == "ac"
    assert _names(query.limit(2).offset(1)) == "cb"
    assert _names(query.limit(2).limit(None)) == "acbd"
    assert query.limit(2).count() == 4
    assert _names(library.query(Article).order_by(Article.section.name, Article.name)) == "dacb"


def test_a_query_can_be_refined_twice(library: Repository) -> None:
    """Each refinement is a query of its own."""
    base = library.query(Article).where(Article.views > 1)
    one, two = base.where(Article.name == "a"), base.where(Article.name == "c")

    assert [_names(query) for query in (base, one, two)] == ["ac", "a", "c"]


def test_single_answers(library: Repository) -> None:
    """The first, the only one, whether there is any."""
    query = library.query(Article)
    first = query.order_by(Article.name).first()

    assert first is not None
    assert first.name == "a"
    assert query.where(Article.name == "z").first() is None
    assert query.where(Article.name == "a").one().title == "Hello world"
    assert (query.exists(), query.where(Article.name == "z").exists()) == (True, False)
    with pytest.raises(NotFound):
        query.where(Article.name == "z").one()
    with pytest.raises(Conflict):
        query.one()


def test_deleted_objects_come_only_when_asked_for(library: Repository) -> None:
    """In answers and in numbers."""
    query = library.query(Article)
    query.where(Article.name == "a").one().delete()

    assert _names(query) == "bcd"
    assert (query.count(), query.include_deleted().count()) == (3, 4)


def test_any_number_of_objects_can_be_gone_through(library: Repository) -> None:
    """In batches, each object once; what is deleted meanwhile is not met."""
    query = library.query(Article)
    met: list[str] = []
    for article in query.iterate(batch=2):
        if not met:
            query.where(Article.name == "c").one().delete()
        met.append(article.name)

    assert met == ["a", "b", "d"]
    assert [a.name for a in query.order_by(Article.name.desc()).iterate(batch=1)] == ["d", "b", "a"]


def test_values_can_be_read_alone(library: Repository) -> None:
    """As Python has them; a link as its GUID."""
    news = library.query(Section).where(Section.name == "news").one()
    found = library.query(Article).where(Article.name == "a").values("tags", "views", "section")

    assert found == [(["x", "y"], 3, news.guid)]
    with pytest.raises(Invalid):
        library.query(Article).values("colour")


def test_values_are_read_in_the_order_of_the_query(library: Repository) -> None:
    """A page of them too; without a name there is a row for each object and nothing in it."""
    query = library.query(Article).order_by(Article.views.desc())

    assert query.limit(2).values("name") == [("a",), ("c",)]
    assert query.limit(2).values() == [(), ()]


def test_links_to_deleted_objects_lead_nowhere(library: Repository) -> None:
    """In queries as in attributes."""
    article = library.query(Article).where(Article.name == "a").one()
    note = library.create(Note(about=article))
    article.delete()

    assert library.query(Note).where(Note.about.name == "a").count() == 0
    assert library.get(Note, note.guid).about is None


@pytest.mark.parametrize("wrong", [-1, True, "3", 1.5, 1 << 63])
def test_pages_are_counted_in_whole_objects(repo: Repository, wrong: int) -> None:
    """Anything else is refused."""
    with pytest.raises(Invalid):
        repo.query(Note).limit(wrong)
    with pytest.raises(Invalid):
        repo.query(Note).offset(wrong)


def test_what_is_no_question_is_refused(repo: Repository) -> None:
    """With a way out."""
    with pytest.raises(Invalid) as no_order:
        repo.query(Note).order_by("text")
    with pytest.raises(Invalid) as no_condition:
        repo.query(Note).where("text")

    assert (no_order.value.code, no_condition.value.code) == ("SG-QUERY-007", "SG-QUERY-006")
