"""A small site to read: with something old, something new, and something to keep secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.web.conftest import repository

from skygarth.repository import Repository
from skygarth.sample import Article, Section

__all__ = ["repository"]

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def content(repository: Repository) -> None:
    """Three sections, and articles in every state."""
    repository.register(Section, Article)
    with repository.transaction("content") as tx:
        news = tx.create(Section(name="news", title="News"))
        twins = tx.create(Section(name="twins", title="Twins"))
        tx.create(Section(name="archive", title="Archive", parent=news))
        tx.create(
            Article(
                name="hello",
                title="Hello <b>",
                body="<p>Good day, cloud</p><script>alert(1)</script>",
                published=datetime(2025, 12, 31, tzinfo=UTC),
                categories=["green things"],
                section=news,
            )
        )
        tx.create(
            Article(
                name="middle",
                title="Middle",
                body="<p>Some text.</p>",
                published=datetime(2025, 6, 1, tzinfo=UTC),
                categories=["green things", "grey"],
                section=news,
            )
        )
        tx.create(
            Article(
                name="old",
                title="Old",
                published=datetime(1997, 10, 13, tzinfo=UTC),
                section=news,
            )
        )
        for name in "abc":
            tx.create(
                Article(
                    name=name,
                    title=f"Twin {name}",
                    published=datetime(1996, 1, 1, tzinfo=UTC),
                    section=twins,
                )
            )
        tx.create(
            Article(
                name="about",
                title="About",
                body="All of *us*",
                format="markdown",
                published=datetime(1996, 6, 1, tzinfo=UTC),
            )
        )
        tx.create(Article(name="undated", title="Undated"))
        tx.create(
            Article(
                name="future",
                title="Secret future",
                published=NOON + timedelta(days=1),
                categories=["Secret category"],
                section=news,
            )
        )
        tx.create(Article(name="hidden", title="Secret, hidden", section=news), hidden=True)
        deleted = tx.create(Article(name="deleted", title="Secret and deleted", section=news))
    deleted.delete()
