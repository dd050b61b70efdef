"""Edits that pile up are told from edits that are under way."""

from __future__ import annotations

from skygarth.web.watching.unpublished_watch import GROWING_SECONDS, Growth, UnpublishedWatch


def test_a_pile_that_grows_for_a_minute_is_told() -> None:
    """With how many wait, and how many more than at first."""
    watch = UnpublishedWatch()
    told = [watch.look(float(second), 5 + second) for second in range(61)]

    assert told[:60] == [None] * 60
    assert told[60] == Growth(65, 60, GROWING_SECONDS)


def test_a_pile_that_is_cleared_begins_anew() -> None:
    """Whatever was published shows that the node gets on."""
    watch = UnpublishedWatch()
    watch.look(0, 5)
    watch.look(50, 9)
    smaller = watch.look(70, 8)
    none = watch.look(80, 0)

    assert (smaller, none) == (None, None)
    assert watch.look(100, 9) is None
    assert watch.look(161, 10) == Growth(10, 1, 61)


def test_a_pile_that_stays_is_not_told() -> None:
    """A node that is cut off and not written to has no growing trouble."""
    watch = UnpublishedWatch()

    assert [watch.look(second * 30.0, 5) for second in range(9)] == [None] * 9
