"""What routing does, in figures for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from skygarth.routing.choice import Candidate


class RoutingFigures:
    """Counters of one front-end, or of one node that forwards.

    Args:
        registry: where the figures stand.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._by_pool: dict[str, int] = {}
        registry.register(_Forwarded(self._by_pool))
        self._retries = Counter(
            "skygarth_forward_retries", "Requests that went to a further node", registry=registry
        )
        self._failures = Counter(
            "skygarth_forward_failures", "Requests without an answer", ["code"], registry=registry
        )
        self._refused = Counter(
            "skygarth_refused_requests", "Requests refused as malformed", registry=registry
        )

    def forwarded(self, pool: str | None) -> None:
        """A request went to a node of a pool."""
        name = pool or "any"
        self._by_pool[name] = self._by_pool.get(name, 0) + 1

    def retried(self) -> None:
        """A request went to a further node."""
        self._retries.inc()

    def failed(self, code: str) -> None:
        """A request got no answer."""
        self._failures.labels(code).inc()

    def refused(self) -> None:
        """A request could be read in two ways."""
        self._refused.inc()


class _Forwarded(Collector):
    """Requests by pool, counted in a plain table: a counter with a lock costs 2 µs a request."""

    def __init__(self, by_pool: Mapping[str, int]) -> None:
        self._by_pool = by_pool

    def collect(self) -> Iterator[Metric]:
        """How many went to each pool."""
        family = CounterMetricFamily(
            "skygarth_forwarded_requests", "Requests handed to another node", labels=["pool"]
        )
        for pool, count in list(self._by_pool.items()):
            family.add_metric([pool], count)
        yield family


class NodeFigures(Collector):
    """How the nodes look from here: asked when somebody looks."""

    def __init__(
        self, nodes: Callable[[], Iterable[Candidate]], monotonic: Callable[[], float]
    ) -> None:
        self._nodes = nodes
        self._monotonic = monotonic

    def collect(self) -> Iterator[Metric]:
        """Requests under way and the breaker of each node."""
        flight = GaugeMetricFamily("skygarth_forward_in_flight", "Under way", labels=["node"])
        breaker = GaugeMetricFamily(
            "skygarth_breaker_open", "1 while a node is left alone", labels=["node", "state"]
        )
        now = self._monotonic()
        for node in self._nodes():
            flight.add_metric([node.name], node.in_flight)
            state = node.breaker.state(now)
            breaker.add_metric([node.name, state], float(state != "closed"))
        yield flight
        yield breaker
