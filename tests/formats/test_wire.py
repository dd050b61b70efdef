"""JSON, strictly written and carefully read (FMT-1)."""

from __future__ import annotations

import msgspec
import pytest
from tests.formats.samples import A, B

from skygarth.formats.wire import (
    Count,
    Unreadable,
    VectorObject,
    read_json,
    vector_object,
    write_json,
)


class _Shape(msgspec.Struct):
    vector: VectorObject
    count: Count = 0


def test_equal_values_give_equal_bytes() -> None:
    """Members are sorted and there are no blanks, so hashes over JSON mean something (FMT-1)."""
    assert write_json({"b": 1, "a": {A: 1, B: 2}}) == write_json({"a": {B: 2, A: 1}, "b": 1})
    assert write_json({"b": "ð", "a": [1, 2]}) == '{"a":[1,2],"b":"ð"}'.encode()


def test_a_log_at_zero_says_nothing() -> None:
    """A vector with and without logs at 0 is the same vector."""
    assert vector_object({A: 1, B: 0}) == {A: 1}


def test_unknown_members_are_skipped() -> None:
    """A later version may say more (FMT-1)."""
    read = read_json(b'{"vector":{},"later":{"deep":[null]},"count":3}', _Shape)

    assert read == _Shape({}, 3)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"null",
        b"[]",
        b'{"count":1}',
        b'{"vector":[]}',
        b'{"vector":{"short":1}}',
        b'{"vector":{"' + A.encode() + b'":-1}}',
        b'{"vector":{"' + A.encode() + b'":"1"}}',
        b'{"vector":{"' + A.encode() + b'":10000000000000000}}',
        b'{"vector":{},"count":1.5}',
        b'{"vector":{},"count":true}',
        b'{"vector":{}} and more',
        b'{"vector":{},"later":' + b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_known_members_must_have_their_shape(document: bytes) -> None:
    """Whatever is not what it should be is said to be unreadable, and nothing else (FMT-1)."""
    with pytest.raises(Unreadable):
        read_json(document, _Shape)
