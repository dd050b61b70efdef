"""Types for the repository's tests: sections in sections, articles in them, and notes anywhere."""

from __future__ import annotations

from datetime import datetime

from skygarth.model.attributes import Attr, attr
from skygarth.model.types import Type


class Section(Type, path="name"):
    """A part of a journal."""

    name: Attr[str] = attr(max_length=80, pattern="[a-z0-9-]+")
    parent: Attr[Section | None] = attr(default=None, tree=True)


class Article(Type, path="name"):
    """A text in a section, or at the root."""

    name: Attr[str] = attr(max_length=80, pattern="[a-z0-9-]+")
    title: Attr[str] = attr(default="", max_length=255, search=True)
    body: Attr[str] = attr(default="", search=True)
    published: Attr[datetime | None] = attr(default=None)
    tags: Attr[list[str]] = attr(default=[])
    views: Attr[int] = attr(default=0, merge="counter", minimum=0)
    section: Attr[Section | None] = attr(default=None, tree=True)


class Note(Type):
    """Something without a place in the tree."""

    text: Attr[str] = attr(default="")
    about: Attr[Article | None] = attr(default=None)
