"""A whole request handed on by a node, between an ASGI server and other nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.types import Message, Scope
from tests.routing.nodes import (
    WAIT_SECONDS,
    FakeNode,
    Seen,
    node,
    on_a_loop,
    router,
    saying,
    sighting,
    writing,
)

from skygarth.routing.choice import ANYBODY
from skygarth.routing.exchange import Outgoing
from skygarth.routing.faults import Unanswered
from skygarth.routing.relay import HELD_BYTES_MAX, Relay, framing_of, travelling
from skygarth.routing.upstream import NodeConnections


class Server:
    """An ASGI server whose reader sends some pieces, and takes answers when told."""

    def __init__(self, pieces: Sequence[bytes] = ()) -> None:
        self._pieces = list(pieces)
        self.sent: list[Message] = []
        self.refused: Unanswered | None = None
        self.may_take = asyncio.Event()
        self.may_take.set()
        self.gone = asyncio.Event()

    async def receive(self) -> Message:
        """The next piece of the body, then nothing until the reader goes away."""
        if self._pieces:
            piece = self._pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self._pieces)}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a piece of the answer, when it may."""
        await self.may_take.wait()
        self.sent.append(message)

    async def refuse(self, error: Unanswered) -> None:
        """Note that there is no answer."""
        self.refused = error

    @property
    def body(self) -> bytes:
        """What has come of the answer."""
        return b"".join(each.get("body", b"") for each in self.sent)

    @property
    def is_whole(self) -> bool:
        """Whether the answer was ended."""
        return bool(self.sent) and self.sent[-1].get("more_body") is False


async def relayed(
    server: Server, *nodes: FakeNode, length: int | None = 0, seconds: float = 5.0
) -> None:
    """Hand one request on."""
    made = router(*(sighting(each.name, each.address) for each in nodes))
    framing = b"Transfer-Encoding: chunked\r\n" if length is None else b""
    if length:
        framing = b"Content-Length: %d\r\n" % length
    method = b"GET" if length == 0 else b"POST"

    def head(_home: NodeConnections) -> bytes:
        return b"%b / HTTP/1.1\r\nHost: h\r\n%b\r\n" % (method, framing)

    outgoing = Outgoing(method, length, ANYBODY, head)
    relay = Relay(made, outgoing, server.receive, server.send, server.refuse)
    async with asyncio.timeout(WAIT_SECONDS):
        await relay.run(seconds)
    made.close()


@on_a_loop
async def test_an_answer_comes_back_whole() -> None:
    """Its status, its fields but those of the server here, its body, and who gave it."""
    server = Server()
    async with node(saying("a", b"201 Made", b"X-Y: 1", b"Date: then", b"Server: s")) as a:
        await relayed(server, a)

    assert server.sent[0]["status"] == 201
    assert server.sent[0]["headers"] == [
        (b"x-y", b"1"),
        (b"content-length", b"1"),
        (b"skygarth-served-by", b"a"),
    ]
    assert (server.body, server.is_whole) == (b"a", True)


@on_a_loop
async def test_a_body_is_handed_on_in_both_framings() -> None:
    """RTE-3: by its length, or in chunks made anew."""
    async with node(saying("a")) as a:
        await relayed(Server([b"hel", b"lo"]), a, length=5)
        await relayed(Server([b"hel", b"", b"lo"]), a, length=None)

    assert [seen.body for seen in a.seen] == [b"hello", b"hello"]


@on_a_loop
async def test_an_answer_that_breaks_off_does_not_look_whole() -> None:
    """RTE-16: the server here is not told that it ended."""
    broken = writing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", close=True)
    server = Server()
    async with node(broken) as a:
        await relayed(server, a)

    assert (server.body, server.is_whole, server.refused) == (b"half", False, None)


@on_a_loop
async def test_no_answer_is_refused() -> None:
    """With the code that says whether it may have been done."""
    server = Server([b"x"])
    async with node(writing(close=True)) as a:
        await relayed(server, a, length=1)

    assert server.refused is not None
    assert (server.refused.code, server.sent) == ("SG-ROUTE-106", [])


@on_a_loop
async def test_an_answer_that_does_not_begin_is_not_waited_for() -> None:
    """RTE-9: and the node hears of it by a closed connection."""
    closed = asyncio.Event()

    async def never(seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        closed.set()

    server = Server()
    async with node(never) as a:
        await relayed(server, a, seconds=0.05)
        async with asyncio.timeout(WAIT_SECONDS):
            await closed.wait()

    assert server.refused is not None
    assert server.refused.code == "SG-ROUTE-107"


@on_a_loop
async def test_a_slow_reader_holds_the_node_up() -> None:
    """RTE-9: what he does not take stays with the node, not in the memory of this one."""
    piece, sent = b"x" * 65536, 0

    async def answer(
        seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (800 * len(piece)))
        for _ in range(800):
            writer.write(piece)
            await writer.drain()
            sent += len(piece)

    server = Server()
    server.may_take.clear()
    async with node(answer) as a:
        handing = asyncio.create_task(relayed(server, a))
        quiet, before = 0, -1
        while quiet < 500:  # the node is held up for good once nothing moves any more
            await asyncio.sleep(0)
            quiet, before = (quiet + 1, before) if sent == before else (0, sent)
        held = sent
        server.may_take.set()
        await handing

    assert HELD_BYTES_MAX <= held < 400 * len(piece)
    assert (len(server.body), server.is_whole) == (800 * len(piece), True)


@on_a_loop
async def test_a_reader_who_goes_away_is_not_worked_for() -> None:
    """The node's connection is closed."""
    closed = asyncio.Event()

    async def stream(
        seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        await reader.read()
        closed.set()

    server = Server()
    async with node(stream) as a:
        handing = asyncio.create_task(relayed(server, a))
        while not server.body:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0)
        server.gone.set()
        await handing
        async with asyncio.timeout(WAIT_SECONDS):
            await closed.wait()

    assert (server.body, server.is_whole) == (b"one", False)


def test_what_belongs_to_a_connection_or_to_nodes_stays_behind() -> None:
    """RTE-3, RTE-5: hop-by-hop fields, those that Connection names, what strangers say."""
    told = [
        (b"host", b"h"),
        (b"connection", b"X-Hop, close"),
        (b"x-hop", b"1"),
        (b"te", b"trailers"),
        (b"skygarth-passport", b"x"),
        (b"skygarth_passport", b"x"),
        (b"x-forwarded-for", b"6.6.6.6"),
        (b"x_forwarded_for", b"6.6.6.6"),
        (b"cookie", b"a=b"),
        (b"skygarth-version", b"v"),
        (b"content-length", b"3"),
    ]
    scope: Scope = {"type": "http", "headers": told}

    assert travelling(scope) == b"cookie: a=b\r\nskygarth-version: v\r\n"
    assert framing_of(scope).length == 3
