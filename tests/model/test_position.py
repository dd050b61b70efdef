"""Vectors say through which sequence each log has been read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skygarth.model.position import Incarnation, Position, covers, merged, missing

A, B = Incarnation("a" * 32), Incarnation("b" * 32)
VECTORS = st.dictionaries(st.sampled_from([A, B]), st.integers(1, 9))


def test_a_log_goes_on_without_gaps() -> None:
    """The next position is one further in the same log."""
    assert Position(A, 1).next == Position(A, 2)
    assert str(Position(A, 7)) == "aaaaaaaa-7"


@given(VECTORS, VECTORS)
def test_what_is_missing_is_what_is_not_covered(
    vector: dict[Incarnation, int], needed: dict[Incarnation, int]
) -> None:
    """And filling it in covers everything."""
    lacking = missing(vector, needed)

    assert covers(vector, needed) == (not lacking)
    assert covers(merged([vector, lacking]), needed)


@given(VECTORS, VECTORS)
def test_the_merged_vector_is_the_least_that_covers_both(
    one: dict[Incarnation, int], two: dict[Incarnation, int]
) -> None:
    """In whichever order they come."""
    both = merged([one, two])

    assert covers(both, one)
    assert covers(both, two)
    assert both == merged([two, one])
    assert all(through in {one.get(log), two.get(log)} for log, through in both.items())
