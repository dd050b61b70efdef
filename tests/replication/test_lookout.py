"""When to look for what others wrote."""

from __future__ import annotations

from tests.replication.logs import OWN, TIMING

from skygarth.replication import instructions as do
from skygarth.replication.asking import Asking
from skygarth.replication.lookout import Lookout


def test_the_first_look_is_a_listing() -> None:
    """Hints come after it (REP-32)."""
    lookout = Lookout(TIMING, Asking())

    assert [do.ListTail()] == list(lookout.look(0, {}))
    assert list(lookout.look(0, {})) == []


def test_the_hint_is_read_between_listings() -> None:
    """At the pace of the rhythm (REP-31)."""
    asking = Asking()
    lookout = Lookout(TIMING, asking)
    lookout.list_next(0)
    first = list(lookout.look(0, {}))
    asking.answered(do.ReadHint)
    lookout.saw_hint(0, news=True)

    assert [do.ReadHint()] == first
    assert lookout.due_times()[do.ReadHint] == TIMING.poll_ms_min
    assert list(lookout.look(TIMING.poll_ms_min - 1, {})) == []


def test_a_hint_that_does_not_know_our_end_is_written_anew() -> None:
    """With every head that is known."""
    lookout = Lookout(TIMING, Asking())
    lookout.list_next(0)
    lookout.saw_own_head(1, 2)
    written = list(lookout.look(0, {OWN: 2}))

    assert do.WriteHint({OWN: 2}) in written
    assert do.WriteHint not in lookout.due_times()
