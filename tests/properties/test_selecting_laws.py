"""Any condition means in SQL what it means in Python, and foreign text stays a value."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.database.sqlite.article_library import (
    ARTICLE,
    ARTICLES,
    SCHEMAS,
    SECTION,
    SECTIONS,
    Library,
    Values,
    library_of_articles,
)

from skygarth.database.port import METADATA
from skygarth.database.sqlite.selecting import compile_selection
from skygarth.model.errors import Invalid
from skygarth.model.query import (
    All,
    AnyOf,
    Compare,
    Condition,
    Contains,
    IsNull,
    Matches,
    Not,
    OneOf,
    Operator,
    Path,
    Selection,
)
from skygarth.model.schema import Stored


@pytest.fixture(scope="module")
def library() -> Library:
    """Two types with a few rows; tests only read it."""
    return library_of_articles()


TEXTS = st.text(st.sampled_from(string.ascii_letters + "\"'%_*;()-\\\n\0é漢 []{}:,?1")).map(
    lambda text: text.replace("\0", "")
) | st.sampled_from(["Hello", "hello", "news", "x' OR 1=1 --", '"; DROP TABLE "t_article"', ""])
NUMBERS = st.integers(-2, 4) | st.integers(-(1 << 63), (1 << 63) - 1)
COMPARISONS = tuple(Operator)[:6]
TEXT_PATHS = st.sampled_from(
    [("title",), ("body",), ("section", "name"), ("section", "parent", "name")]
)
NUMBER_PATHS = st.sampled_from([("views",), ("order",), ("section", "_deleted")])
LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Compare, TEXT_PATHS, st.sampled_from(COMPARISONS), TEXTS),
    st.builds(Compare, TEXT_PATHS, st.just(Operator.STARTS_WITH), TEXTS),
    st.builds(Compare, NUMBER_PATHS, st.sampled_from(COMPARISONS), NUMBERS),
    st.builds(OneOf, TEXT_PATHS, st.lists(TEXTS | st.none(), max_size=3).map(tuple)),
    st.builds(OneOf, NUMBER_PATHS, st.lists(NUMBERS | st.none(), max_size=3).map(tuple)),
    st.builds(IsNull, TEXT_PATHS | NUMBER_PATHS),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        st.builds(All, st.lists(parts, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(parts, max_size=3).map(tuple)),
        st.builds(Not, parts),
    ),
    max_leaves=8,
)


def _value(values: Values, path: Path) -> Stored:
    for link in path[:-1]:
        linked = values.get(link)
        found = SECTIONS.get(int.from_bytes(linked, "big")) if isinstance(linked, bytes) else None
        if found is None or found.get("_deleted"):
            return None
        values = found
    return values.get(path[-1], 0 if path[-1] == "_deleted" else None)


def _compared(value: Stored, word: Operator, wanted: Stored) -> bool | None:
    if word is Operator.UNEQUAL:
        return value != wanted
    if value is None:
        return None
    if word is Operator.EQUAL:
        return value == wanted
    if word is Operator.STARTS_WITH:
        return str(value).startswith(str(wanted))
    sign = _sign(value, wanted)
    match word:
        case Operator.LESS:
            return sign < 0
        case Operator.LESS_OR_EQUAL:
            return sign <= 0
        case Operator.GREATER:
            return sign > 0
        case _:
            assert word is Operator.GREATER_OR_EQUAL
            return sign >= 0


def _sign(value: Stored, wanted: Stored) -> int:
    """-1, 0 or 1 as `value` is less, equal or greater; texts by their bytes, as SQLite does."""
    if isinstance(value, str) and isinstance(wanted, str):
        value, wanted = value.encode(), wanted.encode()
    if isinstance(value, bytes):
        assert isinstance(wanted, bytes)
        return (value > wanted) - (value < wanted)
    assert isinstance(value, int | float)
    assert isinstance(wanted, int | float)
    return (value > wanted) - (value < wanted)


def _chosen(value: Stored, wanted: tuple[Stored, ...]) -> bool | None:
    if not wanted:
        return False
    return None if value is None and None not in wanted else value in wanted


def _all(truths: list[bool | None]) -> bool | None:
    if False in truths:
        return False
    return None if None in truths else True


def _opposite(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


def _holds(condition: Condition, values: Values) -> bool | None:
    """What a condition means, in three values: a null field makes neither true nor false."""
    match condition:
        case Compare(path, word, wanted):
            return _compared(_value(values, path), word, wanted)
        case OneOf(path, choices):
            return _chosen(_value(values, path), choices)
        case IsNull(path):
            return _value(values, path) is None
        case Not(part):
            return _opposite(_holds(part, values))
        case All(parts):
            return _all([_holds(part, values) for part in parts])
        case AnyOf(parts):
            return _opposite(_all([_opposite(_holds(part, values)) for part in parts]))
        case _:
            raise AssertionError(condition)


@given(condition=CONDITIONS)
def test_a_statement_means_what_the_condition_means(library: Library, condition: Condition) -> None:
    """Checked against the condition's meaning in plain Python, on any condition and any text."""
    expected = [
        number
        for number, values in ARTICLES.items()
        if not values.get("_deleted") and _holds(condition, values) is True
    ]
    selection = Selection("article", condition)

    assert expected == library.numbers(selection)
    assert len(expected) == library.count(selection)


@given(text=st.text(st.characters(exclude_categories=["Cs"])) | TEXTS)
def test_foreign_text_never_becomes_part_of_a_statement(library: Library, text: str) -> None:
    """The same question with another text is the same statement, and no text makes it fail."""
    bound_text = text.replace("\0", "")

    def asked(word: str) -> Selection:
        parts = (
            Compare(("title",), Operator.EQUAL, word),
            Compare(("title",), Operator.LIKE, word),
            Compare(("section", "name"), Operator.STARTS_WITH, word),
            OneOf(("body",), (word,)),
            Contains(("tags",), word),
            Matches(f"w{word}"),
            Matches(f"w{word}", "title"),
        )
        return Selection("article", All((Matches(f"w{word}"), AnyOf(parts))))

    plain, _ = compile_selection(asked("plain"), SCHEMAS)
    statement, bindings = compile_selection(asked(bound_text), SCHEMAS)
    library.connection.execute(statement, bindings).fetchall()

    assert plain == statement
    assert library.count(Selection("article")) == 5


@given(name=TEXTS | st.text(max_size=30))
def test_a_foreign_name_is_refused_or_known(name: str) -> None:
    """Names travel in requests too: order, fields, links."""
    known = {*ARTICLE.by_name, *METADATA, "guid"}
    if name in known:
        return
    for path in ((name,), ("section", name), (name, "name")):
        if path[0] == "section" and name in SECTION.by_name:
            continue
        with pytest.raises(Invalid):
            compile_selection(Selection("article", IsNull(path)), SCHEMAS)
