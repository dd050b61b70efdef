"""When a replicator sends, polls and tries again."""

from __future__ import annotations

from skygarth.replication.timing import Backoff, FlushWindow, PollRhythm, Timing

TIMING = Timing(
    window_ms_min=50,
    window_ms_max=400,
    flush_objects=10,
    poll_ms_min=100,
    poll_ms_news=1_000,
    poll_ms_max=10_000,
    retry_ms_min=100,
    retry_ms_max=1_000,
)


def test_the_first_change_after_a_quiet_spell_goes_at_once() -> None:
    """Nobody waits for company that may never come (REP-13)."""
    window = FlushWindow(TIMING)

    assert window.due(1_000, objects=1) <= 1_000


def test_sustained_writing_is_gathered_in_growing_windows() -> None:
    """Flushes that follow closely wait twice as long each time, up to the greatest window."""
    window = FlushWindow(TIMING)
    now, waits = 0.0, []
    for _ in range(6):
        window.flushed(now)
        due = window.due(now, objects=1)
        waits.append(due - now)
        now = due

    assert waits == [50, 100, 200, 400, 400, 400]


def test_a_pause_resets_the_window() -> None:
    """After a pause of more than twice the window the next change goes at once again."""
    window = FlushWindow(TIMING)
    for now in (0.0, 50.0, 150.0):
        window.flushed(now)

    window.flushed(10_000)

    assert window.window_ms == TIMING.window_ms_min


def test_many_changes_do_not_wait() -> None:
    """A full segment's worth is flushed whatever the window."""
    window = FlushWindow(TIMING)
    window.flushed(0)

    assert window.due(1, objects=10) == 1


def test_looks_become_rarer_in_a_quiet_time() -> None:
    """Without news the interval grows, quickly at first, then slowly, to the greatest (REP-31)."""
    rhythm = PollRhythm(TIMING)
    intervals = []
    for _ in range(400):
        rhythm.looked(0, news=False)
        intervals.append(rhythm.every_ms)

    assert intervals == sorted(intervals)
    assert rhythm.every_ms == TIMING.poll_ms_max
    assert rhythm.is_quiet


def test_news_makes_the_next_look_come_soon() -> None:
    """One piece of news ends the quiet."""
    rhythm = PollRhythm(TIMING)
    for _ in range(400):
        rhythm.looked(0, news=False)

    rhythm.looked(500, news=True)

    assert rhythm.due_at == 600


def test_something_stirring_moves_the_look_forward() -> None:
    """A local publish or a merge makes a look due soon, but never later than it was."""
    rhythm = PollRhythm(TIMING)
    rhythm.looked(0, news=True)

    rhythm.expect(90)

    assert rhythm.due_at == 100


def test_retries_wait_longer_each_time() -> None:
    """Waits double up to the limit, spread by jitter, and end with the first answer (REP-14)."""
    backoff = Backoff(TIMING, jitter=lambda: 1.0)
    waits = []
    for _ in range(5):
        backoff.failed(0)
        waits.append(backoff.until)
    backoff.succeeded()

    assert waits == [200, 400, 800, 1_000, 1_000]
    assert backoff.until == float("-inf")


def test_what_will_not_pass_soon_is_tried_seldom() -> None:
    """After a refusal that trying again won't mend, the longest wait comes at once."""
    backoff = Backoff(TIMING, jitter=lambda: 1.0)

    backoff.failed(0, lasting=True)

    assert backoff.until == 1_000
