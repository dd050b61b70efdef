"""When to look for what others wrote: the hint often, a listing now and then (REP-31, REP-32).

The hint is one small object that anybody may overwrite, so it is read while
there is hope of news, and written when the own log has grown. A listing costs
more, and is asked for whatever hints say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skygarth.model.position import Incarnation
from skygarth.replication import instructions as do
from skygarth.replication.asking import Asking
from skygarth.replication.timing import PollRhythm, Timing


class Lookout:
    """Plans the looks into the bucket."""

    def __init__(self, timing: Timing, asking: Asking) -> None:
        self.timing = timing
        self.list_at = float("-inf")
        self._rhythm = PollRhythm(timing)
        self._asking = asking
        self._hint_is_stale = False
        self._hint_at = float("-inf")

    def due_times(self) -> dict[type, float]:
        """When each kind of look is wanted."""
        wanted: dict[type, float] = {do.ListTail: self.list_at}
        if do.ListTail not in self._asking:
            wanted[do.ReadHint] = self._rhythm.due_at
        if self._hint_is_stale:
            wanted[do.WriteHint] = self._hint_at
        return wanted

    def look(self, now: float, heads: Mapping[Incarnation, int]) -> Iterator[do.Instruction]:
        """Read the hint when it is due, list when that is due, write the hint when it is stale."""
        if now >= self.list_at:
            yield from self._asking.ask(do.ListTail())
        if now >= self._rhythm.due_at and do.ListTail not in self._asking:
            yield from self._asking.ask(do.ReadHint())
        may_hint = now >= self._hint_at and do.WriteHint not in self._asking
        if self._hint_is_stale and may_hint:
            self._hint_is_stale = False
            yield from self._asking.ask(do.WriteHint(dict(heads)))

    def list_next(self, now: float) -> None:
        """A listing was answered: the next one has time."""
        quiet = self._rhythm.is_quiet
        self.list_at = now + (self.timing.list_ms_max if quiet else self.timing.list_ms)

    def saw_hint(self, now: float, *, news: bool) -> None:
        """The hint was read."""
        self._rhythm.looked(now, news)

    def saw_own_head(self, in_hint: int, own: int) -> None:
        """How far the hint knows the own log: if not to its end, it is stale."""
        self._hint_is_stale = in_hint < own

    def saw_false_hint(self, now: float) -> None:
        """The hint names what nobody can find: put one right (REP-37)."""
        if not self._hint_is_stale:
            self._hint_is_stale, self._hint_at = True, now

    def own_log_grew(self, now: float) -> None:
        """Say so in the hint, when a notice has had its time."""
        if not self._hint_is_stale:
            self._hint_is_stale, self._hint_at = True, now + self.timing.hint_ms
        self._rhythm.expect(now)

    def expect(self, now: float) -> None:
        """Something stirs: look soon."""
        self._rhythm.expect(now)
