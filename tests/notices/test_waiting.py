"""What waits to be said stays small."""

from __future__ import annotations

from skygarth.model.position import Incarnation
from skygarth.notices.notice import Notice
from skygarth.notices.waiting import LOGS_MAX, WaitingNotices


def notice(sequence: int, log: int = 0) -> Notice:
    """A notice of a log."""
    return Notice("r", Incarnation(f"{log:032x}"), sequence, 1, "d" * 64)


def test_the_newest_notice_of_a_log_replaces_the_others() -> None:
    """It says all that they said (NOT-5)."""
    box = WaitingNotices()
    for sequence in (1, 3, 2):
        box.put(notice(sequence))
    box.open()
    box.close()

    assert notice(3) == box.take()
    assert box.take() is None
    assert box.replaced == 2


def test_many_logs_do_not_fill_the_memory() -> None:
    """The one that has waited longest goes first (NOT-5)."""
    box = WaitingNotices()
    for log in range(LOGS_MAX + 3):
        box.put(notice(1, log))
    box.open()

    assert notice(1, 3) == box.take()
    assert box.replaced == 3


def test_a_shut_box_gives_nothing_out() -> None:
    """Without a connection what waits is kept, and at the end it is given up."""
    box = WaitingNotices()
    box.put(notice(1))
    box.close()

    assert box.take() is None


def test_what_could_not_be_sent_yields_to_what_came_meanwhile() -> None:
    """A newer notice of the same log has taken its place."""
    box = WaitingNotices()
    box.put(notice(2))
    box.put_back(notice(1))
    box.open()

    assert notice(2) == box.take()
