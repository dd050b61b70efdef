"""The sample's types are what commands, imports and the API rely on."""

from __future__ import annotations

import pytest

from skygarth.model.errors import InvalidValue
from skygarth.model.types import schema_of
from skygarth.repository import Repository
from skygarth.sample import Article, Section


def test_the_types_have_the_promised_fields() -> None:
    """In the order in which people are shown them."""
    section, article = schema_of(Section), schema_of(Article)

    assert (section.name, article.name) == ("section", "article")
    assert [field.name for field in section.fields] == ["name", "title", "parent"]
    assert [field.name for field in article.fields] == [
        *("name", "title", "body", "format", "published", "categories", "section")
    ]


def test_only_name_and_title_are_needed(repository: Repository) -> None:
    """And an article may stand at the root."""
    article = repository.create(Article(name="hello", title="Hello"))

    assert article.path == "/hello"
    assert (article.body, article.format, article.categories) == ("", "html", [])


@pytest.mark.parametrize(
    ("field", "value"), [("name", "Hello World"), ("title", "x" * 256), ("format", "pdf")]
)
def test_bad_values_are_refused(repository: Repository, field: str, value: str) -> None:
    """With the field that has them."""
    article = repository.create(Article(name="a", title="A"))
    with pytest.raises(InvalidValue) as caught:
        article.update(**{field: value})

    assert caught.value.field == field
