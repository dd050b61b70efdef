"""A node's figures as Prometheus reads them, taken when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from skygarth.node.job_desk import JobDesk
from skygarth.node.job_work import Outcome
from skygarth.node.news import transports_of
from skygarth.node.running import RunningNode
from skygarth.node.status import PeerStatus
from skygarth.notices.port import TransportHealth
from skygarth.web.content_figures import FiguresReader
from skygarth.web.disk_room import is_bucket_well


class NodeCollector(Collector):
    """Reads one node; the registry asks it for each scrape."""

    def __init__(self, node: RunningNode, figures: FiguresReader) -> None:
        self._node = node
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Every metric, as of now."""
        yield from self._of_replication()
        yield from self._of_content()
        yield from self._of_bucket()
        yield from self._of_jobs()
        yield from _of_notices(transports_of(self._node))

    def _of_replication(self) -> Iterator[Metric]:
        node, status = self._node, self._node.sync_status()
        yield from _of_peers(status.peers)
        refused = sum(peer.quarantined is not None for peer in status.peers)
        progress = node.clock.now_ms() / 1000 - status.last_progress_seconds
        yield _gauge("unpublished_commits", "Changes that wait to be published", status.unpublished)
        yield _gauge("last_progress_timestamp_seconds", "The replicator did something", progress)
        yield _gauge("quarantined_logs", "Logs that are not read on", refused)
        yield _gauge("clock_offset_seconds", "Off the bucket's", status.clock_offset_ms / 1000)
        yield _gauge("clock_trusted", "1 if the clock may publish", int(status.clock_trusted))
        yield _gauge("bucket_reachable", "1 if the bucket answers", int(is_bucket_well(status)))
        yield _gauge("ready", "1 if the node takes traffic", int(node.takes_traffic))

    def _of_content(self) -> Iterator[Metric]:
        figures = self._figures.read()
        objects = GaugeMetricFamily("skygarth_objects", "Live objects", labels=["type"])
        for name, count in figures.objects.items():
            objects.add_metric([name], count)
        yield objects
        conflicts = len(figures.conflicts)
        yield _gauge("conflicts_open", "Values set aside and not settled", conflicts)

    def _of_jobs(self) -> Iterator[Metric]:
        desk = self._node.companions.find(JobDesk)
        if desk is None:
            return
        figures = desk.figures
        yield _gauge("jobs_waiting", "Jobs of the cloud that are not done", figures.waiting)
        yield _gauge("jobs_failed", "Jobs of the cloud that wait for a person", figures.failed)
        yield _gauge("jobs_running", "Jobs that this node is doing", len(figures.running))
        tries = CounterMetricFamily("skygarth_job_tries", "Ended here", labels=["outcome"])
        for outcome in Outcome:
            tries.add_metric([outcome.value], figures.outcomes.get(outcome.value, 0))
        yield tries

    def _of_bucket(self) -> Iterator[Metric]:
        cost = self._node.cost()
        requests = CounterMetricFamily(
            "skygarth_bucket_requests", "Requests to the bucket", labels=["op"]
        )
        for operation, count in cost.requests.items():
            requests.add_metric([operation], count)
        yield requests
        traffic = CounterMetricFamily(
            "skygarth_bucket_bytes", "To and from the bucket", labels=["way"]
        )
        traffic.add_metric(["sent"], cost.bytes_sent)
        traffic.add_metric(["received"], cost.bytes_received)
        yield traffic
        yield _gauge("bucket_dollars_month", "A month at this rate", cost.dollars_month)


def _of_peers(peers: tuple[PeerStatus, ...]) -> Iterator[Metric]:
    lag = GaugeMetricFamily(
        "skygarth_replication_lag_seconds", "Since when a log is known further", labels=["peer"]
    )
    behind = GaugeMetricFamily(
        "skygarth_replication_segments_behind", "Known and not applied", labels=["peer"]
    )
    # A node that lost its disk has two logs under one name: the worse one counts.
    for name in sorted({peer.name for peer in peers}):
        logs = [peer for peer in peers if peer.name == name]
        lag.add_metric([name], max(peer.lag_seconds for peer in logs))
        behind.add_metric([name], sum(p.known_through - p.applied_through for p in logs))
    yield lag
    yield behind


def _of_notices(transports: tuple[TransportHealth, ...]) -> Iterator[Metric]:
    connected = GaugeMetricFamily(
        "skygarth_notices_connected", "1 if the broker is there", labels=["transport"]
    )
    notices = CounterMetricFamily(
        "skygarth_notices", "Notices said and heard", labels=["transport", "way"]
    )
    for each in transports:
        connected.add_metric([each.name], int(each.connected))
        notices.add_metric([each.name, "said"], each.said)
        notices.add_metric([each.name, "heard"], each.heard)
        notices.add_metric([each.name, "refused"], each.refused)
    yield connected
    yield notices


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"skygarth_{name}", meaning, value)
