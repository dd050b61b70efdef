"""What reading a foreign site yields: documents, faults, and notes.

A reader of a foreign format knows nothing of the repository, and the importer
knows nothing of the format. What passes between them is defined here: one
`Document` or one `Fault` for each file, so that nothing is lost in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One article as its file tells it.

    Attributes:
        name: last part of its path, ``[a-z0-9-]+``, at most 80 characters,
            unique within its section.
        title: one line of plain text, at most 255 characters.
        body_html: sanitised HTML.
        published: aware, UTC.
        categories: in the order of the file, each once.
        section_path: names of the sections it lies in, outermost first.
        source: path relative to the tree's root, with slashes.
        hidden: the author keeps it from readers (``published: false``).
        extras: further front matter with a single value, as written.
        notes: what was changed or left out while reading, for the report.
    """

    name: str
    title: str
    body_html: str
    published: datetime
    categories: tuple[str, ...]
    section_path: tuple[str, ...]
    source: str
    hidden: bool = False
    extras: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert self.published.utcoffset() == timedelta(0), "times are UTC"
        assert self.title, "a document always has a title"
        assert self.section_path, "a document always lies in a section"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one file was skipped.

    Attributes:
        source: path relative to the tree's root.
        line: of the file, counted from 1; None where the whole file is at fault.
        reason: what is wrong, lower case, values last.
        hint: what its author can do.
    """

    source: str
    line: int | None
    reason: str
    hint: str

    def __str__(self) -> str:
        """The fault as a person reads it, in one line."""
        where = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{where}: {self.reason} ({self.hint})"


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth knowing about a file that was read all the same."""

    source: str
    text: str

    def __str__(self) -> str:
        """The note as a person reads it, in one line."""
        return f"{self.source}: {self.text}"


class Unreadable(Exception):
    """A file cannot become a document; the reader of the tree makes it a `Fault`."""

    def __init__(self, reason: str, *, line: int | None = None, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.hint = hint
