"""What a reader may see of the sample application's content, and in which order.

Visible is what is neither hidden nor deleted and whose hour has come. Articles
without a date of their own stand first, the newest on top: somebody has just
written them. The dated ones follow, newest first; the name decides between
articles of one moment, so that every node shows one order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from skygarth.model.errors import NotFound
from skygarth.repository import Condition, Query, Repository
from skygarth.sample.types import Article, Section


def title_of(section: Section) -> str:
    """What a section is called."""
    return section.title or section.name


def date_of(article: Article) -> datetime:
    """The date that an article bears: its own, or else when it was created."""
    return article.published or article.meta.created


@dataclass(frozen=True, slots=True)
class _Filed:
    """What an article's categories are, and from when on they count."""

    published: datetime | None
    categories: tuple[str, ...]


class CategoryIndex:
    """Remembers which categories there are until the repository changes.

    Counting them looks at every article (1,098 of them: 5 ms), and a front page
    wants them each time. Threads may share one: what is remembered is replaced
    as a whole.
    """

    def __init__(self) -> None:
        self._known: tuple[Repository, int, tuple[_Filed, ...]] | None = None

    def counts(self, repository: Repository, now: datetime) -> list[tuple[str, int]]:
        """Every category with its number of articles, the largest first."""
        counts = Counter(
            name
            for filed in self._filed(repository)
            if filed.published is None or filed.published <= now
            for name in filed.categories
        )
        return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))

    def _filed(self, repository: Repository) -> tuple[_Filed, ...]:
        head, known = repository.change_head(), self._known
        if known is not None and known[0] is repository and known[1] == head:
            return known[2]
        shown = repository.query(Article).where(Article.meta.hidden == False)  # noqa: E712
        filed = tuple(
            _Filed(published if isinstance(published, datetime) else None, _names(categories))
            for published, categories in shown.values("published", "categories")
        )
        self._known = (repository, head, filed)
        return filed


class Library:
    """The content as a reader sees it at one moment.

    Args:
        repository: where it is.
        now: the moment, UTC.
        index: remembers categories from one reader to the next.
    """

    def __init__(
        self, repository: Repository, now: datetime, index: CategoryIndex | None = None
    ) -> None:
        assert now.tzinfo is not None
        self._repository = repository
        self._now = now
        self._index = index or CategoryIndex()

    def at(self, path: str) -> Section | Article:
        """What stands at a path.

        Raises:
            NotFound: nothing does that a reader may see.
        """
        found = self._repository.by_path(path)
        if isinstance(found, Section) and not found.meta.hidden:
            return found
        if isinstance(found, Article) and self._is_visible(found):
            return found
        raise absent(path)

    def sections(self, parent: Section | None) -> list[Section]:
        """The sections directly below another one, or at the root, by title."""
        placed = Section.parent.is_null() if parent is None else Section.parent == parent
        found = self._repository.query(Section).where(placed, Section.meta.hidden == False)  # noqa: E712
        return found.order_by(Section.title.asc(), Section.name.asc()).all()

    def latest(
        self, section: Section | None = None, *, limit: int, offset: int = 0
    ) -> list[Article]:
        """Articles of the site, or directly in a section; the newest first."""
        return self._newest_first(_placed(section), limit, offset)

    def count(self, section: Section | None = None) -> int:
        """How many articles `latest` could give."""
        return self._visible(*_placed(section)).count()

    def in_category(self, name: str, *, limit: int, offset: int = 0) -> list[Article]:
        """Articles of a category, the newest first."""
        return self._newest_first([Article.categories.contains(name)], limit, offset)

    def count_in_category(self, name: str) -> int:
        """How many articles a category has."""
        return self._visible(Article.categories.contains(name)).count()

    def categories(self) -> list[tuple[str, int]]:
        """Every category with its number of articles, the largest first."""
        return self._index.counts(self._repository, self._now)

    def found(self, words: str, *, limit: int, offset: int = 0) -> list[Article]:
        """Articles that hold these words, the best first.

        Raises:
            Invalid: the words are no search.
        """
        return self._visible().matching(words).limit(limit).offset(offset).all()

    def found_count(self, words: str) -> int:
        """How many articles `found` could give."""
        return self._visible().matching(words).count()

    def neighbours(self, article: Article) -> tuple[Article | None, Article | None]:
        """The next newer and the next older article in the same section."""
        beside = self._visible(_in_section(article.section), ~Article.published.is_null())
        date, name = article.published, article.name
        if date is None:
            newest = beside.order_by(Article.published.desc(), Article.name.desc())
            return None, newest.first()
        is_newer = (Article.published > date) | (
            (Article.published == date) & (Article.name > name)
        )
        is_older = (Article.published < date) | (
            (Article.published == date) & (Article.name < name)
        )
        newer = beside.where(is_newer).order_by(Article.published.asc(), Article.name.asc())
        older = beside.where(is_older).order_by(Article.published.desc(), Article.name.desc())
        return newer.first(), older.first()

    def _newest_first(self, conditions: list[Condition], limit: int, offset: int) -> list[Article]:
        """A part of the list that begins with the undated articles."""
        undated = self._visible(*conditions, Article.published.is_null())
        first = undated.order_by(Article.meta.created.desc()).limit(limit).offset(offset).all()
        missing = limit - len(first)
        if not missing:
            return first
        dated = self._visible(*conditions, ~Article.published.is_null())
        ordered = dated.order_by(Article.published.desc(), Article.name.desc())
        skipped = max(0, offset - undated.count()) if offset else 0
        return [*first, *ordered.limit(missing).offset(skipped).all()]

    def _visible(self, *conditions: Condition) -> Query[Article]:
        """Articles that a reader may see now."""
        return self._repository.query(Article).where(
            Article.meta.hidden == False,  # noqa: E712 - a condition, not a truth value
            Article.published.is_null() | (Article.published <= self._now),
            *conditions,
        )

    def _is_visible(self, article: Article) -> bool:
        """The same of one article that is at hand."""
        hour_has_come = article.published is None or article.published <= self._now
        return hour_has_come and not article.meta.hidden


def absent(what: str) -> NotFound:
    """The error for what a reader may not see or what is not there: he cannot tell them apart."""
    return NotFound(f"there is nothing here for you. path={what!r}", code="SG-ROUTE-006")


def _names(value: object) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(value)


def _placed(section: Section | None) -> list[Condition]:
    return [] if section is None else [_in_section(section)]


def _in_section(section: Section | None) -> Condition:
    """Directly in a section, or at the root."""
    return Article.section.is_null() if section is None else Article.section == section
