"""A node's answers become values or errors, whatever goes wrong on the way."""

from __future__ import annotations

import socket
from collections.abc import Callable

import httpx2
import pytest

from skygarth.cli.answers import ObjectAnswer
from skygarth.cli.faults import UsageFault
from skygarth.cli.node_client import NodeClient, part, tree_path
from skygarth.cli.options import NodeAddress
from skygarth.model.errors import (
    Conflict,
    Damaged,
    Denied,
    Invalid,
    NotFound,
    SkygarthError,
    TimedOut,
    Unavailable,
    Unsupported,
)

HELLO = {"guid": "g", "type": "article", "path": "/hello", "fields": {"title": "Hello"}}


def client_of(
    answer: Callable[[httpx2.Request], httpx2.Response], *, token: str | None = None
) -> NodeClient:
    """A client whose requests a function answers."""
    address = NodeAddress(node="http://node.example", token=token)
    return NodeClient(address, transport=httpx2.MockTransport(answer))


def test_an_answer_is_known_in_part_and_kept_whole() -> None:
    """The known part is typed; all of it is there for --json; the ETag comes along."""
    body = {**HELLO, "news": "from a later version"}
    client = client_of(lambda _: httpx2.Response(200, json=body, headers={"ETag": '"3"'}))

    answer = client.get("objects/g", ObjectAnswer)

    assert answer.value == ObjectAnswer("g", "article", "/hello", {"title": "Hello"})
    assert answer.raw == body
    assert answer.etag == '"3"'


def test_requests_say_where_who_and_what() -> None:
    """Path, parameters, token, revision and body reach the node."""
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=HELLO)

    client = client_of(answer, token="secret")
    client.patch("objects/g", ObjectAnswer, {"fields": {"title": "Hi"}}, etag='"3"')

    (request,) = seen
    assert request.method == "PATCH"
    assert str(request.url) == "http://node.example/api/v1/objects/g"
    assert request.headers["Authorization"] == "Bearer secret"
    assert request.headers["If-Match"] == '"3"'
    assert request.content == b'{"fields":{"title":"Hi"}}'


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, Denied),
        (403, Denied),
        (404, NotFound),
        (409, Conflict),
        (412, Conflict),
        (422, Invalid),
        (428, Invalid),
        (500, SkygarthError),
        (501, Unsupported),
        (503, Unavailable),
        (504, TimedOut),
    ],
)
def test_a_problem_becomes_the_error_it_stands_for(status: int, kind: type[SkygarthError]) -> None:
    """The same class, code, message and hint that the node's own code raised."""
    problem = {"title": "t", "detail": "what went wrong", "code": "SG-X-001", "hint": "mend it"}
    client = client_of(lambda _: httpx2.Response(status, json=problem))

    with pytest.raises(SkygarthError) as caught:
        client.get("node", object)

    error = caught.value
    assert type(error) is kind
    assert (error.code, error.message, error.hint) == ("SG-X-001", "what went wrong", "mend it")


def test_a_refusal_without_a_hint_says_how_to_get_a_token() -> None:
    """Whoever is denied learns how one identifies oneself."""
    client = client_of(lambda _: httpx2.Response(401))

    with pytest.raises(Denied) as caught:
        client.get("node", object)

    assert "token create" in caught.value.hint


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"guid": 5}'])
def test_an_answer_that_is_no_nodes_is_not_believed(content: bytes) -> None:
    """Something else may listen on that port; it is not mistaken for a node."""
    client = client_of(lambda _: httpx2.Response(200, content=content))

    with pytest.raises(Damaged) as caught:
        client.get("objects/g", ObjectAnswer)

    assert caught.value.code == "SG-CLI-004"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx2.ConnectError("refused"), Unavailable),
        (httpx2.ReadTimeout("slow"), TimedOut),
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
        client_of(answer).get("node", object)

    assert type(caught.value) is kind
    assert caught.value.hint


def test_nobody_listening_is_unavailable() -> None:
    """Against the real network, too, a port where nobody listens is unavailable."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = NodeAddress(node=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with NodeClient(address) as client, pytest.raises(Unavailable) as caught:
            client.get("node", object)

    assert caught.value.code == "SG-CLI-002"


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://node.example", "http://[::1"])
def test_what_is_no_address_is_a_fault_of_usage(url: str) -> None:
    """A wrong --node is the caller's mistake, not an absent node."""
    with pytest.raises(UsageFault), NodeClient(NodeAddress(node=url)) as client:
        client.get("node", object)


def test_a_count_is_read_from_its_header() -> None:
    """HEAD on a list gives the number of objects."""
    client = client_of(lambda _: httpx2.Response(200, headers={"Skygarth-Count": "1098"}))

    assert client.count("article") == 1098


def test_paths_are_written_safely() -> None:
    """Names in paths cannot break out of their place."""
    assert part("a/b?c") == "a%2Fb%3Fc"
    assert tree_path("/news/hello world/") == "tree/news/hello%20world"
