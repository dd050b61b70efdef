"""Lists hold what a reader may see, in one order on every node."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.sample.conftest import NOON

from skygarth.model.errors import NotFound
from skygarth.repository import Repository
from skygarth.sample import Article, Section
from skygarth.sample.library import CategoryIndex, Library


@pytest.fixture
def library(repository: Repository, content: None) -> Library:
    """The small site at noon."""
    return Library(repository, NOON)


def _names(articles: list[Article]) -> list[str]:
    return [article.name for article in articles]


def test_undated_articles_stand_before_dated_ones(library: Library) -> None:
    """Somebody has just written them."""
    assert _names(library.latest(limit=3)) == ["undated", "hello", "middle"]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pages_join_without_gap_or_repetition(library: Library, size: int) -> None:
    """However the list is cut, its parts make the whole."""
    whole = _names(library.latest(limit=100))
    parts = [
        name
        for offset in range(0, len(whole) + size, size)
        for name in _names(library.latest(limit=size, offset=offset))
    ]

    assert whole == parts
    assert len(whole) == library.count()


def test_sections_are_sorted_by_title(library: Library, repository: Repository) -> None:
    """At the root, or below another one."""
    news = repository.by_path("/news")
    assert isinstance(news, Section)

    assert [section.name for section in library.sections(None)] == ["news", "twins"]
    assert [section.name for section in library.sections(news)] == ["archive"]


def test_a_hidden_section_is_not_there(library: Library, repository: Repository) -> None:
    """Neither in the menu nor by its path."""
    twins = repository.by_path("/twins")
    assert twins is not None
    twins.set_meta(hidden=True)

    assert [section.name for section in library.sections(None)] == ["news"]
    with pytest.raises(NotFound):
        library.at("/twins")


def test_categories_follow_every_change(repository: Repository, content: None) -> None:
    """They are remembered only as long as nothing changes."""
    index = CategoryIndex()
    before = index.counts(repository, NOON)
    repository.create(Article(name="new", title="New", categories=["grey", "grey areas"]))

    assert before == [("green things", 2), ("grey", 1)]
    assert index.counts(repository, NOON) == [("green things", 2), ("grey", 2), ("grey areas", 1)]


def test_a_category_appears_when_its_articles_hour_has_come(
    repository: Repository, content: None
) -> None:
    """Although nothing changed in the repository."""
    index = CategoryIndex()

    assert "Secret category" not in dict(index.counts(repository, NOON))
    assert "Secret category" in dict(index.counts(repository, NOON + timedelta(days=2)))


def test_an_undated_article_leads_on_to_the_newest(
    library: Library, repository: Repository
) -> None:
    """It has no place among dates, so nothing is newer."""
    repository.create(
        Article(name="second", title="Second", published=datetime(2020, 1, 1, tzinfo=UTC))
    )
    undated = library.at("/undated")
    assert isinstance(undated, Article)
    newer, older = library.neighbours(undated)

    assert newer is None
    assert older is not None
    assert older.name == "second"
