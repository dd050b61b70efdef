"""A selection becomes a statement that says what was meant, and nothing that was not."""

from __future__ import annotations

import pytest
from tests.database.sqlite.article_library import SCHEMAS, Library, guid, library_of_articles

from skygarth.database.port import METADATA
from skygarth.database.sqlite.selecting import (
    DEPTH_MAX,
    VALUES_MAX,
    compile_selection,
    full_text_query,
)
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
    Order,
    Path,
    Selection,
)


@pytest.fixture(scope="module")
def library() -> Library:
    """Two types with a few rows; tests only read it."""
    return library_of_articles()


# -- rows, order, pages ---------------------------------------------------------------


def test_a_row_has_guid_metadata_and_fields_in_their_order(library: Library) -> None:
    """What comes out is a `Row` of the port."""
    sql, bindings = compile_selection(Selection("article", limit=1), SCHEMAS)
    cursor = library.connection.execute(sql, bindings)
    names = tuple(column[0] for column in cursor.get_description())

    assert names == ("guid", *METADATA, "title", "body", "views", "tags", "section", "order")


def test_deleted_objects_come_only_when_asked_for(library: Library) -> None:
    """Everything else is live."""
    assert library.numbers(Selection("article")) == [1, 2, 3, 4, 5]
    assert library.numbers(Selection("article", include_deleted=True)) == [1, 2, 3, 4, 5, 6]


def test_ties_of_an_order_go_by_guid(library: Library) -> None:
    """Two objects never stand in an order that nobody chose."""
    rising = Selection("article", order=(Order(("views",)),))
    falling = Selection("article", order=(Order(("views",), descending=True),))

    assert library.numbers(rising) == [2, 4, 3, 1, 5]
    assert library.numbers(falling) == [1, 5, 3, 4, 2]


def test_an_order_may_follow_links(library: Library) -> None:
    """Articles by the name of their section; without a section they stand first."""
    selection = Selection("article", order=(Order(("section", "name")),))

    assert library.numbers(selection) == [3, 4, 5, 2, 1]


def test_a_page_is_bound_and_not_written_into_the_statement(library: Library) -> None:
    """Limit and offset are values like any other."""
    selection = Selection("article", limit=2, offset=1)
    sql, bindings = compile_selection(selection, SCHEMAS)

    assert library.numbers(selection) == [2, 3]
    assert library.numbers(Selection("article", offset=3)) == [4, 5]
    assert library.numbers(Selection("article", limit=0)) == []
    assert bindings == (2, 1)
    assert "LIMIT ?1 OFFSET ?2" in sql


def test_a_count_leaves_the_page_out(library: Library) -> None:
    """The number tells how many pages there are."""
    selection = Selection("article", Compare(("views",), Operator.EQUAL, 3), limit=1, offset=1)

    assert library.count(selection) == 2


# -- conditions ---------------------------------------------------------------------------


def test_a_link_path_joins_each_chain_once(library: Library) -> None:
    """Two conditions along one chain of links share their joins."""
    condition = All(
        (
            Compare(("section", "parent", "name"), Operator.EQUAL, "news"),
            Not(IsNull(("section", "parent", "_created"))),
        )
    )
    sql, _ = compile_selection(Selection("article", condition), SCHEMAS)

    assert library.where(condition) == [2]
    assert sql.count("LEFT JOIN") == 2


def test_the_guid_at_a_links_end_is_the_link_itself() -> None:
    """No join is needed to compare whom a link leads to."""
    condition = Compare(("section", "guid"), Operator.EQUAL, guid(101))
    sql, _ = compile_selection(Selection("article", condition), SCHEMAS)

    assert "JOIN" not in sql


def test_a_deleted_object_at_a_links_end_has_no_fields(library: Library) -> None:
    """A condition on it is as if the link led nowhere."""
    assert library.where(Compare(("section", "name"), Operator.EQUAL, "gone")) == []
    assert library.where(IsNull(("section", "name"))) == [3, 4, 5]


def test_none_is_one_of_the_values_to_choose_from(library: Library) -> None:
    """In SQL nothing is IN a list because of a NULL in it; here it is."""
    condition = OneOf(("views",), (0, None))

    assert library.where(condition) == [2, 3]
    assert library.where(Not(condition)) == [1, 4, 5]
    assert library.where(OneOf(("views",), ())) == []


def test_a_list_contains_whole_items(library: Library) -> None:
    """Neither a part of an item nor the JSON around it counts."""
    assert library.where(Contains(("tags",), "a")) == [3]
    assert library.where(Contains(("tags",), 'a"b')) == [5]
    assert library.where(Contains(("tags",), "[")) == []
    assert library.where(Not(Contains(("tags",), "a"))) == [1, 2, 4, 5]


def test_a_beginning_is_taken_literally(library: Library) -> None:
    """Only LIKE has letters that stand for others."""
    assert library.where(Compare(("title",), Operator.STARTS_WITH, "Hello")) == [1]
    assert library.where(Compare(("title",), Operator.STARTS_WITH, "%")) == []
    assert library.where(Compare(("title",), Operator.LIKE, "hello%")) == [1, 2]
    assert library.where(Compare(("title",), Operator.STARTS_WITH, "")) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (("nothing",), "SG-QUERY-001"),
        (("_stamp",), "SG-QUERY-001"),
        (("title__s",), "SG-QUERY-001"),
        (('title" = "title',), "SG-QUERY-001"),
        (("title", "name"), "SG-QUERY-001"),
        (("section", "nothing"), "SG-QUERY-001"),
    ],
)
def test_only_declared_names_may_be_asked_for(path: Path, code: str) -> None:
    """Whatever else is named is refused, columns of our own bookkeeping included."""
    for selection in (
        Selection("article", IsNull(path)),
        Selection("article", order=(Order(path),)),
    ):
        with pytest.raises(Invalid) as refusal:
            compile_selection(selection, SCHEMAS)

        assert refusal.value.code == code


def test_only_lists_contain_and_only_search_fields_match() -> None:
    """Each refusal says what to do instead."""
    for condition, code in (
        (Contains(("title",), "x"), "SG-QUERY-002"),
        (Matches("x", "views"), "SG-QUERY-003"),
    ):
        with pytest.raises(Invalid) as refusal:
            compile_selection(Selection("article", condition), SCHEMAS)

        assert refusal.value.code == code
        assert refusal.value.hint


# -- what is too large --------------------------------------------------------------------


def test_thousands_of_alternatives_are_no_deep_expression(library: Library) -> None:
    """SQLite stops at 1,000 levels; a loop of `|` does not get there."""
    nested: Condition = AnyOf(())
    for number in range(5_000):
        nested = AnyOf((nested, Compare(("views",), Operator.EQUAL, number)))
    wide = All(tuple(Compare(("views",), Operator.UNEQUAL, number) for number in range(1, 5_000)))

    assert library.where(nested) == [1, 3, 5]
    assert library.where(wide) == [2, 3, 4]


def test_a_question_beyond_all_measure_is_refused() -> None:
    """The one who asks is told, rather than shown an error of the database."""
    deep: Condition = IsNull(("views",))
    for _ in range(DEPTH_MAX + 1):
        deep = Not(deep)
    for condition in (
        deep,
        OneOf(("views",), tuple(range(VALUES_MAX + 1))),
        Compare(("title",), Operator.LIKE, "%" * 60_000),
        Matches("word " * 60_000),
    ):
        with pytest.raises(Invalid) as refusal:
            compile_selection(Selection("article", condition), SCHEMAS)

        assert refusal.value.code == "SG-QUERY-010"


def test_what_is_just_within_the_measures_is_answered(library: Library) -> None:
    """Our limits lie below those of SQLite."""
    deep: Condition = IsNull(("views",))
    for _ in range(DEPTH_MAX):
        deep = Not(deep)

    assert library.where(deep) == [2]
    assert library.where(OneOf(("views",), tuple(range(VALUES_MAX)))) == [1, 3, 5]


# -- full text ----------------------------------------------------------------------------


def test_every_word_must_occur_and_a_star_makes_a_prefix(library: Library) -> None:
    """Accents and case do not matter."""
    assert sorted(library.where(Matches("hello"))) == [1, 2, 5]
    assert sorted(library.where(Matches("HEL*"))) == [1, 2, 3, 5]
    assert library.where(Matches("helene")) == [3]
    assert library.where(Matches("hello day")) == [1]
    assert sorted(library.where(Matches("hello", "title"))) == [1, 2]


def test_the_best_match_comes_first_unless_an_order_is_asked_for(library: Library) -> None:
    """A short text that holds the word says more than a long one; ties go by GUID."""
    found = Matches("hello")
    both = All((found, All((Matches("word"),))))
    either = AnyOf((found, Matches("word")))
    by_guid = Selection("article", found, order=(Order(("guid",)),))

    assert library.where(found) == [2, 1, 5]
    assert library.where(both) == [5]
    assert library.where(either) == [1, 2, 5]
    assert library.where(All((found, Not(Matches("again"))))) == [1, 5]
    assert library.numbers(by_guid) == [1, 2, 5]
    assert library.count(Selection("article", both)) == 1


@pytest.mark.parametrize("words", ["", "   ", "-", '"', "***", "\0", "( )", "\ud800"])
def test_words_without_a_letter_find_nothing(library: Library, words: str) -> None:
    """Neither an error nor everything."""
    assert library.where(Matches(words)) == []


def test_operators_of_the_search_engine_are_words_like_others(library: Library) -> None:
    """Nobody excludes, groups or names columns by writing their signs."""
    assert library.where(Matches("hello NOT again")) == []
    assert library.where(Matches("hello OR nothing")) == []
    assert library.where(Matches("title : hello")) == []
    assert full_text_query('hel*lo "NEAR(x)" ^y') == '"hel"* "lo" "NEAR(x)" "^y"'
