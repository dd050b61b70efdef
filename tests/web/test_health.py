"""Whether a node lives, takes traffic, and how what it depends on is."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.web.cloud_nodes import Book, CloudNode, running

from skygarth.clock.wall_clock import WallClock
from skygarth.node.news import News
from skygarth.notices.memory import MemoryBroker, MemoryLink
from skygarth.notices.port import Transport
from skygarth.notices.transport import LinkTransport
from skygarth.web.health import dependencies


def test_a_ready_node_says_so(node: CloudNode) -> None:
    """It lives, takes traffic, and all that it depends on is well."""
    health = node.app.get("/healthz").json()

    assert node.app.get("/livez").status_code == 200
    assert node.app.get("/readyz").json() == {"ready": True, "state": "ready"}
    assert health["well"] is True
    assert list(health["checks"]) == ["database", "bucket", "clock", "replication", "disk"]
    assert node.app.get("/version").json().keys() >= {"skygarth", "sqlite"}


def test_a_node_that_drains_takes_no_new_traffic(tmp_path: Path) -> None:
    """A draining node is 503 for those who choose among nodes, and lives on."""
    with running("a", tmp_path) as node:
        node.node.drain()
        ready = node.app.get("/readyz")

        assert ready.status_code == 503
        assert ready.json()["state"] in {"draining", "drained"}
        assert ready.headers["Retry-After"] == "1"
        assert node.app.get("/livez").status_code == 200


def test_a_bucket_that_is_away_is_told_and_the_node_serves_on(tmp_path: Path) -> None:
    """Losing the bucket is one failed check with a reason, not the end of service."""
    with running("a", tmp_path) as node:
        shutil.rmtree(tmp_path / "bucket")
        (tmp_path / "bucket").write_text("in the way")
        node.waits_for(lambda: not node.node.sync_status().bucket_reachable)
        answer = node.app.get("/healthz")
        checks = answer.json()["checks"]

        assert answer.status_code == 503
        assert checks["bucket"]["well"] is False
        assert checks["bucket"]["detail"]
        assert checks["database"]["well"] is True
        assert node.app.get("/readyz").status_code == 200


def test_a_halted_node_takes_traffic_and_is_not_well(tmp_path: Path) -> None:
    """It serves what it holds, and says why nothing is exchanged any more."""
    with running("a", tmp_path) as node:
        node.repository.create(Book(name="held", title="Held"))
        node.waits_for(lambda: node.node.content_digest().settled)
        for entry in node.node.bucket.list(""):
            node.node.bucket.delete(entry.key)
        node.waits_for(lambda: node.node.state == "halted")
        ready, health = node.app.get("/readyz"), node.app.get("/healthz")

        assert (ready.status_code, ready.json()["state"]) == (200, "halted")
        assert ready.json()["why"].startswith("SG-REPOSITORY-002")
        assert health.status_code == 503
        assert health.json()["checks"]["replication"]["well"] is False


def test_a_data_folder_that_is_gone_is_noticed(tmp_path: Path) -> None:
    """SQLite writes on into a deleted file; the disk's check sees that it is no more."""
    with running("a", tmp_path) as node:
        shutil.rmtree(node.data)
        by_name = {check.name: check for check in dependencies(node.node)}

        ready = node.app.get("/readyz")

        assert by_name["disk"].well is False
        assert "gone" in by_name["disk"].detail
        assert (ready.status_code, ready.json()["state"]) == (503, "broken")
        assert ready.json()["why"].startswith("SG-DATA-003")


def test_a_broker_that_is_away_makes_nobody_ill(tmp_path: Path) -> None:
    """It shows, with the reason; the node is well and takes traffic all the same (NOT-6)."""
    broker = MemoryBroker()
    broker.stop()
    clock = WallClock()
    with running("a", tmp_path) as node:
        news = News(node.node, lambda _: [_transport(broker, clock)], clock.monotonic)
        node.node.companions.add(news)
        news.start()
        node.waits_for(lambda: bool(news.health) and bool(news.health[0].fault))
        answer = node.app.get("/healthz")
        ready = node.app.get("/readyz")
    notices = answer.json()["checks"]["notices"]

    assert (answer.status_code, ready.status_code) == (200, 200)
    assert notices["well"] is False
    assert "SG-NOTICE-002" in notices["detail"]


def _transport(broker: MemoryBroker, clock: WallClock) -> Transport:
    return LinkTransport(MemoryLink("channel", broker), clock, lambda: 0.5)
