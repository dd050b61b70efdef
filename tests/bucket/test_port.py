"""What a key may be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.bucket import codes
from skygarth.bucket.port import check_key, check_prefix, check_range
from skygarth.model.errors import Invalid


@given(st.text(max_size=40))
def test_no_accepted_key_leaves_its_folder(key: str) -> None:
    """Whatever `check_key` lets through lies below the root, at a path that names it back."""
    try:
        check_key(key)
    except Invalid:
        return
    path = Path("/root-of-bucket") / key

    assert path.resolve().is_relative_to("/root-of-bucket")
    assert path.relative_to("/root-of-bucket").as_posix() == key


@pytest.mark.parametrize("key", ["tail/00ab-01", "chunk/ff/00", "a", "x" * 200, "é/ü", "a b"])
def test_ordinary_keys_pass(key: str) -> None:
    """What the formats make is accepted."""
    check_key(key)


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("", "empty"),
        ("/a", "empty"),
        ("a//b", "empty"),
        ("../a", "dot"),
        ("a/.b", "dot"),
        ("a\x7f", "control"),
        ("x" * 201, "200 bytes"),
        ("é" * 101, "200 bytes"),
        ("a/" * 451, "900 bytes"),
        ("\ud800", "Unicode"),
    ],
)
def test_a_bad_key_is_refused_with_its_fault(key: str, fault: str) -> None:
    """The message says what is wrong with the key."""
    with pytest.raises(Invalid, match=fault) as raised:
        check_key(key)

    assert raised.value.code == codes.BAD_KEY
    assert raised.value.hint


@pytest.mark.parametrize("prefix", ["", "tail/", "tail/0", "a/b/"])
def test_the_beginning_of_a_key_is_a_prefix(prefix: str) -> None:
    """A prefix may end with a slash or within a part, and may be empty."""
    check_prefix(prefix)


@pytest.mark.parametrize("prefix", ["/", "//", "../", "a//", ".x"])
def test_what_begins_no_key_is_no_prefix(prefix: str) -> None:
    """A prefix that could match nothing is a mistake and said to be one."""
    with pytest.raises(Invalid):
        check_prefix(prefix)


def test_a_range_must_begin_within_the_object() -> None:
    """The last byte is the last place where a range may begin."""
    check_range("memory://", "key", 9, 10)

    with pytest.raises(Invalid, match="start='10' size='10'"):
        check_range("memory://", "key", 10, 10)
