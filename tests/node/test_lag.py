"""For how long a node has known of what it has not applied."""

from __future__ import annotations

from tests.replication.logs import A, B, at

from skygarth.clock.manual_clock import ManualClock
from skygarth.node.lag import LagWatch
from skygarth.replication.peers import Peers


def test_lag_counts_from_when_a_log_was_seen_to_be_behind() -> None:
    """Each log by itself; the worst counts; what is caught up counts no more."""
    peers, clock = Peers(), ManualClock()
    watch = LagWatch(peers, clock.monotonic)
    assert watch.seconds() == 0
    peers.learn({A: 1}, own=B)
    watch.seconds()
    clock.sleep(3)
    peers.learn({B: 1}, own=A)
    watch.seconds()
    clock.sleep(2)
    both = dict(watch.by_log())
    peers.applied(at(A, 1))

    assert both == {A: 5, B: 2}
    assert watch.seconds() == 2
