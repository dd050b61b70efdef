"""A node that answers what a test tells it to, and remembers what it was asked.

Commands meet states here that a real node takes long to get into: an author in
quarantine, a bucket out of reach, a revision that somebody else has changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from skygarth.cli.exchange import Params, Reply

NODE: dict[str, object] = {
    "name": "a",
    "incarnation": "1a",
    "state": "ready",
    "pools": ["web"],
    "address": "127.0.0.1:8101",
    "vector": {"1a": 3, "1b": 2},
    "lag_seconds": 0.0,
    "backlog": 0,
    "digest": "d1",
    "objects": 12,
    "conflicts": 1,
    "version": "0.1.0",
}
PEER: dict[str, object] = {
    "incarnation": "1b",
    "name": "b",
    "known_through": 2,
    "applied_through": 2,
    "lag_seconds": 0.0,
    "parked": 0,
    "quarantined": None,
}
QUARANTINED = {
    "sequence": 7,
    "code": "SG-SEGMENT-002",
    "reason": "hash differs",
    "key": "tail/1b-7",
}
SYNC: dict[str, object] = {
    "state": "running",
    "bucket": {"url": "file://./bucket", "reachable": True},
    "unpublished": 0,
    "own_sequence": 3,
    "peers": [PEER],
    "clock_offset_ms": 1,
    "last_error": None,
}
ARTICLE: dict[str, object] = {
    "guid": "01-hello",
    "type": "article",
    "path": "/news/hello",
    "fields": {"name": "hello", "title": "Hello"},
    "meta": {"revised": "2008-07-01T12:00:00.000000Z", "revision": 3},
    "conflicts": [],
}
ARTICLE_TYPE: dict[str, object] = {
    "name": "article",
    "schema": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 80},
            "title": {"type": "string"},
            "views": {"type": "integer", "default": 0},
        },
        "required": ["name"],
    },
}


@dataclass
class ScriptedNode:
    """Answers by method and path below the API.

    Attributes:
        answers: bodies, or whole replies, by ``GET node``.
        sent: what was asked, in order, with the body and the headers.
    """

    answers: dict[str, object] = field(
        default_factory=lambda: {
            "GET node": NODE,
            "GET sync": SYNC,
            "GET types/article": ARTICLE_TYPE,
        }
    )
    sent: list[tuple[str, Params, object, Mapping[str, str]]] = field(default_factory=list)

    def send(
        self, method: str, path: str, *, params: Params, body: object, headers: Mapping[str, str]
    ) -> Reply:
        """Answer as told; what was not told of is not found."""
        asked = f"{method} {path.removeprefix('/api/v1/')}"
        self.sent.append((asked, params, body, headers))
        answer = self.answers.get(asked, problem(404, "SG-NOT-FOUND-001"))
        return answer if isinstance(answer, Reply) else reply(answer)

    def close(self) -> None:
        """There is nothing to close."""

    def asked(self) -> list[str]:
        """Method and path of everything that was asked."""
        return [asked for asked, _, _, _ in self.sent]


def reply(body: object, *, status: int = 200, **headers: str) -> Reply:
    """A reply with a JSON body; underscores in header names stand for hyphens."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, names, json.dumps(body).encode())


def problem(status: int, code: str) -> Reply:
    """A reply that tells of an error."""
    return reply(
        {"title": "t", "detail": "it went wrong", "code": code, "hint": "mend it"}, status=status
    )
