"""A repository that knows the sample application's types, and a small site to import."""

from __future__ import annotations

import pytest
from tests.web.conftest import repository

from skygarth.repository import Repository
from skygarth.sample import Article, Section

__all__ = ["repository"]


@pytest.fixture
def shelf(repository: Repository) -> Repository:
    """Empty, with room for sections and articles."""
    repository.register(Section, Article)
    return repository
