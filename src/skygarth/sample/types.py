"""What the sample application stores: sections, and articles in them."""

from __future__ import annotations

from datetime import datetime

from skygarth.model.attributes import Attr, attr
from skygarth.model.types import Type

NAME_PATTERN = r"[a-z0-9-]+"


class Section(Type, path="name"):
    """A part of the site; sections may lie in sections."""

    name: Attr[str] = attr(max_length=80, pattern=NAME_PATTERN)
    title: Attr[str] = attr(max_length=255, search=True)
    parent: Attr[Section | None] = attr(default=None, tree=True)


class Article(Type, path="name"):
    """A text with its date, in a section or at the root.

    An article without a date of its own counts as published when it was created;
    one whose date lies ahead shows when its hour comes.
    """

    name: Attr[str] = attr(max_length=80, pattern=NAME_PATTERN)
    title: Attr[str] = attr(max_length=255, search=True)
    body: Attr[str] = attr(default="", search=True)
    format: Attr[str] = attr(default="html", choices=("html", "markdown", "text"))
    published: Attr[datetime | None] = attr(default=None, index=True)
    categories: Attr[list[str]] = attr(default=[])
    section: Attr[Section | None] = attr(default=None, tree=True)
