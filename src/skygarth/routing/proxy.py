"""The front-end's side towards readers: takes requests off a socket and hands answers back.

One object a connection, no task a request: bytes are read, forwarded and
written in the calls in which they arrive. Requests on one connection are
answered one after the other; what a reader sends ahead waits, and reading
stops when too much does.

Whoever sends slowly is not waited for: a head must be whole within
`Limits.head_seconds`, whatever trickles in meanwhile, and a body and a reader
must move (RTE-7). One sweep a second looks after all connections.
"""

from __future__ import annotations

import asyncio
from typing import cast

from skygarth.model.errors import SkygarthError, Unavailable
from skygarth.routing import codes
from skygarth.routing.choice import Candidate
from skygarth.routing.exchange import Exchange
from skygarth.routing.faults import PROBLEM, Unanswered, problem
from skygarth.routing.framing import Body, ChunkedBody, SizedBody, chunk, last_chunk
from skygarth.routing.front_end import FrontEnd
from skygarth.routing.handed_heads import asker, head_for_reader, planned
from skygarth.routing.message_heads import (
    HEAD_BYTES_MAX,
    Malformed,
    RequestHead,
    ResponseHead,
    read_request_head,
)
from skygarth.routing.own_answers import OwnAnswer
from skygarth.routing.reader_transport import ReaderTransport
from skygarth.routing.version_header import vector_in

_HEAD_END = b"\r\n\r\n"
_PIPELINED_BYTES_MAX = 64 << 10
LINGER_SECONDS = 2.0
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_NOBODY = asker("unknown", is_trusted=False)


class FrontConnection(asyncio.Protocol):
    """One reader's connection; the `Client` of the exchange that is under way."""

    __slots__ = (
        "_advancing",
        "_answer_chunked",
        "_answer_ends_it",
        "_asker",
        "_body",
        "_buffer",
        "_due",
        "_exchange",
        "_front",
        "_head",
        "_lingers",
        "_paused",
        "_says_no_more",
        "_transport",
        "_unsent",
        "_what_is_due",
    )

    def __init__(self, front: FrontEnd) -> None:
        self._front = front
        self._transport: ReaderTransport | None = None
        self._buffer = b""
        self._head: RequestHead | None = None
        self._body: Body | None = None
        self._exchange: Exchange | None = None
        self._advancing = False
        self._answer_chunked = False
        self._answer_ends_it = False
        self._paused = False
        self._says_no_more = False
        self._lingers = False
        self._unsent = b""
        self._asker = _NOBODY
        self._due = 0.0
        self._what_is_due = ""

    # -- what asyncio calls -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A reader has come."""
        front = self._front
        self._transport = cast("ReaderTransport", transport)
        if front.is_full:
            self._transport.abort()
            return
        front.connections.add(self)
        name = transport.get_extra_info("peername")
        peer = str(name[0]) if isinstance(name, tuple) else "unknown"
        self._asker = asker(peer, is_trusted=front.limits.trusts(peer))
        self._wait_for("head", front.limits.head_seconds)

    def data_received(self, data: bytes) -> None:
        """A reader has sent something."""
        if self._transport is None or self._lingers:
            return
        if self._body is not None and not self._body.done:
            self._read_body(data)
            return
        self._buffer = self._buffer + data if self._buffer else data
        if self._exchange is None:
            self._advance()
        elif len(self._buffer) > _PIPELINED_BYTES_MAX:
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """A reader has nothing more to say; the answer may still be wanted."""
        self._says_no_more = True
        if self._lingers:
            return False
        return self._exchange is not None and self._body is not None and self._body.done

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """A reader is gone."""
        self._transport = None
        self._front.connections.discard(self)
        if self._exchange is not None:
            self._exchange.abandon()
            self._exchange = None

    def pause_writing(self) -> None:
        """The reader takes the answer slowly."""
        self._paused = True
        self._wait_for("reader", self._front.limits.reader_seconds)
        if self._exchange is not None:
            self._exchange.hold(is_held=True)

    def resume_writing(self) -> None:
        """There is room again."""
        self._paused = False
        if self._exchange is not None:
            self._wait_for("quiet", self._front.limits.quiet_seconds)
            self._exchange.hold(is_held=False)

    # -- reading requests ---------------------------------------------------------------------

    def _advance(self) -> None:
        """Take the next requests, as long as one is answered at once."""
        if self._advancing:
            return  # an answer given at once must not stack a call on a call for each request
        self._advancing = True
        while self._buffer and self._exchange is None and self._transport is not None:
            if self._lingers or not self._take_request():
                break
        self._advancing = False

    def _take_request(self) -> bool:
        """Read one head and start on it; False if it has not come yet."""
        buffer = self._buffer
        if buffer.startswith(b"\r\n"):
            buffer = self._buffer = buffer[2:]  # RFC 9112, 2.2: one empty line is forgiven
        end = buffer.find(_HEAD_END) + 4
        if end < 4 or end > HEAD_BYTES_MAX:
            return self._wait_for_head(buffer)
        self._buffer = buffer[end:]
        try:
            head = read_request_head(buffer[:end])
        except Malformed as fault:
            self._refuse(fault)
            return False
        self._head = head
        self._answer_ends_it = self._answer_ends_it or not head.keeps or self._front.stopping
        own = self._front.own.get(head.path)
        if own is not None:
            return self._answer_own(head, own())
        self._start(head)
        return True

    def _wait_for_head(self, buffer: bytes) -> bool:
        """A head that is not whole: it may still come, unless it is too long or broken already."""
        if len(buffer) > HEAD_BYTES_MAX:
            self._refuse(Malformed("the head is too long", status=431, code=codes.TOO_LARGE))
        line_end = buffer.find(b"\n")
        if line_end >= 0 and buffer[max(line_end - 1, 0) : line_end] != b"\r":
            self._refuse(Malformed("a line of the head ends without its return"))
        return False

    def _start(self, head: RequestHead) -> None:
        router = self._front.router
        self._body = SizedBody(head.length) if head.length is not None else ChunkedBody()
        seconds = self._front.limits.answer_seconds
        exchange = Exchange(router, planned(router, head, self._asker, seconds), self)
        self._exchange = exchange
        self._wait_for("answer", seconds)
        exchange.start()
        if self._exchange is exchange and not self._body.done and self._buffer:
            rest, self._buffer = self._buffer, b""
            self._read_body(rest)

    def _read_body(self, data: bytes) -> None:
        body, exchange = self._body, self._exchange
        assert body is not None
        try:
            content, rest = body.feed(data)
        except Malformed as fault:
            self._refuse(fault)
            return
        if exchange is None:
            return  # it was answered before it was read: what still comes is nobody's
        if content:
            self._wait_for("body" if not body.done else "answer", self._front.limits.body_seconds)
            exchange.content(content)
        if body.done:
            self._buffer = rest
            self._wait_for("answer", self._front.limits.answer_seconds)
            if self._exchange is exchange:
                exchange.end(body.trailers)

    # -- handing back answers -----------------------------------------------------------------

    def interim(self, status: int) -> None:
        """The node waits for the body."""
        if status == 100 and self._transport is not None and self._head is not None:
            if self._head.is_latest:
                self._transport.write(_CONTINUE)
            self._wait_for("body", self._front.limits.body_seconds)

    def begins(self, head: ResponseHead, node: Candidate) -> None:
        """Write the answer's head."""
        request, body, transport = self._head, self._body, self._transport
        assert request is not None
        assert body is not None
        if transport is None:
            return
        if head.version:
            node.has_shown(vector_in(head.version))
        if not body.done:
            self._answer_ends_it = True  # the rest of the body will not be read as a request
        handed = head_for_reader(request, head, node.name, ends=self._answer_ends_it)
        self._answer_chunked, self._answer_ends_it = handed.chunked, handed.ends
        self._unsent = handed.written  # most bodies come along: one write for both
        self._wait_for("quiet", self._front.limits.quiet_seconds)

    def continues(self, content: bytes) -> None:
        """Write a piece of the answer."""
        if self._transport is None:
            return
        head, self._unsent = self._unsent, b""
        self._transport.write(head + (chunk(content) if self._answer_chunked else content))
        if not self._paused:
            self._wait_for("quiet", self._front.limits.quiet_seconds)

    def flush(self) -> None:
        """Let a head go whose body has not come yet."""
        if self._transport is not None and self._unsent:
            self._transport.write(self._unsent)
            self._unsent = b""

    def ends(self, trailers: bytes) -> None:
        """The answer is whole; on to the next request."""
        if self._transport is None:
            return
        end = last_chunk(trailers) if self._answer_chunked else b""
        if self._unsent or end:
            self._transport.write(self._unsent + end)
            self._unsent = b""
        self._finish()

    def fails(self, error: Unavailable, *, begun: bool) -> None:
        """Say that there is no answer, or break off one that was begun (RTE-16)."""
        self._front.router.figures.failed(error.code)
        self._exchange = None
        if self._transport is None:
            return
        if begun:
            self._transport.abort()  # a second head would be read as content of the first
            return
        status = error.status if isinstance(error, Unanswered) else 503
        if self._body is not None and not self._body.done:
            self._answer_ends_it = True
        self._write_problem(error, status)
        self._finish()

    def full(self, *, is_full: bool) -> None:
        """The node takes the body slowly, so the reader shall send slowly."""
        if self._transport is None or self._lingers:
            return
        limits, body = self._front.limits, self._body
        if is_full:  # and it is the node that is waited for, not the reader
            self._transport.pause_reading()
            self._wait_for("answer", limits.answer_seconds)
            return
        self._transport.resume_reading()
        if body is not None and not body.done:
            self._wait_for("body", limits.body_seconds)

    def _finish(self) -> None:
        """One request is done with."""
        self._exchange = self._head = self._body = None
        transport = self._transport
        assert transport is not None
        if self._answer_ends_it:
            self._close()
            return
        self._wait_for("head", self._front.limits.head_seconds)
        if self._buffer:
            self._advance()
        if self._is_busy():
            return
        if self._says_no_more:
            self._close()
        elif not self._lingers:
            transport.resume_reading()

    def _is_busy(self) -> bool:
        return self._exchange is not None

    # -- answers of its own -------------------------------------------------------------------

    def _answer_own(self, head: RequestHead, answer: OwnAnswer) -> bool:
        """Answer here; whether the connection goes on."""
        if head.length != 0:
            self._answer_ends_it = True
        self._write(answer, is_head=head.method == b"HEAD")
        self._finish()
        return not self._answer_ends_it

    def _refuse(self, fault: Malformed) -> None:
        """Say what was wrong with a message, and read nothing more of this connection (RTE-1)."""
        self._front.router.figures.refused()
        transport, exchange = self._transport, self._exchange
        if transport is None or self._lingers:
            return
        self._exchange = self._head = self._body = None
        self._buffer = b""
        self._answer_ends_it = True
        if exchange is not None:
            exchange.abandon()
            if exchange.has_begun:
                transport.abort()
                return
        self._write_problem(fault, fault.status)
        self._close()

    def _write_problem(self, error: SkygarthError, status: int) -> None:
        is_head = self._head is not None and self._head.method == b"HEAD"
        self._write(OwnAnswer(status, PROBLEM.decode(), problem(error, status)), is_head=is_head)

    def _write(self, answer: OwnAnswer, *, is_head: bool) -> None:
        assert self._transport is not None
        self._transport.write(answer.written(is_head=is_head, ends=self._answer_ends_it))

    # -- time ---------------------------------------------------------------------------------

    def _wait_for(self, what: str, seconds: float) -> None:
        self._what_is_due = what
        self._due = self._front.now + seconds

    def look_after(self, now: float) -> None:
        """Do not wait any longer for what is overdue (RTE-7)."""
        transport = self._transport
        if now < self._due or transport is None:
            return
        if self._what_is_due == "answer" and self._exchange is not None:
            self._exchange.expire()
        elif self._what_is_due == "head" and self._buffer:
            self._refuse(Malformed("the head did not come in time", status=408))
        elif self._what_is_due == "head":
            self._close()
        elif self._what_is_due == "body" and self._exchange is not None:
            self._refuse(Malformed("the body did not come in time", status=408))
        else:
            transport.abort()

    def stop(self) -> None:
        """End after what is under way."""
        self._answer_ends_it = True
        if self._exchange is None:
            self._close()

    def abort(self) -> None:
        """End at once."""
        if self._transport is not None:
            self._transport.abort()

    def _close(self) -> None:
        """Say that nothing follows, and let the reader close.

        A socket that is closed while bytes of the reader are unread resets the
        connection, and the reset may overtake the answer (RFC 9112, 9.6).
        """
        transport = self._transport
        if transport is None or self._lingers:
            return
        self._lingers = True
        self._buffer = b""
        if self._says_no_more:
            transport.close()
            return
        transport.write_eof()
        transport.resume_reading()
        self._wait_for("end", LINGER_SECONDS)
