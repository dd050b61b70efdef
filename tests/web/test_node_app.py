"""One node answers everything at one address, and each part answers in its own way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from skygarth.assembly.application import sample_application
from skygarth.assembly.serving import node_asgi
from skygarth.assembly.wiring import Assembled, open_node
from skygarth.node.settings import NodeSettings, ReplicationSettings, Settings
from skygarth.repository.tokens import create_token
from skygarth.web.node_app import StopSignal

PATIENCE = 20.0
BROWSER = {"accept": "text/html,*/*;q=0.8"}


@dataclass(frozen=True)
class _Whole:
    """A node with the sample site, served as `skygarth run` serves it."""

    assembled: Assembled
    stopping: StopSignal
    client: TestClient


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[_Whole]:
    """A node that starts and stops with its application."""
    settings = Settings(
        node=NodeSettings(name="a", data=tmp_path / "a"),
        replication=ReplicationSettings(bucket=f"file://{tmp_path / 'bucket'}"),
    )
    assembled = open_node(settings, sample_application())
    stopping = StopSignal()
    app = node_asgi(assembled, stopping, open_admin=True)
    with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as client:
        yield _Whole(assembled, stopping, client)


def test_the_site_answers_what_is_nobody_elses(whole: _Whole) -> None:
    """The front page and its error page are the site's own, for people to read."""
    front = whole.client.get("/", headers=BROWSER)
    absent = whole.client.get("/no-such-page", headers=BROWSER)

    assert front.status_code == 200
    assert absent.status_code == 404
    assert absent.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("address", ["/api/v1/none", "/api/v1/none/none", "/api/v1/tree/none"])
def test_the_site_does_not_swallow_errors_of_the_api(whole: _Whole, address: str) -> None:
    """A program gets problem details, even from an address that is none, even as a browser."""
    answer = whole.client.get(address, headers=BROWSER)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["instance"] == address


def test_a_method_that_is_none_is_told_which_there_are(whole: _Whole) -> None:
    """405 carries Allow, from the API below the site as from the API alone."""
    answer = whole.client.put("/api/v1/types")

    assert answer.status_code == 405
    assert {"GET", "HEAD"} <= set(answer.headers["allow"].split(", "))
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("address", ["/livez", "/version", "/metrics"])
def test_health_comes_before_the_site(whole: _Whole, address: str) -> None:
    """Whoever watches the node is not sent to a page."""
    answer = whole.client.get(address, headers=BROWSER)

    assert answer.status_code == 200
    assert not answer.headers["content-type"].startswith("text/html")


def test_the_dashboard_is_found_without_its_last_slash(whole: _Whole) -> None:
    """People type /admin."""
    answer = whole.client.get("/admin")

    assert answer.status_code in {307, 308}
    assert answer.headers["location"].endswith("/admin/")


def test_an_open_stream_does_not_keep_a_node_from_ending(whole: _Whole) -> None:
    """Told to stop, a node ends the event stream that somebody still reads."""
    token = _token(whole)
    lines: list[str] = []

    def read() -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        answer = whole.client.get("/api/v1/changes?since=now", headers=headers)
        lines.extend(answer.iter_lines())

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    clock = whole.assembled.clock
    deadline = clock.monotonic() + PATIENCE
    while not whole.stopping._waiting:
        assert clock.monotonic() < deadline, "the stream never began"
        clock.sleep(0.01)
    whole.stopping.set()
    thread.join(PATIENCE)

    assert not thread.is_alive()
    assert "event: stopping" in lines


def _token(whole: _Whole) -> str:
    return create_token(
        whole.assembled.node.repository, name="ada", role="reader", secret=b"s" * 32
    )
