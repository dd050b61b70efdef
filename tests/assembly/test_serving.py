"""A node as an ASGI application that starts and stops replication with itself."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient
from tests.waiting import wait_until

from skygarth.assembly.application import sample_application
from skygarth.assembly.serving import _StoppableServer, node_asgi
from skygarth.assembly.wiring import Assembled, open_node
from skygarth.node.settings import NodeSettings, ReplicationSettings, Settings
from skygarth.sample import Section
from skygarth.web.stopping import StopSignal


@pytest.fixture
def assembled(tmp_path: Path) -> Iterator[Assembled]:
    """A node of the sample application on a folder bucket."""
    settings = Settings(
        node=NodeSettings(name="n", data=tmp_path / "data"),
        replication=ReplicationSettings(bucket=str(tmp_path / "bucket")),
    )
    assembled = open_node(settings, sample_application())
    yield assembled
    assembled.close()


def test_replication_runs_while_the_application_does(assembled: Assembled) -> None:
    """Ready soon after the start; at the end everything is published and it has left."""
    node, stopping = assembled.node, StopSignal()
    with TestClient(node_asgi(assembled, stopping, open_admin=False)) as client:
        wait_until(lambda: client.get("/readyz").is_success, "the node to be ready")
        node.repository.create(Section(name="news", title="News"))
        assert client.get("/news/").status_code == 200
    published = [key.key for key in node.bucket.list("tail/")]

    assert stopping.is_set
    assert node.state == "left"
    assert len(published) == 1


@pytest.mark.parametrize(("open_admin", "status"), [(True, 200), (False, 303)])
def test_the_dashboard_is_open_only_if_asked(
    assembled: Assembled, open_admin: bool, status: int
) -> None:
    """Otherwise it asks who is there."""
    app = node_asgi(assembled, StopSignal(), open_admin=open_admin)
    with TestClient(app, "http://127.0.0.1:8000", follow_redirects=False) as client:
        assert client.get("/admin/").status_code == status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_event_streams_first(assembled: Assembled, number: signal.Signals) -> None:
    """A second Ctrl-C does not wait for anybody."""
    stopping = StopSignal()
    server = _StoppableServer(uvicorn.Config(lambda: None), stopping)
    server.handle_exit(number, None)
    assert stopping.is_set
    assert server.should_exit
    assert not server.force_exit
    server.handle_exit(number, None)

    assert server.force_exit is (number is signal.SIGINT)
