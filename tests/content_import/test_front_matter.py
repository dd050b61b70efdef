"""Front matter comes from strangers: it is read without trust, and faults say where."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.content_import.documents import Unreadable
from skygarth.content_import.front_matter import (
    FRONT_MATTER_CHARACTERS_MAX,
    Headed,
    read_mapping,
    switch_of,
    take_apart,
    words_of,
)


def test_a_file_has_a_head_and_a_body() -> None:
    """The head stands between two lines of hyphens."""
    headed = take_apart("---\ntitle: Hello\n---\nBody\n\n---\nstill body")

    assert Headed({"title": "Hello"}, "Body\n\n---\nstill body") == headed


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_known(line_end: str) -> None:
    """Unix, Windows and old Macs; indentation and blanks after the hyphens do not matter."""
    lines = ["", "---  ", "  title: Hello", "  tags:", "    - a", "    - b", "---\t", "Body"]
    headed = take_apart(line_end.join(lines))

    assert Headed({"title": "Hello", "tags": ["a", "b"]}, "Body") == headed


def test_a_head_may_be_empty_or_absent() -> None:
    """An empty head and none are told apart."""
    assert Headed({}, "Body") == take_apart("---\n---\nBody")
    assert Headed({}, "Body") == take_apart("---\n# only a comment\n...\nBody")
    assert Headed(None, "Body") == take_apart("Body")
    assert Headed(None, "") == take_apart("")


def test_values_stay_as_they_were_written() -> None:
    """Neither numbers nor dates nor switches are guessed; only null is nothing."""
    values = read_mapping("a: 1.10\nb: 2012-09-24\nc: no\nd: ~\ne:\nf: 'null'\n1: x")
    expected = {"a": "1.10", "b": "2012-09-24", "c": "no", "d": None, "e": None, "f": "null"}

    assert expected | {"1": "x"} == values


def test_a_fault_names_its_line() -> None:
    """The line is one of the file, not of the front matter."""
    with pytest.raises(Unreadable) as caught:
        take_apart("---\nlayout: post\ntitle: Midgard: the beginning\n---\n")

    assert caught.value.line == 3
    assert "quotes" in caught.value.hint


def test_an_open_head_is_a_fault() -> None:
    """Otherwise the whole text would be taken for settings."""
    with pytest.raises(Unreadable, match="does not end"):
        take_apart("---\ntitle: Hello\n\nBody")


@pytest.mark.parametrize(
    "written",
    [
        "- a\n- b",
        "just a text",
        "a: !!python/object/apply:os.system [ls]",
        "a: !!timestamp nonsense",
        "a: !!int nonsense",
        "a: *nowhere",
        "[a]: b",
        "a: \x07",
        "a: " + "[" * 5_000,
        "a: b\n" * FRONT_MATTER_CHARACTERS_MAX,
    ],
    ids=[*"abcdefghij"],
)
def test_what_is_no_mapping_is_a_fault(written: str) -> None:
    """Objects, depth, size, control characters: each is refused as itself."""
    with pytest.raises(Unreadable):
        read_mapping(written)


@pytest.mark.parametrize("shape", ["[{}]", "{{<<: [{}]}}"])
def test_a_bomb_of_aliases_does_not_go_off(shape: str) -> None:
    """Nine levels of nine aliases would unfold to 387 million values."""
    lines = ["a0: &a0 {x: 1}"]
    for level in range(1, 10):
        lines.append(f"a{level}: &a{level} {shape.format(','.join([f'*a{level - 1}'] * 9))}")

    with pytest.raises(Unreadable, match="aliases"):
        read_mapping("\n".join(lines))


def test_a_few_aliases_are_fine() -> None:
    """People do write them."""
    assert read_mapping("a: &x [b]\nc: *x") == {"a": ["b"], "c": ["b"]}


@given(st.text())
def test_garbage_is_unreadable_and_nothing_worse(written: str) -> None:
    """Any text gives a mapping or an `Unreadable`."""
    with suppress(Unreadable):
        assert take_apart(f"---\n{written}\n---\n").values is not None


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@?, \n\t~<=", max_size=60))
def test_yaml_marks_in_any_order_are_survived(written: str) -> None:
    """The characters that mean something to YAML, without sense."""
    with suppress(Unreadable):
        assert isinstance(read_mapping(written), dict)


def test_words_are_a_list_or_a_text() -> None:
    """As Jekyll reads categories: a text is split at blanks, a list is not."""
    assert words_of("midgard  geo, life") == ["midgard", "geo", "life"]
    assert words_of(["open  source", None, "geo", ["deep"]]) == ["open source", "geo"]
    assert words_of(None) == []


def test_switches_know_the_words_of_yaml() -> None:
    """What is neither yes nor no is neither."""
    assert [switch_of(word) for word in ("true", "Yes", "off", "NO", "maybe", None)] == [
        *(True, True, False, False, None, None)
    ]
