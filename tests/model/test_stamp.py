"""Stamps compare as bytes, and tell when and by whom."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skygarth.model.stamp import (
    COUNTER_MAX,
    MILLISECONDS_MAX,
    STAMP_BYTES,
    make_stamp,
    stamp_time,
    stamp_writer,
)

TIMES = st.tuples(st.integers(0, MILLISECONDS_MAX), st.integers(0, COUNTER_MAX))
WRITERS = st.binary(min_size=16, max_size=16)


@given(TIMES, WRITERS)
def test_a_stamp_tells_what_it_is_made_of(time: tuple[int, int], writer: bytes) -> None:
    """Hybrid time, and the first half of the writer's identity."""
    stamp = make_stamp(*time, writer)

    assert len(stamp) == STAMP_BYTES
    assert time == stamp_time(stamp)
    assert writer[:8] == stamp_writer(stamp)


@given(TIMES, TIMES, WRITERS)
def test_the_later_stamp_is_greater(one: tuple[int, int], two: tuple[int, int], w: bytes) -> None:
    """Bytes compare as times do, so a database needs no help."""
    assert (one < two) == (make_stamp(*one, w) < make_stamp(*two, w))


def test_two_writers_never_give_one_stamp() -> None:
    """At one time, the writer decides."""
    assert make_stamp(1, 1, b"a" * 16) < make_stamp(1, 1, b"b" * 16)
