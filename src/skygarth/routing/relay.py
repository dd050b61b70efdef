"""A whole request handed on by a node: between its ASGI server and an exchange.

The front-end reads sockets; a node already has a server that does. Both hand a
request to an `Exchange`; here what the node answers is sent on as it comes, and the
body as it arrives, with no more than a buffer's worth of either in memory (RTE-9).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.types import Message, Receive, Scope, Send

from skygarth.model.errors import Unavailable
from skygarth.routing.choice import Candidate
from skygarth.routing.exchange import Exchange, Outgoing, Roads
from skygarth.routing.faults import Unanswered
from skygarth.routing.headers import Kind, kind_of, listed
from skygarth.routing.message_heads import ResponseHead
from skygarth.routing.version_header import vector_in

HELD_BYTES_MAX = 256 << 10
_OWN = frozenset({b"date", b"server"})
"""Fields that the server of this node writes by itself."""

Refuse = Callable[[Unanswered], Awaitable[None]]
"""Answers that there is no answer."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How the body of a request is told from what follows it.

    Attributes:
        length: in bytes; None if it comes in chunks.
    """

    length: int | None
    line: bytes


def framing_of(scope: Scope) -> Framing:
    """As the server has read it, which refuses what says two things (RTE-2)."""
    fields = dict(scope["headers"])
    if b"transfer-encoding" in fields:
        return Framing(None, b"Transfer-Encoding: chunked\r\n")
    length = int(fields.get(b"content-length", b"0"))
    return Framing(length, b"Content-Length: %d\r\n" % length if length else b"")


def travelling(scope: Scope) -> bytes:
    """The header fields of a request that travel on, with their line ends (RTE-3, RTE-5)."""
    named: frozenset[bytes] = frozenset()
    for name, value in scope["headers"]:
        if name == b"connection":
            named |= listed(value)
    return b"".join(
        b"%b: %b\r\n" % (name, value)
        for name, value in scope["headers"]
        if kind_of(name) in {Kind.PASS, Kind.VERSION} and name not in named
    )


class Relay:
    """The client of an exchange whose reader sits behind an ASGI server.

    Args:
        seconds: until when the answer must have begun.
        refuse: answers where nobody does.
    """

    def __init__(
        self, roads: Roads, request: Outgoing, receive: Receive, send: Send, refuse: Refuse
    ) -> None:
        self._receive = receive
        self._send = send
        self._refuse = refuse
        self._exchange = Exchange(roads, request, self)
        self._has_body = request.length != 0
        self._messages: asyncio.Queue[Message | Unanswered | None] = asyncio.Queue()
        self._waiting_bytes = 0
        self._may_send = asyncio.Event()
        self._may_send.set()

    async def run(self, seconds: float) -> None:
        """Hand the request on and the answer back; returns when all is said.

        Args:
            seconds: until the answer must have begun.
        """
        expiry = asyncio.get_running_loop().call_later(max(seconds, 0.0), self._expire)
        self._exchange.start()
        reading = asyncio.create_task(self._read())
        try:
            await self._write()
        finally:
            expiry.cancel()
            reading.cancel()
            self._exchange.abandon()

    async def _read(self) -> None:
        """Hand the body on, then wait for the reader to go away."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._messages.put_nowait(None)
                return
            if not self._has_body:
                continue
            if content := message.get("body", b""):
                await self._may_send.wait()
                self._exchange.content(content)
            if not message.get("more_body", False):
                self._has_body = False
                self._exchange.end()

    async def _write(self) -> None:
        """Hand the answer back; nothing more is said where it broke off (RTE-16)."""
        while True:
            message = await self._messages.get()
            if message is None:
                return
            if isinstance(message, Unanswered):
                await self._refuse(message)
                return
            await self._send(message)
            was_full = self._waiting_bytes > HELD_BYTES_MAX
            self._waiting_bytes -= len(message.get("body", b""))
            if was_full and self._waiting_bytes <= HELD_BYTES_MAX:
                self._exchange.hold(is_held=False)
            if message["type"] == "http.response.body" and not message["more_body"]:
                return

    def _expire(self) -> None:
        if not self._exchange.has_begun:
            self._exchange.expire()

    # -- what the exchange tells --------------------------------------------------------------

    def interim(self, status: int) -> None:
        """The server of this node tells its reader itself to go on."""

    def begins(self, head: ResponseHead, node: Candidate) -> None:
        """Hand the head back."""
        if head.version:
            node.has_shown(vector_in(head.version))
        fields = []
        for line in head.lines:
            name, _, value = line.partition(b":")
            if name.lower() not in _OWN:
                fields.append((name.lower(), value.strip()))
        if head.length is not None and head.status != 204:
            fields.append((b"content-length", b"%d" % head.length))
        fields.append((b"skygarth-served-by", node.name.encode("ascii", "replace")))
        start = {"type": "http.response.start", "status": head.status, "headers": fields}
        self._messages.put_nowait(start)

    def continues(self, content: bytes) -> None:
        """Hand a piece back, and take no more while too many wait."""
        self._waiting_bytes += len(content)
        self._messages.put_nowait(
            {"type": "http.response.body", "body": content, "more_body": True}
        )
        if self._waiting_bytes > HELD_BYTES_MAX:
            self._exchange.hold(is_held=True)

    def flush(self) -> None:
        """Nothing is kept back."""

    def ends(self, trailers: bytes) -> None:  # noqa: ARG002 - ASGI servers here send none
        """The answer is whole."""
        self._messages.put_nowait({"type": "http.response.body", "body": b"", "more_body": False})

    def fails(self, error: Unavailable, *, begun: bool) -> None:
        """Refuse, or end in the middle: the server then closes the connection."""
        assert isinstance(error, Unanswered)
        self._messages.put_nowait(None if begun else error)

    def full(self, *, is_full: bool) -> None:
        """The node takes the body slowly."""
        if is_full:
            self._may_send.clear()
        else:
            self._may_send.set()
