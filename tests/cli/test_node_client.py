"""A node's answers become typed values, or the errors that they stand for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from skygarth.cli.answers import ObjectAnswer
from skygarth.cli.exchange import Params, Reply
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


@dataclass(frozen=True)
class Sent:
    """One request as it was sent."""

    method: str
    path: str
    params: dict[str, str | int]
    body: object
    headers: dict[str, str]


HELLO = {"guid": "g", "type": "article", "path": "/hello", "fields": {"title": "Hello"}}


class Answering:
    """Carries no request anywhere: a function answers it."""

    def __init__(self, answer: Callable[[Sent], Reply]) -> None:
        self.answer = answer

    def send(
        self, method: str, path: str, *, params: Params, body: object, headers: Mapping[str, str]
    ) -> Reply:
        """Ask the function."""
        return self.answer(Sent(method, path, dict(params), body, dict(headers)))

    def close(self) -> None:
        """There is nothing to close."""


def client_of(answer: Callable[[Sent], Reply], *, token: str | None = None) -> NodeClient:
    """A client whose requests a function answers."""
    address = NodeAddress(node="http://node.example/", token=token)
    return NodeClient(address, exchange=Answering(answer))


def reply(status: int = 200, body: object = None, **headers: str) -> Reply:
    """An answer with a JSON body; underscores in header names stand for hyphens."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, names, json.dumps(body).encode() if body is not None else b"")


def test_an_answer_is_known_in_part_and_kept_whole() -> None:
    """The known part is typed; all of it is there for --json; the ETag comes along."""
    body = {**HELLO, "news": "from a later version"}
    client = client_of(lambda _: reply(body=body, ETag='"3"'))

    answer = client.get("objects/g", ObjectAnswer)

    assert answer.value == ObjectAnswer("g", "article", "/hello", {"title": "Hello"})
    assert answer.raw == body
    assert answer.etag == '"3"'


def test_requests_say_where_who_and_what() -> None:
    """Path, token, revision and body reach the node."""
    sent: list[Sent] = []

    def answer(request: Sent) -> Reply:
        sent.append(request)
        return reply(body=HELLO)

    client = client_of(answer, token="secret")
    client.patch("objects/g", ObjectAnswer, {"fields": {"title": "Hi"}}, etag='"3"')

    assert sent == [
        Sent(
            "PATCH",
            "/api/v1/objects/g",
            {},
            {"fields": {"title": "Hi"}},
            {"Accept": "application/json", "Authorization": "Bearer secret", "If-Match": '"3"'},
        )
    ]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, Denied),
        (403, Denied),
        (404, NotFound),
        (409, Conflict),
        (412, Conflict),
        (413, Invalid),
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
    client = client_of(lambda _: reply(status, problem))

    with pytest.raises(SkygarthError) as caught:
        client.get("node", object)

    error = caught.value
    assert type(error) is kind
    assert (error.code, error.message, error.hint) == ("SG-X-001", "what went wrong", "mend it")


def test_a_refusal_without_a_hint_says_how_to_get_a_token() -> None:
    """Whoever is denied learns how one identifies oneself."""
    client = client_of(lambda _: reply(401))

    with pytest.raises(Denied) as caught:
        client.get("node", object)

    assert "token create" in caught.value.hint


@pytest.mark.parametrize("content", [b"<html>", b"[]", b'{"guid": 5}'])
def test_an_answer_that_is_no_nodes_is_not_believed(content: bytes) -> None:
    """Something else may listen on that port; it is not mistaken for a node."""
    client = client_of(lambda _: Reply(200, {}, content))

    with pytest.raises(Damaged) as caught:
        client.get("objects/g", ObjectAnswer)

    assert caught.value.code == "SG-CLI-004"


def test_a_count_is_read_from_its_header() -> None:
    """HEAD on a list gives the number of objects."""
    client = client_of(lambda _: reply(Skygarth_Count="1098"))

    assert client.count("article") == 1098


def test_paths_are_written_safely() -> None:
    """Names in paths cannot break out of their place."""
    assert part("a/b?c") == "a%2Fb%3Fc"
    assert tree_path("/news/hello world/") == "tree/news/hello%20world"


def test_a_node_is_found_without_a_scheme() -> None:
    """People type 127.0.0.1:8000, as a browser takes it."""
    client = NodeClient(NodeAddress(node="127.0.0.1:8000"))

    assert client.url == "http://127.0.0.1:8000"


@pytest.mark.parametrize("token", ["é", "skyg_1\nX-Other: 2"])
def test_what_no_header_can_carry_is_no_token(token: str) -> None:
    """It is refused before anything is sent, and not printed."""
    with pytest.raises(UsageFault) as caught:
        NodeClient(NodeAddress(token=token))

    assert token not in str(caught.value)
