"""Bring a tree of documents into a repository, again and again.

An article is known by its section and its name, a section by its path. Where there is none it is
created; where there is one, whatever differs from the file is set to what the
file says; where nothing differs, nothing is written, so nothing travels to
other nodes. The types have no field for what the file said last time, hence:

HAZARD: an article that was edited on a node and whose file says otherwise is
set back to the file by the next import. An article that was deleted on a node
stays deleted, and the report says so.

Documents are written 500 a transaction: other nodes get them in whole pieces,
and an import that is stopped goes on where it was when it is run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from skygarth.content_import.documents import Document, Fault, Note
from skygarth.content_import.jekyll import open_tree
from skygarth.content_import.titles import title_from_slug
from skygarth.model.errors import Conflict, Invalid
from skygarth.model.types import Type
from skygarth.repository import Field, Repository, Transaction

BATCH = 500
SECTION = "section"
ARTICLE = "article"

Progress = Callable[[int, int], None]
"""Told after each file: how many have been read, and how many there are."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        created: articles that were not there before.
        updated: articles that differed from their file.
        unchanged: articles that did not, and those that stay deleted.
        faults: files that were skipped, each with its reason.
        notes: what is worth knowing about files that were not.
    """

    created: int
    updated: int
    unchanged: int
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...]


def import_tree(
    repository: Repository,
    path: Path,
    *,
    on_progress: Progress = lambda _done, _total: None,
    author: str | None = None,
) -> ImportReport:
    """Import a Jekyll site.

    Args:
        repository: has types called ``section`` (name, title, parent) and ``article``
            (name, title, body, format, published, categories, section).
        path: the site's folder, or its ``_posts``.
        on_progress: told after each file that was read.
        author: who does it; None for the repository's own.

    Raises:
        NotFound: there is nothing to import, or the types are not known.
        Invalid: the site's settings cannot be read.
        Conflict: something that is no section stands where the section belongs
            (SG-IMPORT-004).
    """
    tree = open_tree(path)
    shelf = _Shelf(repository, tree.site.title)
    entries = _counted(tree, tree.count, on_progress)
    while batch := list(islice(entries, BATCH)):
        shelf.faults += (entry for entry in batch if isinstance(entry, Fault))
        documents = [entry for entry in batch if isinstance(entry, Document)]
        if documents:
            with repository.transaction(f"import of {path.name}", author) as transaction:
                shelf.put(documents, transaction)
    return shelf.report()


def _counted(
    entries: Iterable[Document | Fault], total: int, on_progress: Progress
) -> Iterator[Document | Fault]:
    for done, entry in enumerate(entries, 1):
        on_progress(done, total)
        yield entry


@dataclass(slots=True)
class _Section:
    """A section, and the names of the articles in it that people deleted."""

    kept: Type
    deleted_names: frozenset[str]


@dataclass(slots=True)
class _Shelf:
    """Where documents are put, and the count of what that did."""

    repository: Repository
    site_title: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    sections: dict[tuple[str, ...], _Section] = field(default_factory=dict)

    def put(self, documents: Iterable[Document], transaction: Transaction) -> None:
        """Write what differs. A document that the repository refuses becomes a fault."""
        for document in documents:
            section = self._section(document.section_path, transaction)
            try:
                self._put(document, section, transaction)
            except (Invalid, Conflict) as error:
                hint = error.hint or "mend the file"
                self.faults.append(Fault(document.source, None, error.message, hint))
            else:
                self.notes += (Note(document.source, text) for text in document.notes)

    def report(self) -> ImportReport:
        """What was done so far."""
        return ImportReport(
            self.created,
            self.updated,
            self.unchanged,
            tuple(self.faults),
            tuple(self.notes),
        )

    def _put(self, document: Document, section: _Section, transaction: Transaction) -> None:
        there = self.repository.by_path("/".join((*document.section_path, document.name)))
        if there is None:
            self._add(document, section, transaction)
        elif there.type_name != ARTICLE:
            raise Conflict(
                f"something else has its place. type={there.type_name!r} path={there.path!r}",
                code="SG-IMPORT-004",
                hint="rename the one or the other",
            )
        elif transaction.update(there, {"hidden": document.hidden}, **_fields(document)):
            self.updated += 1
        else:
            self.unchanged += 1

    def _add(self, document: Document, section: _Section, transaction: Transaction) -> None:
        if document.name in section.deleted_names:
            self.unchanged += 1
            self.notes.append(Note(document.source, "it was deleted here, and stays so"))
            return
        article = self.repository.type_named(ARTICLE)
        made = article(name=document.name, section=section.kept, **_fields(document))
        transaction.create(made, hidden=document.hidden)
        self.created += 1

    def _section(self, path: tuple[str, ...], transaction: Transaction) -> _Section:
        if path not in self.sections:
            kept: Type | None = None
            for depth in range(1, len(path) + 1):
                title = self.site_title if depth == len(path) else title_from_slug(path[depth - 1])
                kept = self._kept_section(path[:depth], title, kept, transaction)
            assert kept is not None
            self.sections[path] = _Section(kept, self._deleted_names(kept))
        return self.sections[path]

    def _kept_section(
        self, path: tuple[str, ...], title: str, parent: Type | None, transaction: Transaction
    ) -> Type:
        """The section at a path, made where there is none; one that is there keeps its title."""
        there = self.repository.by_path("/".join(path))
        if there is None:
            section = self.repository.type_named(SECTION)
            return transaction.create(section(name=path[-1], title=title, parent=parent))
        if there.type_name != SECTION:
            raise Conflict(
                f"this is no section. type={there.type_name!r} path={there.path!r}",
                code="SG-IMPORT-004",
                hint="rename it, or change the site's permalink",
            )
        return there

    def _deleted_names(self, section: Type) -> frozenset[str]:
        article = self.repository.type_named(ARTICLE)
        in_section: Field[object] = getattr(article, SECTION)
        query = self.repository.query(article).include_deleted()
        deleted = query.where(in_section == section, article.meta.deleted == True)  # noqa: E712
        return frozenset(str(getattr(each, "name", "")) for each in deleted.all())


def _fields(document: Document) -> dict[str, object]:
    """What a file says of its article, by field."""
    return {
        "title": document.title,
        "body": document.body_html,
        "format": "html",
        "published": document.published,
        "categories": list(document.categories),
    }
