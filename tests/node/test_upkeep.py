"""What a node does once in a while."""

from __future__ import annotations

import threading

from structlog.testing import capture_logs

from skygarth.clock.wall_clock import WallClock
from skygarth.model.errors import Unavailable
from skygarth.node.upkeep import Duty, Upkeep


def test_a_duty_is_done_again_and_again() -> None:
    """Each time it is due, until the upkeep stops."""
    twice, count = threading.Event(), [0]

    def deed() -> None:
        count[0] += 1
        if count[0] == 2:
            twice.set()

    upkeep = Upkeep(WallClock(), [Duty("count", deed, 0.0)], step_seconds=0.001)
    upkeep.start()

    assert twice.wait(5)
    upkeep.stop()


def test_a_duty_that_fails_keeps_no_other_from_its_turn() -> None:
    """A bucket that is away delays the card, not the rest."""
    done = threading.Event()

    def fail() -> None:
        raise Unavailable("away")

    duties = [Duty("card", fail, 0.0), Duty("feed", done.set, 0.0)]
    upkeep = Upkeep(WallClock(), duties, step_seconds=0.001)
    upkeep.start()

    assert done.wait(5)
    upkeep.stop()


def test_a_reason_to_wait_is_told_once_until_it_is_over() -> None:
    """A bucket that is away for a night must not fill the log (each two seconds a line)."""
    tries, done = [0], threading.Event()

    def deed() -> None:
        tries[0] += 1
        if tries[0] <= 5:
            raise Unavailable("away", code="SG-BUCKET-001")
        if tries[0] == 8:
            done.set()

    upkeep = Upkeep(WallClock(), [Duty("card", deed, 0.0)], step_seconds=0.001)
    with capture_logs() as said:
        upkeep.start()
        assert done.wait(5)
        upkeep.stop()

    assert [each["event"] for each in said] == [
        "a duty has to wait",
        "a duty that had to wait is done",
    ]
