"""Small real servers that stand for nodes, and a front-end in the test's own loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import wraps

from prometheus_client import CollectorRegistry
from tests.routing.signers import KeySigner

from skygarth.clock.chance import SeededChance
from skygarth.clock.wall_clock import WallClock
from skygarth.model.position import Incarnation
from skygarth.routing.figures import RoutingFigures
from skygarth.routing.front_end import FrontEnd, Limits
from skygarth.routing.own_answers import OwnAnswer
from skygarth.routing.passport import Signer
from skygarth.routing.proxy import FrontConnection
from skygarth.routing.router import Means, Router, Sighting

WAIT_SECONDS = 10.0
Story = Callable[[], Coroutine[object, object, None]]


def on_a_loop(story: Story) -> Callable[[], None]:
    """Tell a story of connections on a loop of its own."""

    @wraps(story)
    def told() -> None:
        asyncio.run(story())

    del told.__wrapped__  # pytest would await it
    return told


Answering = Callable[["Seen", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Seen:
    """A request as a node saw it."""

    start: bytes
    fields: list[tuple[bytes, bytes]]
    body: bytes = b""

    def all(self, name: bytes) -> list[bytes]:
        """Every value of a field."""
        return [value for found, value in self.fields if found.lower() == name]


@dataclass
class FakeNode:
    """A server that answers as told, and remembers what it was asked."""

    name: str
    answering: Answering
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests."""
        self.connections += 1
        self.writers.append(writer)
        try:
            while not reader.at_eof():
                seen = await read_request(reader)
                if seen is None:
                    break
                self.seen.append(seen)
                await self.answering(seen, reader, writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> Seen | None:
    """One request's head, and its body unless it is waited for by Expect."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    start, *lines = head[:-4].split(b"\r\n")
    fields = [(n, v.strip()) for n, _, v in (line.partition(b":") for line in lines)]
    seen = Seen(start, fields)
    if not seen.all(b"expect"):
        seen.body = await read_body(seen, reader)
    return seen


async def read_body(seen: Seen, reader: asyncio.StreamReader) -> bytes:
    """A body by its length or in chunks."""
    for length in seen.all(b"content-length"):
        return await reader.readexactly(int(length))
    body = b""
    if seen.all(b"transfer-encoding"):
        while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass
    return body


def saying(name: str, status: bytes = b"200 OK", *fields: bytes) -> Answering:
    """Answer everything with a name."""

    async def answer(
        seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        body = b"" if seen.start.startswith(b"HEAD") else name.encode()
        head = b"\r\n".join([b"HTTP/1.1 " + status, *fields, b"Content-Length: %d" % len(name)])
        writer.write(head + b"\r\n\r\n" + body)

    return answer


def writing(*pieces: bytes, close: bool = False) -> Answering:
    """Answer everything with these bytes."""

    async def answer(
        seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if close:
            writer.close()
            await writer.wait_closed()

    return answer


@asynccontextmanager
async def node(answering: Answering, name: str = "a") -> AsyncIterator[FakeNode]:
    """A node for as long as the block lasts."""
    made = FakeNode(name, answering)
    server = await asyncio.start_server(made.take, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        for writer in made.writers:
            writer.transport.abort()
        server.close()


def means() -> Means:
    """The machine's time, and chance that repeats."""
    clock, chance = WallClock(), SeededChance(7)
    return Means(
        monotonic=clock.monotonic,
        now_ms=clock.now_ms,
        draw=lambda: chance.uniform(0, 1),
        octets=chance.bytes,
    )


def sighting(
    name: str, address: str, *, pools: tuple[str, ...] = ("web",), state: str = "ready"
) -> Sighting:
    """A node's card, with an incarnation made from its name."""
    incarnation = Incarnation(name.encode().hex().ljust(32, "0")[:32])
    return Sighting(name, incarnation, address, frozenset(pools), state, 0.0, {})


def router(*sightings: Sighting, signer: Signer | None = None) -> Router:
    """A router that knows these nodes."""
    made = Router(
        "front", means(), RoutingFigures(CollectorRegistry()), signer=signer or KeySigner()
    )
    made.see(sightings)
    return made


def dead_port() -> int:
    """A port of this machine where nobody listens: it was ours a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Front:
    """A front-end on a real socket."""

    front: FrontEnd
    port: int

    @property
    def router(self) -> Router:
        """What it knows."""
        return self.front.router

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A reader's connection."""
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def exchange(self, *pieces: bytes) -> bytes:
        """Send some bytes, say that nothing follows, and read until the end."""
        reader, writer = await self.connect()
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
        async with asyncio.timeout(WAIT_SECONDS):
            try:
                received = await reader.read()
            except ConnectionResetError:
                received = b"(reset)"
        writer.close()
        return received


@asynccontextmanager
async def front_end(
    *nodes: FakeNode | Sighting, limits: Limits | None = None, made: Router | None = None
) -> AsyncIterator[Front]:
    """A front-end before these nodes."""
    sightings = [
        sighting(entry.name, entry.address) if isinstance(entry, FakeNode) else entry
        for entry in nodes
    ]
    shared = FrontEnd(
        made or router(*sightings),
        limits or Limits(),
        {b"/livez": lambda: OwnAnswer(200, "application/json", b"{}")},
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: FrontConnection(shared), "127.0.0.1", 0)
    try:
        yield Front(shared, server.sockets[0].getsockname()[1])
    finally:
        shared.abort()
        shared.router.close()
        server.close()
        for _ in range(3):  # transports close in the next rounds of the loop
            await asyncio.sleep(0)
