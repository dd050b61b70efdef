"""Virtual time, and clocks that are wrong about it."""

from __future__ import annotations

from skygarth.testing.agenda import EPOCH_MS, Agenda, SkewedClock


def test_things_happen_in_the_order_of_their_time() -> None:
    """What is planned later for an earlier moment still comes first."""
    agenda, heard = Agenda(), list[str]()
    agenda.plan(20, lambda: heard.append("late"))
    agenda.plan(10, lambda: heard.append("early"))
    agenda.run_for(30)

    assert heard == ["early", "late"]


def test_things_of_one_moment_happen_as_planned() -> None:
    """Ties are broken by the order of planning, so that a seed replays exactly."""
    agenda, heard = Agenda(), list[int]()
    for number in range(5):
        agenda.plan(10, lambda number=number: heard.append(number))  # type: ignore[misc]
    agenda.run_for(10)

    assert heard == [0, 1, 2, 3, 4]


def test_what_happens_may_plan_more() -> None:
    """A deed that plans another one within the time sees it done."""
    agenda, heard = Agenda(), list[float]()
    agenda.plan(10, lambda: agenda.plan(5, lambda: heard.append(agenda.now_ms)))
    agenda.run_for(100)

    assert heard == [15.0]
    assert agenda.now_ms == 100.0
    assert agenda.count == 2


def test_a_skewed_clock_is_wrong_about_the_calendar_only() -> None:
    """The calendar has the error, the monotonic clock has not."""
    agenda = Agenda()
    clock = SkewedClock(agenda, skew_ms=-500)
    agenda.run_for(2_000)
    clock.sleep(10)

    assert clock.now_ms() == EPOCH_MS + 1_500
    assert clock.monotonic() == 2.0
    assert agenda.calendar_ms == EPOCH_MS + 2_000
