"""What a front-end answers itself, without a process around it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from skygarth.assembly.front_end_serving import own_answers
from skygarth.assembly.routing_means import means_of
from skygarth.clock.chance import SeededChance
from skygarth.clock.wall_clock import WallClock
from skygarth.model.position import Incarnation
from skygarth.routing.figures import RoutingFigures
from skygarth.routing.router import Router, Sighting


def test_a_front_end_is_ready_when_a_node_is() -> None:
    """Its health stands where nodes have theirs, so that whoever watches them can watch it."""
    registry = CollectorRegistry()
    router = Router("front", means_of(WallClock(), SeededChance(1)), RoutingFigures(registry))
    own = own_answers(router, registry)
    before = own[b"/readyz"]().status
    a = Sighting("a", Incarnation("a" * 32), "http://a", frozenset({"web"}), "ready", 0.0, {})
    router.see([a])

    assert (before, own[b"/readyz"]().status, own[b"/livez"]().status) == (503, 200, 200)
    assert b"skygarth_forward_retries" in own[b"/metrics"]().body
