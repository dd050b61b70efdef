"""A node as commands speak to it.

A command asks for a path and says which answer it expects; it gets that answer
or one of our errors, the same that a node's own code would have raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote

import msgspec

from skygarth.cli.exchange import Exchange, Params, Reply
from skygarth.cli.faults import ANSWER_NOT_UNDERSTOOD, UsageFault
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

T = TypeVar("T")

TIMEOUT_SECONDS = 30.0
_API = "/api/v1/"

_CLASSES: dict[int, type[SkygarthError]] = {
    400: Invalid,
    401: Denied,
    403: Denied,
    404: NotFound,
    405: Unsupported,
    409: Conflict,
    410: NotFound,
    412: Conflict,
    413: Invalid,
    422: Invalid,
    428: Invalid,
    501: Unsupported,
    502: Unavailable,
    503: Unavailable,
    504: TimedOut,
}


class Problem(msgspec.Struct, frozen=True):
    """Problem details (RFC 9457), as far as an error needs them."""

    title: str = ""
    detail: str = ""
    code: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a node answered.

    Attributes:
        value: the part that the command line knows.
        raw: all of it, as JSON values.
        etag: the revision, where one object was answered.
    """

    value: T
    raw: object
    etag: str | None = None


class NodeClient:
    """Speaks to one node.

    Args:
        address: which one, and as whom.
        timeout: seconds to wait for an answer.
        exchange: carries the requests; by default over the network.

    Raises:
        UsageFault: the address is none, or the token.
    """

    def __init__(
        self,
        address: NodeAddress,
        *,
        timeout: float = TIMEOUT_SECONDS,
        exchange: Exchange | None = None,
    ) -> None:
        self.url = _with_scheme(address.node.rstrip("/"))
        self._exchange = exchange or _over_the_network(self.url, timeout)
        self._headers = {"Accept": "application/json"}
        if address.token:
            if not (address.token.isascii() and address.token.isprintable()):
                raise UsageFault(
                    "this is no token: it holds what no header can carry",
                    hint="take it as `skygarth token create` printed it; see --token and"
                    " SKYGARTH_TOKEN",
                )
            self._headers["Authorization"] = f"Bearer {address.token}"

    def __enter__(self) -> NodeClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._exchange.close()

    def get(self, path: str, answer: type[T], *, params: Params | None = None) -> Answer[T]:
        """Read something.

        Raises:
            SkygarthError: the one that the node's answer stands for.
            Unavailable: no node answers.
            TimedOut: it answers too late.
        """
        return self._ask("GET", path, answer, params=params)

    def post(
        self, path: str, answer: type[T], body: object = None, *, etag: str | None = None
    ) -> Answer[T]:
        """Create or do something, with an object only at this revision; raises as `patch` does."""
        return self._ask("POST", path, answer, body=body, etag=etag)

    def patch(self, path: str, answer: type[T], body: object, *, etag: str | None) -> Answer[T]:
        """Change what is still at this revision; raises as `get` does.

        Raises:
            Conflict: it is not.
        """
        return self._ask("PATCH", path, answer, body=body, etag=etag)

    def delete(self, path: str, *, etag: str | None, params: Params | None = None) -> None:
        """Delete what is still at this revision; raises as `patch` does."""
        self._send("DELETE", path, params=params, etag=etag)

    def count(self, path: str, *, params: Params | None = None) -> int:
        """How many objects a list holds; raises as `get` does."""
        reply = self._send("HEAD", path, params=params)
        try:
            return int(reply.headers["Skygarth-Count"])
        except (KeyError, ValueError) as cause:
            raise _not_understood(self.url, "no Skygarth-Count") from cause

    def _ask(
        self,
        method: str,
        path: str,
        answer: type[T],
        *,
        params: Params | None = None,
        body: object = None,
        etag: str | None = None,
    ) -> Answer[T]:
        reply = self._send(method, path, params=params, body=body, etag=etag)
        try:
            raw: object = msgspec.json.decode(reply.content) if reply.content else None
            return Answer(msgspec.convert(raw, answer), raw, reply.headers.get("ETag"))
        except (msgspec.ValidationError, msgspec.DecodeError) as cause:
            raise _not_understood(self.url, str(cause)) from cause

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: object = None,
        etag: str | None = None,
    ) -> Reply:
        headers = {**self._headers, "If-Match": etag} if etag else self._headers
        reply = self._exchange.send(
            method, _API + path, params=params or {}, body=body, headers=headers
        )
        if 200 <= reply.status < 300:
            return reply
        raise _error_of(reply)


def _over_the_network(url: str, timeout: float) -> Exchange:
    from skygarth.cli.http_exchange import HttpExchange  # only now: --help must be fast

    return HttpExchange(url, timeout=timeout)


def _with_scheme(address: str) -> str:
    """An address as people type it, ``127.0.0.1:8000``, as a URL."""
    return address if "://" in address else f"http://{address}"


def part(text: str) -> str:
    """Text as one part of a path."""
    return quote(text, safe="")


def tree_path(path: str) -> str:
    """The API's path of a place in the tree, such as ``/news/hello``."""
    return "tree/" + "/".join(part(name) for name in path.strip("/").split("/") if name)


def _error_of(reply: Reply) -> SkygarthError:
    """The error that a node's answer stands for."""
    kind = _CLASSES.get(reply.status, SkygarthError)
    try:
        problem = msgspec.json.decode(reply.content, type=Problem)
    except msgspec.MsgspecError:
        problem = Problem()
    message = problem.detail or problem.title or f"the node answered {reply.status}"
    hint = problem.hint
    if not hint and kind is Denied:
        hint = "give a token with --token or SKYGARTH_TOKEN; `skygarth token create` makes one"
    return kind(message, code=problem.code or None, hint=hint)


def _not_understood(url: str, why: str) -> Damaged:
    return Damaged(
        f"what answers is no node, or one of another version: {why}. url='{url}'",
        code=ANSWER_NOT_UNDERSTOOD,
        hint="compare `skygarth version` with the node's /version",
    )
