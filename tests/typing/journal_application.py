"""An application as its author writes it; tests/typing/test_typing.py has it checked.

Each `assert_type` says what a type checker must see there.
"""

from __future__ import annotations

import enum
from datetime import datetime
from decimal import Decimal
from typing import assert_type

from skygarth import Attr, JobChange, Json, LongText, Repository, Type, attr, on
from skygarth.model.expressions import Field
from skygarth.model.guid import Guid
from skygarth.repository import Condition, Event


class State(enum.StrEnum):
    """What becomes of an article."""

    DRAFT = "draft"
    PUBLIC = "public"


class Section(Type, path="name"):
    """Declared with plain annotations: objects are typed, the class need not be."""

    name: str = attr(max_length=80, pattern=r"[a-z0-9-]+")
    parent: Section | None = attr(default=None, tree=True)


class Article(Type, path="name"):
    """Declared with `Attr`: objects and the class are typed."""

    name: Attr[str] = attr(max_length=80)
    body: Attr[LongText] = attr(default="", search=True)
    state: Attr[State] = attr(default=State.DRAFT)
    price: Attr[Decimal | None] = attr(default=None, places=2)
    facts: Attr[Json] = attr(default=None)
    tags: Attr[list[str]] = attr(default=[])
    due: Attr[datetime | None] = attr(default=None)
    views: Attr[int] = attr(default=0, merge="counter")
    section: Attr[Section | None] = attr(default=None, tree=True)


def write(repo: Repository, now: datetime) -> Article:
    """Objects take and give what their annotations say."""
    with repo.transaction("first article") as tx:
        news = tx.create(Section(name="news"))
        article = tx.create(Article(name="hello", section=news, tags=["a"], due=now))
    article.tags.append("b")
    article.due = None
    article.save()
    article.update(name="hello-again")
    article.increment("views")
    assert_type(news.parent, Section | None)
    assert_type(article.section, Section | None)
    assert_type(article.price, Decimal | None)
    assert_type(article.state, State)
    assert_type(article.meta.published, datetime | None)
    assert_type(article.guid, Guid)
    assert_type(tx.commit_level("bucket", timeout=5), str)
    return article


def read(repo: Repository, news: Section, now: datetime) -> list[Article]:
    """Classes give expressions."""
    condition: Condition = (Article.due <= now) | (Article.views > 3) & ~Article.due.is_null()
    query = repo.query(Article).where(condition, Article.section == news)
    query = query.where(Article.tags.contains("a"), Article.section.name == "news")
    query = query.where(Article.state.in_([State.PUBLIC]), Section.name == "news")
    query = query.order_by(Article.meta.published.desc(), Article.name)
    assert_type(Article.views, Field[int])
    assert_type(query.first(), Article | None)
    assert_type(repo.get(Article, query.one().guid), Article)
    assert_type(repo.by_path("/news/hello"), Type | None)
    return query.limit(20).all()


@on("created", Article, pool="search", once=True)
def index(change: JobChange) -> None:
    """Work that one node of a pool does."""
    assert_type(change.object, Type | None)
    assert_type(change.new_guid("entry"), Guid)
    with change.repository.transaction() as tx:
        tx.create(Section(name=change.job))


@on("updated", Article, origin="remote")
def popular(event: Event) -> None:
    """Handlers keep their type."""
    assert_type(event.object, Type | None)
