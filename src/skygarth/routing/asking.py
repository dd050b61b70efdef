"""Asking a node and waiting for its whole answer: for what is small and wanted at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from skygarth.model.errors import Damaged, Unavailable
from skygarth.routing import codes
from skygarth.routing.choice import ANYBODY, Candidate, Wanted
from skygarth.routing.exchange import Exchange, Outgoing, Roads
from skygarth.routing.message_heads import ResponseHead
from skygarth.routing.upstream import NodeConnections

ANSWER_BYTES_MAX = 16 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, and who gave it."""

    head: ResponseHead
    body: bytes
    node: Candidate

    def field(self, name: bytes) -> bytes:
        """The value of a header field; b"" where it is absent."""
        for line in self.head.lines:
            found, _, value = line.partition(b":")
            if found.lower() == name:
                return value.strip()
        return b""


class _Collecting:
    """The client of an exchange that waits for the end."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.exchange: Exchange | None = None
        self._begun: tuple[ResponseHead, Candidate] | None = None
        self._content: list[bytes] = []
        self._size = 0

    def interim(self, status: int) -> None:
        """Nothing is waited for."""

    def begins(self, head: ResponseHead, node: Candidate) -> None:
        """Keep the head."""
        self._begun = (head, node)

    def continues(self, content: bytes) -> None:
        """Keep a piece, unless it becomes too much."""
        self._size += len(content)
        self._content.append(content)
        if self._size > ANSWER_BYTES_MAX and self.exchange is not None:
            self.exchange.abandon()
            self._settle(
                Damaged(
                    f"a node answered more than anybody asked for. bytes_max={ANSWER_BYTES_MAX}",
                    code=codes.NO_ANSWER,
                    hint="ask for less at once",
                )
            )

    def flush(self) -> None:
        """Nothing is kept back."""

    def ends(self, trailers: bytes) -> None:  # noqa: ARG002 - nobody reads them here
        """Hand all of it over."""
        assert self._begun is not None
        head, node = self._begun
        self._settle(Answer(head, b"".join(self._content), node))

    def fails(self, error: Unavailable, *, begun: bool) -> None:  # noqa: ARG002 - all or nothing
        """Hand the error over."""
        self._settle(error)

    def full(self, *, is_full: bool) -> None:
        """The whole body is at hand anyway."""

    def _settle(self, outcome: Answer | Exception) -> None:
        if self.answer.done():
            return
        if isinstance(outcome, Answer):
            self.answer.set_result(outcome)
        else:
            self.answer.set_exception(outcome)


async def collect(roads: Roads, request: Outgoing, body: bytes, seconds: float) -> Answer:
    """The whole answer to a request that may go wherever `roads` lead.

    Raises:
        Unavailable: there is none, or not in time (SG-ROUTE-105 to 107).
    """
    client = _Collecting()
    exchange = client.exchange = Exchange(roads, request, client)
    expiry = asyncio.get_running_loop().call_later(max(seconds, 0), exchange.expire)
    try:
        exchange.start()
        if body:
            exchange.content(body)
            exchange.end()
        return await client.answer
    finally:
        expiry.cancel()
        exchange.abandon()


class _OnlyTo:
    """Roads that lead to one node."""

    def __init__(self, roads: Roads, node: Candidate) -> None:
        self._roads = roads
        self._node = node

    def choose(self, wanted: Wanted, tried: Sequence[Candidate]) -> Candidate | None:  # noqa: ARG002 - whatever is wanted
        """That node, once."""
        return None if self._node in tried else self._node

    def connections(self, node: Candidate) -> NodeConnections:
        """The ways to it."""
        return self._roads.connections(node)

    def began(self, node: Candidate) -> None:
        """It is being looked at, which is no load and needs no leave of its breaker."""

    def ended(self, node: Candidate, *, well: bool | None) -> None:
        """A look that succeeds tells requests that they may try."""

    def retried(self, reason: str) -> None:
        """A look that meets a closed connection looks again."""


async def look_at(roads: Roads, node: Candidate, target: bytes, seconds: float) -> Answer:
    """What one node answers to a GET, whatever state it is in.

    Raises:
        Unavailable: nothing, or not in time.
    """

    def head(home: NodeConnections) -> bytes:
        return b"GET %b HTTP/1.1\r\nHost: %b\r\nAccept: application/json\r\n\r\n" % (
            target,
            home.authority,
        )

    return await collect(_OnlyTo(roads, node), Outgoing(b"GET", 0, ANYBODY, head), b"", seconds)
