"""When a replicator sends, polls and tries again."""

from __future__ import annotations

from tests.replication.logs import TIMING

from skygarth.replication.timing import Backoff, FlushWindow, PollRhythm, Timing


def test_the_first_change_after_a_quiet_time_goes_at_once() -> None:
    """Nobody waits while nothing else is written (REP-13)."""
    assert FlushWindow(TIMING).due(1_000, 1) <= 1_000


def test_sustained_writing_is_gathered() -> None:
    """Each flush that follows closely on another doubles the wait, up to a bound (REP-13)."""
    window = FlushWindow(TIMING)
    now, waits = 0.0, []
    for _ in range(12):
        window.flushed(now)
        waits.append(window.window_ms)
        now = window.due(now, 1)

    assert waits == sorted(waits)
    assert waits[-1] == TIMING.window_ms_max


def test_a_pause_resets_the_window() -> None:
    """After twice the window without a flush, the next change is alone again."""
    window = FlushWindow(TIMING)
    for now in range(0, 600, 100):
        window.flushed(now)
    window.flushed(60_000)

    assert window.window_ms == TIMING.window_ms_min


def test_many_changes_do_not_wait() -> None:
    """A segment's worth of changes goes whatever the window says."""
    window = FlushWindow(TIMING)
    window.flushed(0)

    assert window.due(1, TIMING.flush_objects) == 1


def test_looking_slows_down_while_nothing_happens() -> None:
    """A quiet cloud costs few requests; news makes everybody quick again (REP-31)."""
    rhythm = PollRhythm(TIMING)
    for now in range(100):
        rhythm.looked(now, news=False)
    assert rhythm.is_quiet

    rhythm.looked(100, news=True)
    assert rhythm.due_at == 100 + TIMING.poll_ms_min


def test_something_stirring_brings_the_next_look_forward() -> None:
    """An own upload or a notice is a reason to look soon."""
    rhythm = PollRhythm(TIMING)
    for now in range(100):
        rhythm.looked(now, news=False)
    rhythm.expect(100)

    assert rhythm.due_at == 100 + TIMING.poll_ms_min


def test_waits_double_up_to_a_bound() -> None:
    """Failures that go on are asked about ever more seldom, down to a bound (REP-14)."""
    backoff = Backoff(Timing(retry_ms_min=100, retry_ms_max=1_000), lambda: 0.999)
    waits = []
    for _ in range(6):
        backoff.failed(0)
        waits.append(round(backoff.until))

    assert waits == sorted(waits)
    assert 990 <= waits[-1] <= 1_000


def test_what_lasts_is_asked_about_seldom() -> None:
    """Wrong credentials do not get better within a second."""
    backoff = Backoff(TIMING, lambda: 0.0)
    backoff.failed(0, lasting=True)

    assert backoff.until == TIMING.retry_ms_max / 2


def test_an_answer_ends_the_waiting() -> None:
    """One answered request, and everything is asked at once again (REP-14)."""
    backoff = Backoff(TIMING, lambda: 0.5)
    backoff.failed(0)
    backoff.succeeded()

    assert backoff.until < 0
