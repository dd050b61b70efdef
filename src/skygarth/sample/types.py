"""What the sample application stores: sections, and articles in them."""

from __future__ import annotations

from datetime import datetime

from skygarth.model.types import Type, attr

NAME_PATTERN = r"[a-z0-9-]+"


class Section(Type, path="name"):
    """A part of the site; sections may lie in sections."""

    name: str = attr(max_length=80, pattern=NAME_PATTERN)
    title: str = attr(max_length=255, search=True)
    parent: Section | None = attr(default=None, tree=True)


class Article(Type, path="name"):
    """A text with its date, in a section or at the root.

    An article without a date of its own counts as published when it was created;
    one whose date lies ahead shows when its hour comes.
    """

    name: str = attr(max_length=80, pattern=NAME_PATTERN)
    title: str = attr(max_length=255, search=True)
    body: str = attr(default="", search=True)
    format: str = attr(default="html", choices=("html", "markdown", "text"))
    published: datetime | None = attr(default=None, index=True)
    categories: list[str] = attr(default=())
    section: Section | None = attr(default=None, tree=True)
