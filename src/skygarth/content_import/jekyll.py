"""A Jekyll site's tree, read as documents.

Jekyll keeps its posts in folders called ``_posts``, each a file whose name
begins with the date. What a site publishes where is said in ``_config.yml``.
Every file in ``_posts`` gives one `Document` or one `Fault`, in the order of
their paths, so that two readings of one tree are equal.

Names come from file names alone, before any file is opened: whether one file
can be read does not change what another one is called.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path, PurePosixPath

from skygarth.content_import.addresses import Addresses, OldAddress
from skygarth.content_import.dates import midnight, moment
from skygarth.content_import.documents import Document, Fault, Unreadable
from skygarth.content_import.front_matter import switch_of, take_apart, text_of, words_of
from skygarth.content_import.markup import body_from
from skygarth.content_import.site import Site, read_site
from skygarth.content_import.slugs import distinct_name, name_from
from skygarth.content_import.text_files import read_text
from skygarth.content_import.titles import fitting_title, one_line, plain_title, title_from_slug
from skygarth.model.errors import NotFound

POSTS = "_posts"

_MARKDOWN = frozenset({".md", ".markdown", ".mkdown", ".mkdn", ".mkd"})
_HTML = frozenset({".html", ".htm"})
_DATED = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})-(.*)", re.DOTALL)
_NOT_EXTRAS = frozenset(
    {"title", "date", "published", "draft", "category", "categories", "tags", "tag", "layout"}
)


@dataclass(frozen=True, slots=True)
class Post:
    """A file in ``_posts``, known by its path only."""

    path: Path
    source: str
    slug: str
    day: tuple[int, int, int] | None
    folders: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The ending of its name, with the dot, in lower case."""
        return self.path.suffix.lower()


@dataclass(frozen=True, slots=True)
class JekyllTree:
    """A site's tree, listed but not yet read; `open_tree` makes it.

    Iterating reads file after file.
    """

    root: Path
    site: Site
    posts: tuple[Post, ...]
    names: Mapping[Path, str]
    unlisted: tuple[Fault, ...]
    addresses: Addresses = field(repr=False)

    @property
    def count(self) -> int:
        """How many documents and faults iterating gives."""
        return len(self.unlisted) + len(self.posts)

    def __iter__(self) -> Iterator[Document | Fault]:
        yield from self.unlisted
        for post in self.posts:
            yield self._read(post)

    def _read(self, post: Post) -> Document | Fault:
        try:
            return self._document(post)
        except Unreadable as fault:
            return Fault(post.source, fault.line, fault.reason, fault.hint)

    def _document(self, post: Post) -> Document:
        _refuse_unknown(post)
        file = read_text(post.path, self.root)
        headed = take_apart(file.text)
        values = headed.values or {}
        title, title_notes = _title(values, post)
        body = body_from(
            headed.body,
            markdown=post.kind in _MARKDOWN,
            moved=self.addresses.moved,
            address_of_post=self.addresses.of_post,
        )
        return Document(
            name=self.names[post.path],
            title=title,
            body_html=body.html,
            published=_published(values, post, self.site.zone),
            categories=_categories(values, post),
            section_path=self.site.section_path,
            source=post.source,
            hidden=_is_hidden(values),
            extras=_extras(values),
            notes=(
                *file.notes,
                *(() if headed.values is not None else ("no front matter",)),
                *self._naming_notes(post),
                *title_notes,
                *(("not published: kept hidden",) if _is_hidden(values) else ()),
                *body.notes,
            ),
        )

    def _naming_notes(self, post: Post) -> tuple[str, ...]:
        name, wanted = self.names[post.path], name_from(post.slug)
        if name == wanted:
            return ()
        return (f"another post is called {wanted!r}, so this one is {name!r}",)


def open_tree(path: Path) -> JekyllTree:
    """List the posts of a site, and read its settings.

    Args:
        path: the site's folder, or its ``_posts``.

    Raises:
        NotFound: there is no such folder, or there are no posts in it.
        Invalid: ``_config.yml`` cannot be read.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 - a name is needed, links stay as they are
    root = path.parent if path.name == POSTS else path
    if not path.is_dir():
        raise NotFound(
            f"there is no folder to import. path={str(path)!r}",
            code="SG-IMPORT-001",
            hint="name the folder of a Jekyll site",
        )
    files, unlisted = _files(path, root)
    if not files:
        raise NotFound(
            f"there are no posts to import. path={str(path)!r}",
            code="SG-IMPORT-002",
            hint=f"a Jekyll site keeps its posts in a folder called {POSTS}",
        )
    site = read_site(root)
    posts = tuple(_post(file, root) for file in files)
    names = _names(posts)
    return JekyllTree(root, site, posts, names, unlisted, _addresses(site, posts, names))


def _files(path: Path, root: Path) -> tuple[list[Path], tuple[Fault, ...]]:
    """Every file below a ``_posts`` in the order of their paths, and what could not be listed."""
    found: list[Path] = []
    unlisted: list[Fault] = []

    def note_unreadable(error: OSError) -> None:
        source = _source(Path(error.filename), root)
        unlisted.append(Fault(source, None, "this folder cannot be read", "check its permissions"))

    for folder, folders, names in os.walk(path, onerror=note_unreadable):
        here = Path(folder)
        within = here == root / POSTS or POSTS in here.relative_to(root).parts
        folders[:] = sorted(name for name in folders if _is_worth_entering(name, within=within))
        unlisted += (
            Fault(
                _source(here / name, root), None, "this folder is a link", "copy it into the tree"
            )
            for name in folders
            if (within or name == POSTS) and (here / name).is_symlink()
        )
        found += (here / name for name in names if within and not _is_aside(name))
    in_order = sorted(unlisted, key=lambda fault: fault.source)
    return sorted(found, key=lambda file: file.as_posix()), tuple(in_order)


def _is_worth_entering(name: str, *, within: bool) -> bool:
    """Jekyll's own folders (built pages, layouts, drafts) hold no posts."""
    if within or name == POSTS:
        return not name.startswith(".")
    return not name.startswith((".", "_")) and name not in {"node_modules", "vendor"}


def _is_aside(name: str) -> bool:
    """What editors and systems leave beside files."""
    return name.startswith((".", "#")) or name.endswith("~") or name == "Thumbs.db"


def _post(file: Path, root: Path) -> Post:
    relative = PurePosixPath(file.relative_to(root).as_posix())
    folders = tuple(_encodable(part) for part in relative.parts[: relative.parts.index(POSTS)])
    stem = _encodable(file.stem)
    if dated := _DATED.fullmatch(stem):
        day = (int(dated[1]), int(dated[2]), int(dated[3]))
        return Post(file, _source(file, root), dated[4], day, folders)
    return Post(file, _source(file, root), stem, None, folders)


def _source(path: Path, root: Path) -> str:
    return _encodable(path.relative_to(root).as_posix())


def _encodable(name: str) -> str:
    """A file's name as text that can be written down, whatever its bytes are."""
    return os.fsencode(name).decode("utf-8", "replace")


def _names(posts: tuple[Post, ...]) -> dict[Path, str]:
    """A name for each file; the oldest of several namesakes keeps the plain one."""
    names: dict[Path, str] = {}
    taken: set[str] = set()
    for post in sorted(posts, key=lambda post: (post.day or (9999, 0, 0), post.source)):
        suffix = "-".join(f"{number:02}" for number in post.day) if post.day else "2"
        names[post.path] = distinct_name(name_from(post.slug), taken, suffix)
        taken.add(names[post.path])
    assert len(taken) == len(posts)
    return names


def _addresses(site: Site, posts: tuple[Post, ...], names: Mapping[Path, str]) -> Addresses:
    addresses = Addresses(site.url, site.base_path)
    section = "/".join(("", *site.section_path))
    for post in posts:
        old = OldAddress(post.slug, *post.day).under(site.permalink) if post.day else None
        addresses.learn(f"{section}/{names[post.path]}", stem=post.path.stem, old=old)
    return addresses


def _refuse_unknown(post: Post) -> None:
    if post.kind not in _MARKDOWN | _HTML:
        raise Unreadable(
            f"posts of this kind are not supported. kind={post.kind!r}",
            hint="convert it to Markdown or HTML",
        )


def _title(values: Mapping[str, object], post: Post) -> tuple[str, tuple[str, ...]]:
    """The title, or else the slug in words; with notes."""
    if title := plain_title(text_of(values.get("title")) or ""):
        fitting = fitting_title(title)
        return fitting, () if fitting == title else ("shortened the title",)
    made_up = fitting_title(title_from_slug(post.slug)) or "Untitled"
    return made_up, ("no title: made one from the file's name",)


def _published(values: Mapping[str, object], post: Post, zone: tzinfo) -> datetime:
    """The moment in the front matter, or else the day in the file's name."""
    written = text_of(values.get("date"))
    try:
        if written:
            return moment(written, zone)
        if post.day:
            return midnight(*post.day, zone)
    except ValueError as cause:
        raise Unreadable(
            f"there is no such date. date={(written or post.path.name)[:80]!r}",
            hint="write it as 2012-09-24, or 2012-09-24 20:01:00 +0300",
        ) from cause
    raise Unreadable(
        "the post has no date",
        hint="begin the file's name with one, as 2012-09-24-name.md, or add 'date:'",
    )


def _is_hidden(values: Mapping[str, object]) -> bool:
    return switch_of(values.get("published")) is False or switch_of(values.get("draft")) is True


def _categories(values: Mapping[str, object], post: Post) -> tuple[str, ...]:
    """Folders above ``_posts`` count as categories, as they do in Jekyll."""
    single = text_of(values.get("category"))
    several = (words_of(values.get(key)) for key in ("categories", "tags", "tag"))
    words = [
        *post.folders,
        *([single] if single else []),
        *(word for part in several for word in part),
    ]
    plain = (one_line(word) for word in words)
    return tuple(dict.fromkeys(word for word in plain if word))


def _extras(values: Mapping[str, object]) -> dict[str, str]:
    texts = {
        one_line(key): text_of(value) for key, value in values.items() if key not in _NOT_EXTRAS
    }
    return {key: one_line(text) for key, text in texts.items() if text}
