"""A body ends where its framing says, and nowhere else."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.routing.framing import (
    TRAILER_BYTES_MAX,
    Body,
    BodyToEnd,
    ChunkedBody,
    SizedBody,
    chunk,
    last_chunk,
)
from skygarth.routing.message_heads import Malformed


def fed(body: Body, *parts: bytes) -> tuple[bytes, bytes]:
    """All content of some parts, and what came after the message."""
    content, rest = b"", b""
    for part in parts:
        if body.done:
            rest += part
            continue
        found, rest = body.feed(part)
        content += found
    return content, rest


def test_a_length_takes_what_it_says() -> None:
    """What follows belongs to the next message."""
    body = SizedBody(5)

    assert fed(body, b"he", b"lloGET") == (b"hello", b"GET")
    assert body.done


def test_no_length_is_done_at_once() -> None:
    """A body of nothing has no end to wait for."""
    assert SizedBody(0).done


def test_a_short_body_is_cut_off() -> None:
    """A connection that ends too early leaves a broken message, except where its end is the end."""
    sized, chunked, endless = SizedBody(5), ChunkedBody(), BodyToEnd()
    fed(sized, b"he")
    fed(chunked, b"5\r\nhello\r\n")
    fed(endless, b"hello")

    assert [body.ended() for body in (sized, chunked, endless)] == [False, False, True]


def test_chunks_are_joined() -> None:
    """Content, extensions skipped, then the next message."""
    body = ChunkedBody()

    assert fed(body, b"5;a=b\r\nhello\r\n1 \r\n!\r\n0\r\n\r\nGET") == (b"hello!", b"GET")
    assert body.done


def test_trailers_travel_on() -> None:
    """Those that may; a length or a passport in a trailer is dropped."""
    body = ChunkedBody()
    fed(body, b"0\r\nX-Sum: 1\r\nContent-Length: 3\r\nSkygarth-Passport: x\r\n\r\n")

    assert body.trailers == b"X-Sum: 1\r\n"
    assert last_chunk(body.trailers) == b"0\r\nX-Sum: 1\r\n\r\n"


@pytest.mark.parametrize(
    "framed",
    [
        b"5\nhello\n0\n\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"-1\r\n",
        b"+5\r\n",
        b"\r\n",
        b" 5\r\n",
        b"5\r\nhelloX\r\n",
        b"5\r\nhello\n\r\n",
        b"fffffffffffffffff\r\n",
        b"5;" + b"x" * 600,
        b"5;a\x00b\r\n",
        b"0\r\nX y\r\n\r\n",
        b"0\r\n X: y\r\n\r\n",
        b"0\r\nX: y\nZ: w\r\n\r\n",
        b"0\r\nX: " + b"y" * (TRAILER_BYTES_MAX + 9),
    ],
)
def test_a_broken_chunk_breaks_the_message(framed: bytes) -> None:
    """RTE-1: whoever repairs a chunk reads another message than its sender wrote."""
    with pytest.raises(Malformed):
        fed(ChunkedBody(), framed)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.data())
def test_chunks_may_be_cut_anywhere(contents: list[bytes], data: st.DataObject) -> None:
    """However the bytes arrive, the content and the end are the same."""
    framed = b"".join(map(chunk, contents)) + last_chunk(b"X-Sum: 1\r\n") + b"NEXT"
    cuts = data.draw(st.lists(st.integers(0, len(framed)), max_size=12))
    edges = [0, *sorted(cuts), len(framed)]
    body = ChunkedBody()
    parts = [framed[a:b] for a, b in itertools.pairwise(edges)]

    assert fed(body, *parts) == (b"".join(contents), b"NEXT")
    assert body.trailers == b"X-Sum: 1\r\n"
