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
from skygarth.web.disk_room import DiskRoom, disk_room, is_bucket_well
from skygarth.web.watching.view import cost_view


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
        has_halted = status.state == "halted"
        hears = is_bucket_well(status) and not status.paused and not has_halted
        yield from _of_peers(status.peers, hears=hears)
        refused = sum(peer.quarantined is not None for peer in status.peers)
        progress = node.clock.now_ms() / 1000 - status.last_progress_seconds
        yield _gauge("unpublished_commits", "Changes that wait to be published", status.unpublished)
        yield _gauge("last_progress_timestamp_seconds", "The replicator did something", progress)
        yield _gauge("quarantined_logs", "Logs that are not read on", refused)
        yield _gauge("clock_offset_seconds", "Off the bucket's", status.clock_offset_ms / 1000)
        yield _gauge("clock_trusted", "1 if the clock may publish", int(status.clock_trusted))
        yield _gauge("bucket_reachable", "1 if the bucket answers", int(is_bucket_well(status)))
        yield _gauge("ready", "1 if the node takes traffic", int(node.takes_traffic))
        yield _gauge("halted", "1 if replication has stopped for good", int(has_halted))
        yield _gauge("paused", "1 if the node is cut off on purpose", int(status.paused))
        yield from _of_disk(disk_room(node, status))

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
        month = cost_view(cost, self._node.bucket.url).dollars_month
        if month is not None:  # a start costs more than what follows: no month is told from it
            yield _gauge("bucket_dollars_month", "A month at this rate", month)


def _of_disk(room: DiskRoom) -> Iterator[Metric]:
    free = 0 if room.free_bytes is None else room.free_bytes
    yield _gauge("disk_free_bytes", "Where the database is; 0 if its folder is gone", free)
    yield _gauge("disk_well", "1 if the node can write to its disk", int(not room.fault))


def _of_peers(peers: tuple[PeerStatus, ...], *, hears: bool) -> Iterator[Metric]:
    """Lags; not a number where this node hears of nothing new, so that nobody reads a zero."""
    lag = GaugeMetricFamily(
        "skygarth_replication_lag_seconds", "Since when a log is known further", labels=["peer"]
    )
    behind = GaugeMetricFamily(
        "skygarth_replication_segments_behind", "Known and not applied", labels=["peer"]
    )
    # A node that lost its disk has two logs under one name: the worse one counts.
    for name in sorted({peer.name for peer in peers}):
        logs = [peer for peer in peers if peer.name == name]
        known = max(peer.lag_seconds for peer in logs)
        lag.add_metric([name], known if hears else float("nan"))
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
