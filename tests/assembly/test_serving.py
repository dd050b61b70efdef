"""A node as an ASGI application that starts and stops replication with itself."""

from __future__ import annotations

import signal
import threading
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
def test_a_signal_ends_event_streams_first_and_the_door_closes_last(
    number: signal.Signals,
) -> None:
    """The node leaves while it still answers; a second Ctrl-C does not wait for anybody."""
    stopping, left = StopSignal(), threading.Event()
    server = _StoppableServer(uvicorn.Config(lambda: None), stopping, lambda: void(left.wait(10)))
    server.handle_exit(number, None)
    assert stopping.is_set
    assert not server.should_exit
    left.set()
    wait_until(lambda: server.should_exit, "the end")
    assert not server.force_exit
    server.handle_exit(number, None)

    assert server.force_exit is (number is signal.SIGINT)


def test_what_hangs_delays_no_end() -> None:
    """A name server that does not answer is not waited for."""
    forever = threading.Event()
    server = _StoppableServer(
        uvicorn.Config(lambda: None), StopSignal(), lambda: void(forever.wait(60))
    )
    server.handle_exit(signal.SIGTERM, None)

    wait_until(lambda: server.should_exit, "the end", seconds=5)
    forever.set()


def void(_result: object) -> None:
    """Nothing, for whoever promises to return nothing."""
