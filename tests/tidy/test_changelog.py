"""The changelog keeps the shape that people and release scripts read."""

from __future__ import annotations

import re

from tests.tidy.source_tree import ROOT

KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
TEXT = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_newest_entry_is_the_unreleased_one() -> None:
    """Changes gather under Unreleased until somebody releases them."""
    versions = re.findall(r"^## \[(.+?)\]", TEXT, re.MULTILINE)

    assert versions[0] == "Unreleased"


def test_every_version_has_a_number_and_a_date() -> None:
    """A released version is written `## [1.2.3] - 2026-01-31`."""
    headings = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)[1:]
    shape = re.compile(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}")

    assert [heading for heading in headings if not shape.fullmatch(heading)] == []


def test_changes_are_sorted_by_kind() -> None:
    """Only the six kinds of Keep a Changelog are used."""
    assert set() == set(re.findall(r"^### (.+)$", TEXT, re.MULTILINE)) - KINDS
