"""Names are safe in a path, short, and the same on every machine."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.content_import.slugs import NAME_LENGTH_MAX, distinct_name, name_from

_NAME = re.compile(r"[a-z0-9-]+")
_suffixes = st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True)


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("Hello_World", "hello-world"),
        ("crème-brûlée", "creme-brulee"),
        ("Straße in Łódź", "strasse-in-lodz"),
        ("a...b--c_", "a-b-c"),
        ("9_lives", "9-lives"),
    ],
)
def test_a_slug_becomes_plain(slug: str, name: str) -> None:
    """Lower case, without accents, one hyphen between words."""
    assert name == name_from(slug)


def test_a_long_slug_ends_in_a_digest_of_the_whole() -> None:
    """Two long slugs that begin alike still differ."""
    one, other = name_from("word-" * 40 + "one"), name_from("word-" * 40 + "other")

    assert one != other
    assert len(one) == NAME_LENGTH_MAX
    assert one[:60] == other[:60]


def test_another_script_gives_a_name_too() -> None:
    """A slug without a letter that folds is named by its digest, each its own."""
    assert name_from("雲") != name_from("空")
    assert _NAME.fullmatch(name_from("雲"))


@given(st.text())
def test_every_slug_gives_a_name(slug: str) -> None:
    """Whatever a file is called, its name fits the rule of the field."""
    name = name_from(slug)

    assert _NAME.fullmatch(name)
    assert len(name) <= NAME_LENGTH_MAX


@given(st.text())
def test_a_name_is_its_own_name(slug: str) -> None:
    """Importing what was exported changes no name."""
    name = name_from(slug)

    assert name == name_from(name)


@given(st.text(), st.sets(st.text()), _suffixes)
def test_a_distinct_name_is_free_and_fits(slug: str, others: set[str], suffix: str) -> None:
    """However many namesakes there are, the next one still gets a good name."""
    name = name_from(slug)
    taken = {name_from(other) for other in others} | {name, distinct_name(name, {name}, suffix)}
    distinct = distinct_name(name, taken, suffix)

    assert distinct not in taken
    assert _NAME.fullmatch(distinct)
    assert len(distinct) <= NAME_LENGTH_MAX


def test_the_plain_name_is_kept_while_it_is_free() -> None:
    """Then the suffix tells namesakes apart, then a number."""
    assert distinct_name("trip", set(), "2012-01-02") == "trip"
    assert distinct_name("trip", {"trip"}, "2012-01-02") == "trip-2012-01-02"
    assert distinct_name("trip", {"trip", "trip-2012"}, "2012") == "trip-2012-2"
