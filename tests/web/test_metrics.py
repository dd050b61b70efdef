"""What Prometheus reads from a node."""

from __future__ import annotations

import math
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from tests.web.cloud_nodes import Book, CloudNode, running


def _read(node: CloudNode) -> dict[str, float]:
    text = node.app.get("/metrics").text
    return {
        f"{s.name}{sorted(s.labels.values())}" if s.labels else s.name: s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


def test_a_node_tells_its_figures(pair: tuple[CloudNode, CloudNode]) -> None:
    """Lag by peer, backlog, progress, conflicts, objects, requests, dollars, clock."""
    a, b = pair
    book = a.repository.create(Book(name="counted", title="Counted"))
    b.waits_for(lambda: b.repository.find(book.guid))
    b.waits_for(lambda: len(b.node.members()) == 2)
    told = _read(b)

    assert told["skygarth_replication_lag_seconds['a']"] == 0
    assert told["skygarth_replication_segments_behind['a']"] == 0
    assert told["skygarth_unpublished_commits"] == 0
    assert abs(told["skygarth_last_progress_timestamp_seconds"] - b.node.clock.now_ms() / 1e3) < 60
    assert told["skygarth_conflicts_open"] == 0
    assert told["skygarth_objects['book']"] == 1
    assert told["skygarth_bucket_requests_total['get']"] >= 1
    assert told["skygarth_bucket_dollars_month"] == 0
    assert told["skygarth_quarantined_logs"] == 0
    assert told["skygarth_ready"] == 1
    assert "skygarth_clock_offset_seconds" in told
    assert "access_token" not in " ".join(told)


def test_notices_have_figures_by_transport(tmp_path: Path) -> None:
    """Whether the broker is there, and how much was said and heard."""
    with running("a", tmp_path, notices=("memory",)) as node:
        node.waits_for(lambda: _read(node).get("skygarth_notices_connected['memory']") == 1)
        node.repository.create(Book(name="said", title="Said"))
        node.waits_for(lambda: _read(node)["skygarth_notices_total['memory', 'said']"] >= 1)
        told = _read(node)

    assert told["skygarth_notices_total['memory', 'refused']"] == 0


def test_a_lag_that_cannot_be_known_is_no_number(pair: tuple[CloudNode, CloudNode]) -> None:
    """A node that is cut off hears of nothing new: a zero would say that all is well."""
    a, b = pair
    a.repository.create(Book(name="known", title="Known"))
    lag = "skygarth_replication_lag_seconds['a']"
    b.waits_for(lambda: _read(b).get(lag) == 0)
    b.node.pause()
    b.waits_for(lambda: b.node.sync_status().paused)
    cut = _read(b)
    b.node.resume()
    b.waits_for(lambda: _read(b)[lag] == 0)

    assert math.isnan(cut[lag])
    assert (cut["skygarth_paused"], cut["skygarth_halted"]) == (1, 0)
    assert cut["skygarth_disk_free_bytes"] > 0
    assert cut["skygarth_disk_well"] == 1
