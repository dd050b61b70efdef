"""The specification and the code know each other: every clause is cited, every citation exists."""

from __future__ import annotations

import re
from pathlib import Path

from tests.tidy.source_tree import DOCS, python_tests, shown, source_files

CLAUSE = re.compile(r"\*\*([A-Z]{2,}-\d+)\*\*")
CITATION = re.compile(r"(?<![\w-])([A-Z]{2,})-(\d+)\b(?!-)")

# Other names of the shape AB-1, which are nobody's clauses.
FOREIGN = frozenset(
    {"UTF", "SHA", "ISO", "AES", "RFC", "BSD", "SG", "IEEE", "HTTP", "MD", "PEP", "UTC"}
)


def test_every_clause_is_defined_once() -> None:
    """A clause number means one thing."""
    defined = _clauses()

    assert sorted({clause for clause in defined if defined.count(clause) > 1}) == []


def test_every_clause_is_cited() -> None:
    """A clause that neither code nor test cites is a promise that nobody keeps."""
    assert sorted(set(_clauses()) - _citations().keys()) == []


def test_every_citation_exists() -> None:
    """A citation leads to a clause."""
    unknown = {
        clause: places for clause, places in _citations().items() if clause not in set(_clauses())
    }

    assert unknown == {}


def _clauses() -> list[str]:
    return [
        clause
        for path in sorted((DOCS / "protocol").glob("*.md"))
        for clause in CLAUSE.findall(path.read_text(encoding="utf-8"))
    ]


def _citations() -> dict[str, list[str]]:
    """Every clause that code or tests cite, with the files that do."""
    found: dict[str, list[str]] = {}
    for path in [*source_files(), *python_tests()]:
        if path != Path(__file__):
            for clause in _cited_in(path.read_text(encoding="utf-8")):
                found.setdefault(clause, []).append(shown(path))
    return found


def _cited_in(text: str) -> set[str]:
    return {f"{area}-{number}" for area, number in CITATION.findall(text) if area not in FOREIGN}


def test_error_codes_are_no_citations() -> None:
    """SG-BUCKET-004 is an error's code and SHA-256 a hash; REP-7 is a clause."""
    assert {"REP-7"} == _cited_in("REP-7: raises SG-BUCKET-004 unless the SHA-256 fits")
