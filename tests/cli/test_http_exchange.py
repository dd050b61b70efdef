"""Whatever goes wrong on the way to a node has its error and its way out."""

from __future__ import annotations

import socket

import httpx2
import pytest

from skygarth.cli.faults import UsageFault
from skygarth.cli.http_exchange import HttpExchange
from skygarth.model.errors import SkygarthError, TimedOut, Unavailable


def exchange_over(transport: httpx2.BaseTransport) -> HttpExchange:
    """An exchange whose network is a function."""
    return HttpExchange("http://node.example", timeout=5, transport=transport)


def get(exchange: HttpExchange, path: str = "/api/v1/node") -> object:
    """One request without anything special."""
    return exchange.send("GET", path, params={}, body=None, headers={})


def test_a_request_and_its_reply_pass_unchanged() -> None:
    """Method, path, parameters, body and headers go out; status, headers and body come back."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(418, headers={"ETag": "3"}, content=b"tea")

    reply = exchange_over(httpx2.MockTransport(answer)).send(
        "POST", "/api/v1/query", params={"limit": 5}, body={"a": 1}, headers={"X-Who": "me"}
    )

    (request,) = seen
    assert (request.method, str(request.url)) == (
        "POST",
        "http://node.example/api/v1/query?limit=5",
    )
    assert (request.headers["X-Who"], request.content) == ("me", b'{"a":1}')
    assert (reply.status, reply.headers["etag"], reply.content) == (418, "3", b"tea")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx2.ConnectError("refused"), Unavailable),
        (httpx2.ConnectTimeout("slow"), TimedOut),
        (httpx2.ReadTimeout("slow"), TimedOut),
        (httpx2.ReadError("reset"), Unavailable),
        (httpx2.RemoteProtocolError("broken"), Unavailable),
    ],
)
def test_a_broken_connection_says_what_to_do(
    fault: httpx2.TransportError, kind: type[SkygarthError]
) -> None:
    """Refused, late and broken connections differ, and each has its hint."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        raise fault

    with pytest.raises(SkygarthError) as caught:
        get(exchange_over(httpx2.MockTransport(answer)))

    assert type(caught.value) is kind
    assert caught.value.hint


def test_nobody_listening_is_unavailable() -> None:
    """Against the real network, too, a port where nobody listens is unavailable."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        exchange = HttpExchange(f"http://127.0.0.1:{taken.getsockname()[1]}", timeout=5)
        with pytest.raises(Unavailable) as caught:
            get(exchange)
        exchange.close()

    assert caught.value.code == "SG-CLI-002"


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://node.example", "http://[::1"])
def test_what_is_no_address_is_a_fault_of_usage(url: str) -> None:
    """A wrong --node is the caller's mistake, not an absent node."""
    with pytest.raises(UsageFault):
        get(HttpExchange(url, timeout=5))
