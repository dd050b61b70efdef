"""The demo's front-end hands requests to nodes in turn, and skips those that are away."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from starlette.testclient import TestClient

from skygarth.assembly.frontend_process import frontend_app


class _Echo(BaseHTTPRequestHandler):
    """Answers with its port and what it was asked."""

    def do_GET(self) -> None:
        """Answer a request."""
        assert isinstance(self.server, ThreadingHTTPServer)
        body = f"{self.server.server_port} {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the base class's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def echoing() -> Iterator[str]:
    """A small real server; its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def dead_address() -> str:
    """An address of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_nodes_answer_in_turn() -> None:
    """Two requests reach two nodes, with path and query as they came."""
    with echoing() as one, echoing() as two, TestClient(frontend_app([one, two])) as client:
        answers = {client.get("/blog/x?q=1").text for _ in range(4)}

    assert {f"{address.rsplit(':', 1)[1]} /blog/x?q=1" for address in (one, two)} == answers


def test_a_node_that_is_away_is_skipped() -> None:
    """Nothing was sent to it, so the next node may answer, whatever the verb."""
    with echoing() as alive, TestClient(frontend_app([dead_address(), alive])) as client:
        statuses = [client.post("/").status_code for _ in range(4)]

    assert statuses == [200] * 4


def test_without_any_node_the_answer_is_503() -> None:
    """A visitor is told to come back."""
    with TestClient(frontend_app([dead_address()])) as client:
        answer = client.get("/")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
