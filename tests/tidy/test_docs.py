"""Documents name what exists: modules, symbols, commands and each other."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator

from tests.tidy.source_tree import documents, shown

NAME = re.compile(r"`(skygarth(?:\.\w+)+)(?:\(\))?`")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")
LINE_NUMBER = re.compile(r"\b[\w/]+\.py:\d+")


def test_every_named_symbol_exists() -> None:
    """A document that names a module or symbol of ours names one that is there."""
    faults = [
        f"{place}: {name}"
        for place, line in _prose()
        for name in NAME.findall(line)
        if not _exists(name)
    ]

    assert faults == []


def test_every_link_between_documents_leads_somewhere() -> None:
    """A relative link points at a file of this repository."""
    faults = [
        f"{shown(path)}: {target}"
        for path in documents()
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]

    assert faults == []


def test_no_document_cites_a_line_number() -> None:
    """Lines move with the next commit; symbols stay."""
    faults = [f"{place}: {line}" for place, line in _prose() if LINE_NUMBER.search(line)]

    assert faults == []


def test_names_are_resolved_as_python_does() -> None:
    """A module, an attribute of one and an attribute of a class are found; others are not."""
    found = [
        _exists("skygarth.model"),
        _exists("skygarth.model.errors.SkygarthError"),
        _exists("skygarth.model.errors.SkygarthError.default_code"),
        _exists("skygarth.model.errors.NoSuchError"),
        _exists("skygarth.no_such_package"),
    ]

    assert found == [True, True, True, False, False]


def _prose() -> Iterator[tuple[str, str]]:
    """Each line of each document, with its place."""
    for path in documents():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield shown(path, number), line


def _exists(name: str) -> bool:
    """Whether a dotted name leads to a module or to something inside one."""
    if name == "skygarth.toml":
        return True
    parts = name.split(".")
    deepest = 1
    while deepest < len(parts) and _is_module(".".join(parts[: deepest + 1])):
        deepest += 1
    found: object = importlib.import_module(".".join(parts[:deepest]))
    for part in parts[deepest:]:
        if not hasattr(found, part):
            return False
        found = getattr(found, part)
    return True


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
