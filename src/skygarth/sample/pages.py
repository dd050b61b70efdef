"""The pages of the sample application: a readable site over sections and articles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import ClassVar

from starlette.responses import Response

from skygarth.model.errors import Invalid
from skygarth.model.guid import Guid
from skygarth.model.types import Type
from skygarth.sample.excerpts import Piece, excerpt, first_hit, marked
from skygarth.sample.library import CategoryIndex, Library, absent, date_of, title_of
from skygarth.sample.pagination import PAGE_SIZE, Pagination, page_of
from skygarth.sample.prose import (
    KEPT_LETTERS_MAX,
    beginning,
    for_xml,
    in_feed,
    part_at,
    plain,
    reading_minutes,
    rendered,
    summary,
)
from skygarth.sample.types import Article, Section
from skygarth.web import Component, Request, route

FEED_SIZE = 20
LATEST_SIZE = 12
CATEGORIES_AT_FRONT = 16
SEARCH_LENGTH_MAX = 200
UNNAMED = "A Skygarth site"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a site says of itself.

    Attributes:
        title: its name; empty for the name of its only section.
        tagline: one sentence about it.
        author: who writes it; empty where nobody in particular does.
        language: the language of its texts, such as ``en``.
    """

    title: str = ""
    tagline: str = "Written on one node, read on all of them."
    author: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Link:
    """An address with what it is called.

    Attributes:
        count: how many articles lie there, where that is shown.
        is_current: whether the reader is there.
    """

    title: str
    address: str
    count: int = 0
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as lists show it."""

    title: str
    address: str
    date: datetime
    summary: str
    section: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An article as a search shows it."""

    entry: Entry
    title: tuple[Piece, ...]
    passage: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class FeedItem:
    """An article as the feed holds it."""

    entry: Entry
    guid: Guid
    updated: datetime
    categories: tuple[str, ...]
    content: str


class SampleSite(Component):
    """A site over sections and articles.

    Args:
        facts: what the site says of itself.
    """

    version = "1"

    filters: ClassVar[Mapping[str, Callable[..., object]]] = MappingProxyType({"xml": for_xml})

    def __init__(self, facts: SiteFacts | None = None) -> None:
        self._facts = facts or SiteFacts()
        self._index = CategoryIndex()

    def render(
        self,
        template: str,
        /,
        *,
        status: int = 200,
        media_type: str = "text/html",
        modified: datetime | None = None,
        **values: object,
    ) -> Response:
        """A page with what all pages show: the site's facts and its menu."""
        sections = self._library(self.request).sections(None)
        facts = self._named(sections)
        menu = self._menu(facts, sections, values.get("trail"))
        shown = {"site": facts, "menu": menu, "here": "", **values}
        return super().render(
            template, status=status, media_type=media_type, modified=modified, **shown
        )

    @route("/")
    def index(self, request: Request) -> Response:
        """The front page: the latest articles, and ways into the rest."""
        library = self._library(request)
        return self.render(
            "index.html",
            here="index",
            latest=self._entries(library.latest(limit=LATEST_SIZE)),
            sections=[
                replace(link, count=library.count(section))
                for section, link in self._section_links(library.sections(None))
            ],
            categories=self._category_links(library.categories()[:CATEGORIES_AT_FRONT]),
        )

    @route("/feed.atom")
    def feed(self, request: Request) -> Response:
        """The latest articles for feed readers (Atom, RFC 4287)."""
        articles = self._library(request).latest(limit=FEED_SIZE)
        items = [_feed_item(article, entry) for article, entry in self._placed(articles)]
        updated = max((item.updated for item in items), default=_EPOCH)
        return self.render(
            "feed.atom",
            media_type="application/atom+xml",
            modified=updated,
            updated=updated,
            items=items,
        )

    @route("/search", pool="search", fallback="here")
    def search(self, request: Request) -> Response:
        """Articles that hold the words searched for, each with the passage."""
        searched = " ".join(request.query.get("q", "").split())[:SEARCH_LENGTH_MAX]
        library = self._library(request)
        hits, pagination, fault = [], Pagination(1, 0), ""
        if searched:
            try:
                pagination = page_of(request.query.get("page", ""), library.found_count(searched))
                found = library.found(searched, limit=PAGE_SIZE, offset=pagination.offset)
                hits = [_hit(article, entry, searched) for article, entry in self._placed(found)]
            except Invalid as error:
                fault = error.hint or error.message
        return self.render(
            "search.html",
            searched=searched,
            hits=hits,
            fault=fault,
            pagination=pagination,
            address=lambda number: request.url_for("search", query={"q": searched, "page": number}),
        )

    @route("/categories")
    def categories(self, request: Request) -> Response:
        """Every category with its number of articles."""
        library = self._library(request)
        links = self._category_links(
            sorted(library.categories(), key=lambda entry: entry[0].casefold())
        )
        return self.render("categories.html", here="categories", categories=links)

    @route("/categories/{name:text}")
    def category(self, request: Request, name: str) -> Response:
        """The articles of one category, newest first."""
        library = self._library(request)
        pagination = page_of(request.query.get("page", ""), library.count_in_category(name))
        if not pagination.total:
            raise absent(f"/categories/{name}")
        entries = library.in_category(name, limit=PAGE_SIZE, offset=pagination.offset)
        return self.render(
            "section.html",
            title=name,
            names_section=True,
            here="categories",
            trail=[Link("Categories", request.url_for("categories"))],
            children=[],
            entries=self._entries(entries),
            pagination=pagination,
            address=lambda number: request.url_for("category", name=name, query={"page": number}),
        )

    @route("/{path:path}")
    def show(self, request: Request, path: str) -> Response:
        """Whatever stands at a path of the tree: a section or an article."""
        library = self._library(request)
        found = library.at(f"/{path}")
        if isinstance(found, Section):
            return self._show_section(library, found)
        return self._show_article(library, found)

    def _library(self, request: Request) -> Library:
        """What the reader may see at this moment."""
        return Library(request.repository, request.now, self._index)

    def _show_section(self, library: Library, section: Section) -> Response:
        request, address = self.request, self._address(section)
        if address is None:
            raise absent(self._path)
        pagination = page_of(request.query.get("page", ""), library.count(section))
        articles = library.latest(section=section, limit=PAGE_SIZE, offset=pagination.offset)
        return self.render(
            "section.html",
            title=title_of(section),
            names_section=False,
            trail=self._trail(section),
            children=[link for _, link in self._section_links(library.sections(section))],
            entries=self._entries(articles),
            pagination=pagination,
            address=lambda number: f"{address}?page={number}",
        )

    def _show_article(self, library: Library, article: Article) -> Response:
        entry = self._entry(article)
        if entry is None:
            raise absent(self._path)
        newer, older = library.neighbours(article)
        return self.render(
            "article.html",
            modified=article.meta.revised,
            entry=entry,
            trail=self._trail(article),
            body=rendered(article.body, article.format),
            minutes=reading_minutes(plain(article.body, article.format)),
            categories=self._category_links((name, 0) for name in article.categories),
            newer=self._entry(newer) if newer else None,
            older=self._entry(older) if older else None,
        )

    def _named(self, sections: list[Section]) -> SiteFacts:
        """The site's facts; where nobody named it, its only section does."""
        if self._facts.title:
            return self._facts
        only = title_of(sections[0]) if len(sections) == 1 else ""
        return replace(self._facts, title=only or UNNAMED)

    def _menu(self, facts: SiteFacts, sections: list[Section], trail: object) -> list[Link]:
        """The sections at the root; the one that the reader is in is marked.

        A section called like the site itself is simply where its articles are.
        """
        request = self.request
        inside = {link.address for link in trail} if isinstance(trail, list) else set()
        inside.add(request.url(request.page.join(self._path)))
        return [
            Link(
                "Articles" if link.title == facts.title else link.title,
                link.address,
                is_current=link.address in inside,
            )
            for _, link in self._section_links(sections)
        ]

    @property
    def _path(self) -> str:
        """The path that is asked for, below this component's page."""
        return f"/{self.request.intent.arguments.get('path', '')}"

    def _address(self, found: Type) -> str | None:
        """Where an object is shown; None if it has left the tree since it was found."""
        path = found.path
        return None if path is None else self.request.url_for("show", path=path.removeprefix("/"))

    def _trail(self, found: Section | Article) -> list[Link]:
        """The sections that lead to a place, the outermost first.

        By the tree rather than by links: merging may leave links that lead in a circle.
        """
        sections: list[Section] = []
        above = self.request.repository.parent(found)
        while isinstance(above, Section) and above not in sections:
            sections.insert(0, above)
            above = self.request.repository.parent(above)
        return [link for _, link in self._section_links(sections)]

    def _section_links(self, sections: Iterable[Section]) -> list[tuple[Section, Link]]:
        addressed = ((section, self._address(section)) for section in sections)
        return [
            (section, Link(title_of(section), address))
            for section, address in addressed
            if address is not None
        ]

    def _category_links(self, counts: Iterable[tuple[str, int]]) -> list[Link]:
        return [
            Link(name, self.request.url_for("category", name=name), count)
            for name, count in counts
            if is_addressable(name)
        ]

    def _entries(self, articles: Iterable[Article]) -> list[Entry]:
        return [entry for _, entry in self._placed(articles)]

    def _placed(self, articles: Iterable[Article]) -> list[tuple[Article, Entry]]:
        """Articles with how lists show them, those left out that have just gone."""
        entries = ((article, self._entry(article)) for article in articles)
        return [(article, entry) for article, entry in entries if entry is not None]

    def _entry(self, article: Article) -> Entry | None:
        address = self._address(article)
        if address is None:
            return None
        return Entry(
            title=article.title,
            address=address,
            date=date_of(article),
            summary=summary(beginning(article.body, article.format)),
            section=title_of(article.section) if article.section else "",
        )


def is_addressable(category: str) -> bool:
    """Whether a category's name can stand in an address."""
    return "/" not in category and category not in {"", ".", ".."} and category.isprintable()


def _hit(article: Article, entry: Entry, searched: str) -> Hit:
    body, text_format = article.body, article.format
    if len(body) <= KEPT_LETTERS_MAX:
        text = plain(body, text_format)
    else:
        text = part_at(body, text_format, first_hit(body, searched))
    return Hit(entry, marked(article.title, searched), excerpt(text, searched))


def _feed_item(article: Article, entry: Entry) -> FeedItem:
    return FeedItem(
        entry=entry,
        guid=article.guid,
        updated=max(article.meta.revised, entry.date),
        categories=tuple(article.categories),
        content=in_feed(article.body, article.format),
    )
