"""Repositories that know the journal's types: one alone, and two that can hear of each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.repositories import RepositoryNode
from tests.repository.journal import Article, Note, Section

from skygarth.repository import Repository


@pytest.fixture
def repo(repository: Repository) -> Repository:
    """One repository alone."""
    repository.register(Section, Article, Note)
    return repository


@pytest.fixture
def nodes() -> Iterator[tuple[RepositoryNode, RepositoryNode]]:
    """Two nodes that hear of each other when a test says so."""
    both = RepositoryNode("a"), RepositoryNode("b")
    for node in both:
        node.repository.register(Section, Article, Note)
    yield both
    for node in both:
        node.database.close()
