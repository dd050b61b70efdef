"""When a replicator sends, polls and tries again.

All times are milliseconds on a clock that never goes back; which clock that is
does not matter here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The knobs.

    Attributes:
        window_ms_min: least time between two flushes under sustained writing.
        window_ms_max: greatest time that a change waits for its flush.
        flush_objects: this many unpublished changes are flushed without waiting.
        poll_ms_min: between two looks at the hint while there is news.
        poll_ms_news: between two looks some while after news.
        poll_ms_max: between two looks when it has been quiet for long.
        list_ms: between two forced listings while there is news now and then.
        list_ms_max: between two forced listings when it has been quiet for long.
        hint_ms: from an upload to the hint that tells of it. Where a notice has told the
            others, they fetch at this moment, and the hint would be in their way.
        clock_ms: between two measurements of the clock.
        retry_ms_min: first wait after a failed request; doubles up to `retry_ms_max`.
    """

    window_ms_min: int = 50
    window_ms_max: int = 5_000
    flush_objects: int = 2_000
    poll_ms_min: int = 200
    poll_ms_news: int = 2_000
    poll_ms_max: int = 2_000
    list_ms: int = 30_000
    list_ms_max: int = 30_000
    hint_ms: int = 0
    clock_ms: int = 600_000
    retry_ms_min: int = 200
    retry_ms_max: int = 30_000
    fetches_max: int = 8


@dataclass(slots=True)
class FlushWindow:
    """How long a change waits for company (REP-13).

    The first change after a quiet spell goes at once. Each flush that follows
    closely on another doubles the wait, up to the greatest; a pause of twice
    the window resets it.
    """

    timing: Timing
    window_ms: int = 0
    flushed_at: float = float("-inf")

    def due(self, now: float, objects: int) -> float:
        """When to flush `objects` unpublished changes; `now` or earlier means at once."""
        assert objects > 0
        if objects >= self.timing.flush_objects:
            return now
        return self.flushed_at + self.window_ms

    def flushed(self, now: float) -> None:
        """A flush has begun: the next one waits longer if this one came soon after the last."""
        if now - self.flushed_at > 2 * max(self.window_ms, self.timing.window_ms_min) + 1:
            self.window_ms = self.timing.window_ms_min
        else:
            self.window_ms = min(2 * self.window_ms, self.timing.window_ms_max)
        self.flushed_at = now


@dataclass(slots=True)
class PollRhythm:
    """How often to look for news: often while there is some, seldom in a quiet time (REP-31).

    The interval grows by a quarter with each look that finds nothing up to
    `poll_ms_news`, and from there, slower, to `poll_ms_max`.
    """

    timing: Timing
    every_ms: float = field(init=False)
    due_at: float = float("-inf")

    def __post_init__(self) -> None:
        self.every_ms = self.timing.poll_ms_min

    def looked(self, now: float, news: bool) -> None:
        """A look has been answered."""
        if news:
            self.every_ms = self.timing.poll_ms_min
        else:
            growth = 1.25 if self.every_ms < self.timing.poll_ms_news else 1.02
            self.every_ms = min(self.every_ms * growth, self.timing.poll_ms_max)
        self.due_at = now + self.every_ms

    @property
    def is_quiet(self) -> bool:
        """Whether it has been quiet for long."""
        return self.every_ms >= self.timing.poll_ms_max

    def expect(self, now: float) -> None:
        """Something stirs: look soon."""
        self.every_ms = self.timing.poll_ms_min
        self.due_at = min(self.due_at, now + self.every_ms)


@dataclass(slots=True)
class Backoff:
    """When to ask the bucket again after failures: full jitter, doubling (REP-14)."""

    timing: Timing
    jitter: Callable[[], float]
    failures: int = 0
    until: float = float("-inf")

    def failed(self, now: float, *, lasting: bool = False) -> None:
        """A request failed."""
        self.failures += 1
        ceiling = self.timing.retry_ms_min * 2 ** min(self.failures, 16)
        wait = self.timing.retry_ms_max if lasting else min(ceiling, self.timing.retry_ms_max)
        self.until = now + wait * (0.5 + 0.5 * self.jitter())

    def succeeded(self) -> None:
        """A request was answered."""
        self.failures = 0
        self.until = float("-inf")
