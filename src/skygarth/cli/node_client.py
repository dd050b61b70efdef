"""The one place where the command line speaks HTTP.

A command asks for a path and says which answer it expects; it gets that answer
or one of our errors, the same that a node's own code would have raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote

import httpx2
import msgspec

from skygarth.cli.faults import (
    ANSWER_NOT_UNDERSTOOD,
    ANSWERED_TOO_LATE,
    NO_NODE_ANSWERS,
    UsageFault,
)
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
Params = Mapping[str, str | int]

TIMEOUT_SECONDS = 30.0
_API = "/api/v1/"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}

_CLASSES: dict[int, type[SkygarthError]] = {
    400: Invalid,
    401: Denied,
    403: Denied,
    404: NotFound,
    405: Unsupported,
    409: Conflict,
    410: NotFound,
    412: Conflict,
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
        transport: carries the requests; by default the network.
    """

    def __init__(
        self,
        address: NodeAddress,
        *,
        timeout: float = TIMEOUT_SECONDS,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.url = address.node.rstrip("/")
        headers = {"Accept": "application/json"}
        if address.token:
            headers["Authorization"] = f"Bearer {address.token}"
        try:
            host = httpx2.URL(self.url).host
            # A proxy for the world outside does not know this machine's own ports.
            self._http = httpx2.Client(
                base_url=self.url + _API,
                headers=headers,
                timeout=timeout,
                transport=transport,
                trust_env=host not in _LOOPBACK,
            )
        except httpx2.InvalidURL as cause:
            raise _not_an_address(self.url) from cause
        if not host:
            raise _not_an_address(self.url)

    def __enter__(self) -> NodeClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, answer: type[T], *, params: Params | None = None) -> Answer[T]:
        """Read something.

        Raises:
            SkygarthError: the one that the node's answer stands for.
            Unavailable: no node answers.
            TimedOut: it answers too late.
        """
        return self._ask("GET", path, answer, params=params)

    def post(self, path: str, answer: type[T], body: object = None) -> Answer[T]:
        """Create or do something; raises as `get` does."""
        return self._ask("POST", path, answer, body=body)

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
        response = self._send("HEAD", path, params=params)
        try:
            return int(response.headers["Skygarth-Count"])
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
        response = self._send(method, path, params=params, body=body, etag=etag)
        try:
            raw: object = msgspec.json.decode(response.content) if response.content else None
            return Answer(msgspec.convert(raw, answer), raw, response.headers.get("ETag"))
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
    ) -> httpx2.Response:
        headers = {"If-Match": etag} if etag else {}
        try:
            response = self._http.request(
                method, path, params=dict(params or {}), json=body, headers=headers
            )
        except httpx2.ConnectError as cause:
            raise Unavailable(
                f"no node answers. url='{self.url}'",
                code=NO_NODE_ANSWERS,
                hint="start one with `skygarth dev`, or name another with --node",
            ) from cause
        except httpx2.TimeoutException as cause:
            raise TimedOut(
                f"the node answers too late. url='{self.url}'",
                code=ANSWERED_TOO_LATE,
                hint="try again; `skygarth status` shows how the node is",
            ) from cause
        except httpx2.UnsupportedProtocol as cause:
            raise _not_an_address(self.url) from cause
        except httpx2.TransportError as cause:
            raise Unavailable(
                f"the connection broke: {cause}. url='{self.url}'",
                code=NO_NODE_ANSWERS,
                hint="what you asked for may have been done: look before you try again",
            ) from cause
        if response.is_success:
            return response
        raise _error_of(response)


def part(text: str) -> str:
    """Text as one part of a path."""
    return quote(text, safe="")


def tree_path(path: str) -> str:
    """The API's path of a place in the tree, such as ``/news/hello``."""
    return "tree/" + "/".join(part(name) for name in path.strip("/").split("/") if name)


def _error_of(response: httpx2.Response) -> SkygarthError:
    """The error that a node's answer stands for."""
    kind = _CLASSES.get(response.status_code, SkygarthError)
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except msgspec.MsgspecError:
        problem = Problem()
    message = problem.detail or problem.title or f"the node answered {response.status_code}"
    hint = problem.hint
    if not hint and kind is Denied:
        hint = "give a token with --token or SKYGARTH_TOKEN; `skygarth token create` makes one"
    return kind(message, code=problem.code or None, hint=hint)


def _not_an_address(url: str) -> UsageFault:
    return UsageFault(f"this is no address of a node. node='{url}'", hint="write http://HOST:PORT")


def _not_understood(url: str, why: str) -> Damaged:
    return Damaged(
        f"what answers is no node, or one of another version: {why}. url='{url}'",
        code=ANSWER_NOT_UNDERSTOOD,
        hint="compare `skygarth version` with the node's /version",
    )
