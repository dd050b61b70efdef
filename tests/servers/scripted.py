"""An HTTP server that gives the answers it is told, for failures no real store shows on demand.

The answers in our tests are those that Amazon S3 documents or that a real
server was seen to give.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from tests.servers.running import RunningServer


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes:
        status: HTTP status; 0 closes the connection without a word.
        code: S3's error code, put into its usual XML; empty for no body.
        headers: besides the length.
        body: instead of the XML.
        length: what Content-Length claims; None for the truth.
        waits_for: answers only when this is set.
    """

    status: int
    code: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    length: int | None = None
    waits_for: Event | None = None


def error_body(code: str) -> bytes:
    """What S3 sends with an error."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<Error><Code>{code}</Code><Message>Said by a test.</Message></Error>"
    ).encode()


@dataclass
class Script(RunningServer):
    """A running scripted server.

    Attributes:
        requests: method and path of every request so far.
    """

    requests: list[str] = field(default_factory=list)


@contextmanager
def scripted(*answers: Answer) -> Iterator[Script]:
    """Serve these answers in order, the last one for ever."""
    assert answers
    script = Script("")
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            script.requests.append(f"{self.command} {self.path}")
            answer = left.pop(0) if len(left) > 1 else left[0]
            if answer.waits_for:
                answer.waits_for.wait(30)
            self.close_connection = answer.status == 0 or answer.length is not None
            if answer.status:
                with suppress(ConnectionError):  # the client did not wait
                    self._send(answer)

        def _send(self, answer: Answer) -> None:
            body = answer.body or (error_body(answer.code) if answer.code else b"")
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            length = len(body) if answer.length is None else answer.length
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    for verb in ("GET", "PUT", "POST", "DELETE"):
        setattr(Handler, f"do_{verb}", Handler._answer)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        script.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield script
        finally:
            server.shutdown()
            thread.join()
