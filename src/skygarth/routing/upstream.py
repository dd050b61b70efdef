"""Connections to nodes: kept open, one request at a time, streaming both ways.

An `UpstreamConnection` is a protocol of asyncio: what the node sends is handed
on in the very call that received it, with no task and no queue between. Whoever
asked is its `Receiver`. Both sides can say "not so fast": the receiver by
`hold`, the connection by `full`, so no more is in memory than a buffer's worth
of each direction.

A connection that was kept may have been closed by the node in the moment in
which we sent: that is told apart (`was_kept`), for it says nothing about the node.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol, cast
from urllib.parse import urlsplit

from skygarth.routing.framing import Body, BodyToEnd, ChunkedBody, SizedBody
from skygarth.routing.message_heads import (
    HEAD_BYTES_MAX,
    Malformed,
    ResponseHead,
    read_response_head,
)

CONNECT_SECONDS = 2.0
KEPT_SECONDS = 3.0
"""A kept connection is not used after so long: nodes close theirs after five seconds."""

KEPT_MAX = 64
_HEAD_END = b"\r\n\r\n"
_WITHOUT_BODY = frozenset({204, 304})


class Receiver(Protocol):
    """Who waits for an answer."""

    def interim(self, status: int) -> None:
        """The node says that it goes on: 100."""

    def begins(self, head: ResponseHead) -> None:
        """The answer's head has come."""

    def continues(self, content: bytes) -> None:
        """A piece of the answer's body has come."""

    def flush(self) -> None:
        """No more has come for now: what was kept back to be written together must go."""

    def ends(self, trailers: bytes) -> None:
        """The answer is whole."""

    def breaks(self, fault: str) -> None:
        """There will be no (more of the) answer."""

    def full(self, *, is_full: bool) -> None:
        """Whether the node takes the request's body more slowly than it comes."""


class UpstreamConnection(asyncio.Protocol):
    """One connection to a node."""

    __slots__ = (
        "_bodiless",
        "_body",
        "_held",
        "_home",
        "_keeps",
        "_receiver",
        "_sent_all",
        "_transport",
        "kept_since",
        "was_kept",
    )

    def __init__(self, home: NodeConnections) -> None:
        self._home = home
        self._transport: asyncio.Transport | None = None
        self._receiver: Receiver | None = None
        self._body: Body | None = None
        self._held = b""
        self._keeps = True
        self._sent_all = True
        self._bodiless = False
        self.kept_since = 0.0
        self.was_kept = False

    @property
    def is_open(self) -> bool:
        """Whether it can still be used."""
        return self._transport is not None and not self._transport.is_closing()

    # -- what the receiver does ---------------------------------------------------------------

    def begin(self, receiver: Receiver, head: bytes, *, bodiless: bool) -> None:
        """Send a request's head; the body follows by `send` until `sent`.

        Args:
            bodiless: the answer has no body whatever its head says: it answers a HEAD.
        """
        assert self._receiver is None
        assert self._transport is not None
        self._receiver = receiver
        self._body = None
        self._bodiless = bodiless
        self._sent_all = False
        self._transport.write(head)

    def send(self, framed: bytes) -> None:
        """Send more of the request, framed as its head says."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(framed)

    def sent(self) -> None:
        """The whole request has been sent."""
        self._sent_all = True

    def hold(self, *, is_held: bool) -> None:
        """Take no more of the answer for a while, or go on."""
        if self._transport is None or self._transport.is_closing():
            return
        if is_held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def abandon(self) -> None:
        """Nobody waits for the answer any more: let the node know by a closed connection."""
        self._receiver = None
        if self._transport is not None:
            self._transport.abort()

    # -- what asyncio calls -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """The node has sent something."""
        if self._receiver is None:
            self.abandon()  # nobody asked: a node that speaks unasked is not to be trusted
            return
        try:
            self._read(self._held + data if self._held else data)
        except Malformed as fault:
            self._break(f"it answered what is no answer: {fault.message}")

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed, by the node or by us."""
        self._transport = None
        self._home.forget(self)
        if self._receiver is None:
            return
        if self._body is not None and exc is None and self._body.ended():
            self._keeps = False
            self._end()
            return
        self._break("it closed the connection")

    def pause_writing(self) -> None:
        """The node takes the request slowly."""
        if self._receiver is not None:
            self._receiver.full(is_full=True)

    def resume_writing(self) -> None:
        """There is room again."""
        if self._receiver is not None:
            self._receiver.full(is_full=False)

    # -- reading ------------------------------------------------------------------------------

    def _read(self, data: bytes) -> None:
        self._held = b""
        while self._body is None:
            end = data.find(_HEAD_END) + 4
            if end < 4:
                if len(data) > HEAD_BYTES_MAX:
                    raise Malformed("the head of an answer is too long")
                self._held = data
                return
            head, data = read_response_head(data[:end]), data[end:]
            self._take_head(head)
            if self._receiver is None:
                return  # it did not want this answer
        body, rest = self._body, data
        if not body.done and data:
            content, rest = body.feed(data)
            if content:
                self._receiver.continues(content)  # type: ignore[union-attr]
        if body.done and self._receiver is not None:
            self._keeps = self._keeps and not rest  # what follows an answer belongs to nobody
            self._end()
        elif self._receiver is not None:
            self._receiver.flush()

    def _take_head(self, head: ResponseHead) -> None:
        assert self._receiver is not None
        if head.status < 200:
            if head.status == 101:
                raise Malformed("it switched protocols, which nobody asked for")
            self._receiver.interim(head.status)
            return
        self._keeps = head.keeps
        self._body = self._body_of(head)
        self._receiver.begins(head)

    def _body_of(self, head: ResponseHead) -> Body:
        if self._bodiless or head.status in _WITHOUT_BODY:
            return SizedBody(0)
        if head.chunked:
            return ChunkedBody()
        if head.length is not None:
            return SizedBody(head.length)
        self._keeps = False
        return BodyToEnd()

    def _end(self) -> None:
        receiver, body = self._receiver, self._body
        assert receiver is not None
        assert body is not None
        self._receiver = None
        if self._keeps and self._sent_all and self.is_open:
            self._home.keep(self)
        elif self._transport is not None:
            self._transport.close()
        receiver.ends(body.trailers)

    def _break(self, fault: str) -> None:
        receiver = self._receiver
        assert receiver is not None
        self.abandon()
        receiver.breaks(fault)


class NodeConnections:
    """The connections to one node.

    Args:
        address: where it answers, such as ``http://10.0.0.7:8000``.
        monotonic: seconds that only go on.
    """

    def __init__(self, address: str, monotonic: Callable[[], float]) -> None:
        parts = urlsplit(address)
        self.address = address
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._tls else 80)
        self._monotonic = monotonic
        self._kept: list[UpstreamConnection] = []
        self._opening: set[asyncio.Task[None]] = set()

    @property
    def authority(self) -> bytes:
        """What a request names as its host that came without one."""
        return f"{self._host}:{self._port}".encode()

    def kept(self) -> UpstreamConnection | None:
        """A connection that is open and waits; the one used last, so that others can grow old."""
        oldest = self._monotonic() - KEPT_SECONDS
        while self._kept:
            connection = self._kept.pop()
            if connection.is_open and connection.kept_since >= oldest:
                return connection
            connection.abandon()
        return None

    def keep(self, connection: UpstreamConnection) -> None:
        """A connection waits for its next request."""
        if len(self._kept) >= KEPT_MAX:
            connection.abandon()
            return
        connection.was_kept = True
        connection.kept_since = self._monotonic()
        self._kept.append(connection)

    def distrust(self) -> None:
        """Close what waits: a kept connection proved to be closed at the other end."""
        for connection in self._kept[:]:
            connection.abandon()
        self._kept.clear()

    def forget(self, connection: UpstreamConnection) -> None:
        """A connection is closed."""
        if connection in self._kept:
            self._kept.remove(connection)

    def open(
        self, opened: Callable[[UpstreamConnection], None], failed: Callable[[str], None]
    ) -> None:
        """Open another connection, and call one of the two."""
        task = asyncio.get_running_loop().create_task(self._open(opened, failed))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(
        self, opened: Callable[[UpstreamConnection], None], failed: Callable[[str], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await loop.create_connection(
                    lambda: UpstreamConnection(self), self._host, self._port, ssl=self._tls
                )
        except TimeoutError:
            failed(f"no connection within {CONNECT_SECONDS:g} s")
        except OSError as fault:
            failed(f"no connection: {fault.strerror or fault}")
        else:
            opened(connection)

    def close(self) -> None:
        """Close what waits; what is under way is closed by those who wait for it."""
        self.distrust()
        for task in self._opening:
            task.cancel()
