"""The clauses of docs/protocol/notices.md that one can hold a single function to."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.model.errors import Invalid
from skygarth.model.position import Incarnation
from skygarth.notices.notice import (
    NOTICE_BYTES_MAX,
    Notice,
    channel_of,
    decode_notice,
    encode_notice,
)

NOTICE = Notice("0" * 32, Incarnation("a" * 32), 7, 1234, "d" * 64)


def test_a_notice_says_five_things_and_no_more() -> None:
    """Its members are those of NOT-1, and nothing of the content is among them."""
    said = json.loads(encode_notice(NOTICE))

    assert asdict(NOTICE) == said
    assert sorted(said) == ["digest", "incarnation", "repository", "sequence", "size"]


def test_the_longest_notice_fits() -> None:
    """No notice is longer than what a reader takes (NOT-1)."""
    longest = Notice("z" * 64, Incarnation("f" * 32), 10**16 - 1, 2**63 - 1, "f" * 64)

    assert len(encode_notice(longest)) <= NOTICE_BYTES_MAX


@given(st.binary(max_size=2 * NOTICE_BYTES_MAX))
def test_what_is_no_notice_is_refused(message: bytes) -> None:
    """Whatever bytes come in, they are refused with a code, and nothing else happens (NOT-2)."""
    with pytest.raises(Invalid) as caught:
        decode_notice(message)

    assert caught.value.code == "SG-NOTICE-001"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("incarnation", "A" * 32),
        ("incarnation", "a" * 31),
        ("sequence", 0),
        ("sequence", 10**16),
        ("sequence", "7"),
        ("sequence", True),
        ("size", -1),
        ("digest", "d" * 63),
        ("repository", ""),
        ("repository", "../other"),
        ("repository", None),
    ],
)
def test_a_member_that_cannot_be_is_refused(member: str, value: object) -> None:
    """Every member is held against its shape (NOT-2)."""
    with pytest.raises(Invalid):
        decode_notice(json.dumps({**asdict(NOTICE), member: value}).encode())


def test_later_versions_may_say_more() -> None:
    """Members that this version does not know are skipped (NOT-1)."""
    assert decode_notice(json.dumps({**asdict(NOTICE), "later": [1]}).encode()) == NOTICE


def test_every_repository_has_its_channel() -> None:
    """A channel follows from the repository alone, and tells two apart (NOT-3)."""
    assert channel_of("0" * 32) == channel_of("0" * 32)
    assert channel_of("0" * 32) != channel_of("1" * 32)
