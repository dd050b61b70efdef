"""A front-end on a real socket: what passes, what is refused, who is not waited for."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from ipaddress import ip_network

from tests.routing.nodes import (
    WAIT_SECONDS,
    Front,
    Seen,
    dead_port,
    front_end,
    node,
    on_a_loop,
    read_body,
    saying,
    sighting,
    writing,
)
from tests.routing.signers import KeySigner

from skygarth.routing.front_end import Limits
from skygarth.routing.message_heads import HEAD_BYTES_MAX
from skygarth.routing.passport import PassportControl, bound

GET = b"GET /x HTTP/1.1\r\nHost: h.example\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: h.example\r\n"


def statuses(received: bytes) -> list[bytes]:
    """The status of each answer that nobody could take for content."""
    return [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]]


async def overdue(front: Front, seconds: float) -> None:
    """Let the front-end look after its connections as if so much time had passed."""
    now = front.router.means.monotonic() + seconds
    for connection in list(front.front.connections):
        connection.look_after(now)


async def until(condition: object) -> None:
    """Let the loop run until something holds."""
    assert callable(condition)
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0)


# -- what passes -------------------------------------------------------------------------------


@on_a_loop
async def test_a_request_arrives_as_it_was_sent() -> None:
    """RTE-3, RTE-4: method, target and host verbatim, the body whole, framing made anew."""
    async with node(saying("a")) as a, front_end(a) as front:
        sent = (
            b"REPORT //b/%2e%2e/c%2Fd?e=%00 HTTP/1.1\r\nHost: H.example:80\r\nDepth: 1\r\n"
            b"Content-Length: 5\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nTE: x\r\n\r\nhello"
        )
        received = await front.exchange(sent)

    seen = a.seen[0]
    assert statuses(received) == [b"200"]
    assert seen.start == b"REPORT //b/%2e%2e/c%2Fd?e=%00 HTTP/1.1"
    assert (seen.all(b"host"), seen.all(b"depth"), seen.body) == (
        [b"H.example:80"],
        [b"1"],
        b"hello",
    )
    assert [seen.all(name) for name in (b"x-hop", b"te", b"connection")] == [[], [], []]


@on_a_loop
async def test_requests_on_one_connection_share_one_to_the_node() -> None:
    """Both connections are kept, and answers come in order."""
    async with node(saying("a")) as a, front_end(a) as front:
        received = await front.exchange(GET + b"\r\n", GET + b"\r\n" + GET + b"\r\n")

    assert statuses(received) == [b"200"] * 3
    assert (len(a.seen), a.connections) == (3, 1)


@on_a_loop
async def test_a_chunked_upload_streams_with_its_trailers() -> None:
    """Chunks pass as they come, trailers at the end, and what would reframe them is dropped."""
    async with node(saying("a")) as a, front_end(a) as front:
        received = await front.exchange(
            POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
            b"lo\r\n1\r\n!\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n",
        )

    assert (statuses(received), a.seen[0].body) == ([b"200"], b"hello!")


@on_a_loop
async def test_an_event_stream_arrives_as_it_is_written() -> None:
    """A piece of an answer is not kept back until the next."""
    more = asyncio.Event()

    async def answer(
        seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        await more.wait()
        writer.write(b"3\r\ntwo\r\n0\r\n\r\n")

    async with node(answer) as a, front_end(a) as front:
        reader, writer = await front.connect()
        writer.write(GET + b"\r\n")
        first = await reader.readuntil(b"one\r\n")
        more.set()
        second = await reader.readuntil(b"0\r\n\r\n")
        writer.close()

    assert first.endswith(b"\r\n\r\n3\r\none\r\n")
    assert second == b"3\r\ntwo\r\n0\r\n\r\n"


@on_a_loop
async def test_a_client_waits_until_the_node_will_have_its_body() -> None:
    """``Expect: 100-continue`` is between the two of them."""

    async def answer(
        seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        seen.body = await read_body(seen, reader)
        await saying("a")(seen, reader, writer)

    async with node(answer) as a, front_end(a) as front:
        reader, writer = await front.connect()
        writer.write(POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        interim = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"hello")
        final = await reader.readuntil(b"\r\n\r\n")
        writer.close()

    assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert (statuses(final), a.seen[0].body) == ([b"200"], b"hello")


@on_a_loop
async def test_an_answer_before_the_body_ends_the_connection() -> None:
    """What is left of a refused upload must not be read as a request."""
    async with node(writing(b"HTTP/1.1 413 Large\r\nContent-Length: 0\r\n\r\n")) as a:
        a.answering, take = a.answering, a.answering

        async def refuse(
            seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await take(seen, reader, writer)

        a.answering = refuse
        async with front_end(a) as front:
            reader, writer = await front.connect()
            writer.write(POST + b"Content-Length: 99\r\nExpect: 100-continue\r\n\r\n")
            received = await reader.readuntil(b"\r\n\r\n")
            writer.write(b"GET /smuggled HTTP/1.1\r\nHost: h.example\r\n\r\n")
            rest = await reader.read()
            writer.close()

    assert b"413" in received
    assert b"Connection: close" in received
    assert (rest, len(a.seen)) == (b"", 1)


@on_a_loop
async def test_answers_without_a_body_have_none() -> None:
    """HEAD, 204 and 304, whatever length they name: the next answer is not taken for a body."""
    for method, status in ((b"HEAD", b"200 OK"), (b"GET", b"204 None"), (b"GET", b"304 Same")):
        answer = b"HTTP/1.1 " + status + b"\r\nContent-Length: 7\r\n\r\n"
        async with node(writing(answer)) as a, front_end(a) as front:
            request = method + b" / HTTP/1.1\r\nHost: h\r\n\r\n"
            received = await front.exchange(request, request)

        assert statuses(received) == [status[:3]] * 2


@on_a_loop
async def test_old_clients_get_what_they_can_read() -> None:
    """A chunked answer is taken out of its chunks for HTTP/1.0."""
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n"
    async with node(writing(answer)) as a, front_end(a) as front:
        received = await front.exchange(b"GET / HTTP/1.0\r\n\r\n")

    assert received.endswith(b"Connection: close\r\nSkygarth-Served-By: a\r\n\r\none")


@on_a_loop
async def test_a_long_answer_does_not_pile_up() -> None:
    """RTE-9: a reader who takes nothing holds the node up, not the memory of the front-end."""
    piece, sent = b"x" * 65536, 0

    async def answer(
        seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(piece) * 1000))
        for _ in range(1000):
            writer.write(piece)
            sent += len(piece)
            await writer.drain()

    async with node(answer) as a, front_end(a) as front:
        reader, writer = await asyncio.open_connection("127.0.0.1", front.port, limit=1024)
        writer.write(GET + b"\r\n")
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.05)
        stuck = sent
        received = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(len(piece) * 1000)
        writer.close()

    assert b"200" in received
    assert len(body) == sent
    assert stuck < 40 << 20


@on_a_loop
async def test_a_long_upload_does_not_pile_up() -> None:
    """RTE-9: a node that takes nothing holds the reader up."""
    go = asyncio.Event()

    async def answer(
        seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await go.wait()
        seen.body = await read_body(seen, reader)
        await saying("a")(seen, reader, writer)

    size, piece = 64 << 20, b"x" * 65536
    async with node(answer) as a, front_end(a) as front:
        reader, writer = await front.connect()
        writer.write(POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % size)
        await reader.readuntil(b"\r\n\r\n")
        taken = 0

        async def upload() -> None:
            nonlocal taken
            while taken < size:
                writer.write(piece)
                await writer.drain()
                taken += len(piece)

        uploading = asyncio.create_task(upload())
        before = -1
        while before != taken:
            before = taken
            await asyncio.sleep(0.05)
        stuck = taken
        go.set()
        await uploading
        received = await reader.readuntil(b"\r\n\r\n")
        writer.close()

    assert (statuses(received), len(a.seen[0].body)) == ([b"200"], size)
    assert stuck < 40 << 20


# -- what is refused ---------------------------------------------------------------------------


@on_a_loop
async def test_no_request_is_smuggled() -> None:
    """RTE-1: two framings, an odd one, or a lone line feed: 400, and nothing reaches a node."""
    smuggled = b"GET /admin HTTP/1.1\r\nHost: h.example\r\n\r\n"
    attacks = [
        POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" + smuggled,
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled,
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" + smuggled,
        POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled,
        POST + b"X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
        POST + b"X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
        POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + smuggled,
        POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + smuggled,
        POST + b"Content-Length: 0, 44\r\n\r\n" + smuggled,
        b"GET /x HTTP/1.1\nHost: h.example\n\n" + smuggled,
    ]
    async with node(saying("a")) as a, front_end(a) as front:
        received = [await front.exchange(attack) for attack in attacks]

    assert [answer[9:12] in {b"400", b"501"} for answer in received] == [True] * len(attacks)
    assert [answer.count(b"HTTP/1.1 ") for answer in received] == [1] * len(attacks)
    assert a.seen == []


@on_a_loop
async def test_a_broken_chunk_ends_everything() -> None:
    """RTE-1: the node's connection is closed within the request, so it cannot act on it."""
    async with node(saying("a")) as a, front_end(a) as front:
        head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
        received = await front.exchange(head, b"5\r\nhelloX\r\n0\r\n\r\n" + GET + b"\r\n")

    assert statuses(received) == [b"400"]
    assert a.seen == []


@on_a_loop
async def test_a_header_cannot_be_injected() -> None:
    """A target or a value with a line end in it is no head; an encoded one stays encoded."""
    async with node(saying("a")) as a, front_end(a) as front:
        plain = await front.exchange(b"GET /x\r\nEvil: 1 HTTP/1.1\r\nHost: h\r\n\r\n")
        encoded = await front.exchange(b"GET /x%0d%0aEvil:1 HTTP/1.1\r\nHost: h\r\n\r\n")

    assert (statuses(plain), statuses(encoded)) == ([b"400"], [b"200"])
    assert a.seen[0].start == b"GET /x%0d%0aEvil:1 HTTP/1.1"


@on_a_loop
async def test_what_strangers_say_of_themselves_is_replaced() -> None:
    """RTE-5: forwarding fields and passports from outside do not pass."""
    lies = (
        b"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nForwarded: for=6.6.6.6\r\n"
        b"X-Real-IP: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\nSkygarth-Passport: a.b\r\n\r\n"
    )
    async with node(saying("a")) as a, front_end(a) as front:
        await front.exchange(GET + lies)

    seen = a.seen[0]
    assert (seen.all(b"x-forwarded-for"), seen.all(b"x-forwarded-proto")) == (
        [b"127.0.0.1"],
        [b"http"],
    )
    assert b"6.6.6.6" not in b" ".join(value for _, value in seen.fields)
    control = PassportControl(KeySigner(), front.router.means.now_ms)
    passport = control.read(seen.all(b"skygarth-passport")[0], bound(b"GET", b"/x", b"h.example"))
    assert (passport.origin, passport.client, passport.hops) == ("front", "127.0.0.1", 1)


@on_a_loop
async def test_a_trusted_proxy_is_believed_and_named() -> None:
    """RTE-5: behind HAProxy the reader's address and scheme come from HAProxy."""
    limits = Limits(trusted=(ip_network("127.0.0.0/8"),))
    async with node(saying("a")) as a, front_end(a, limits=limits) as front:
        await front.exchange(GET + b"X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\n\r\n")

    seen = a.seen[0]
    assert seen.all(b"x-forwarded-for") == [b"9.9.9.9, 127.0.0.1"]
    assert seen.all(b"x-forwarded-proto") == [b"https"]


@on_a_loop
async def test_answers_cannot_carry_hop_by_hop_fields() -> None:
    """RTE-3 towards readers: a node's connection is not the reader's."""
    answer = (
        b"HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
        b"Content-Length: 2\r\n\r\nok"
    )
    async with node(writing(answer)) as a, front_end(a) as front:
        received = await front.exchange(GET + b"\r\n")

    assert received == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSkygarth-Served-By: a\r\n\r\nok"


@on_a_loop
async def test_websockets_are_refused_clearly() -> None:
    """501 rather than a connection that hangs."""
    async with node(saying("a")) as a, front_end(a) as front:
        received = await front.exchange(GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")

    assert (statuses(received), a.seen) == ([b"501"], [])


@on_a_loop
async def test_a_head_beyond_its_limit_is_refused() -> None:
    """431, without waiting for its end."""
    async with node(saying("a")) as a, front_end(a) as front:
        received = await front.exchange(GET + b"X: " + b"y" * HEAD_BYTES_MAX)

    assert (statuses(received), a.seen) == ([b"431"], [])


# -- who is not waited for ---------------------------------------------------------------------


@on_a_loop
async def test_a_slow_head_is_not_waited_for() -> None:
    """RTE-7: a byte now and then keeps no connection: the head as a whole has a deadline."""
    async with node(saying("a")) as a, front_end(a) as front:
        reader, writer = await front.connect()
        writer.write(GET)
        await until(lambda: any(getattr(c, "_buffer", b"") for c in front.front.connections))
        await overdue(front, 9.0)
        writer.write(b"X: y\r\n")
        await overdue(front, 11.0)
        received = await reader.read()
        writer.close()

    assert (statuses(received), a.seen) == ([b"408"], [])


@on_a_loop
async def test_a_silent_connection_is_closed() -> None:
    """RTE-7: who asks nothing is not told anything either."""
    async with front_end() as front:
        reader, writer = await front.connect()
        await until(lambda: front.front.connections)
        await overdue(front, 11.0)
        received = await reader.read()
        writer.close()

    assert received == b""


@on_a_loop
async def test_a_slow_body_is_not_waited_for() -> None:
    """RTE-7: the node is let go as well."""
    async with node(saying("a")) as a, front_end(a) as front:
        reader, writer = await front.connect()
        writer.write(POST + b"Content-Length: 9\r\n\r\nabc")
        await until(lambda: a.writers)
        await overdue(front, 31.0)
        received = await reader.read()
        writer.close()

    assert (statuses(received), a.seen) == ([b"408"], [])


@on_a_loop
async def test_a_node_that_does_not_answer_is_given_up() -> None:
    """RTE-9: 504 once the deadline has passed, and the node hears of it by a closed connection."""
    gone = asyncio.Event()

    async def answer(
        seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError):
            await reader.read()
        gone.set()

    async with node(answer) as a, front_end(a) as front:
        reader, writer = await front.connect()
        writer.write(GET + b"\r\n")
        await until(lambda: a.seen)
        await overdue(front, 31.0)
        received = await reader.readuntil(b"\r\n\r\n")
        await asyncio.wait_for(gone.wait(), WAIT_SECONDS)
        writer.close()

    assert statuses(received) == [b"504"]


@on_a_loop
async def test_a_reader_who_leaves_takes_his_request_along() -> None:
    """The node hears that nobody waits."""
    gone = asyncio.Event()

    async def answer(
        seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError):
            await reader.read()
        gone.set()

    async with node(answer) as a, front_end(a) as front:
        _, writer = await front.connect()
        writer.write(GET + b"\r\n")
        await until(lambda: a.seen)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        await asyncio.wait_for(gone.wait(), WAIT_SECONDS)
        await until(lambda: not front.router.nodes[0].in_flight)

    assert front.router.nodes[0].breaker.is_closed


# -- dead and dying nodes ----------------------------------------------------------------------


@on_a_loop
async def test_where_nothing_was_sent_another_node_answers() -> None:
    """RTE-14: any method may go on, for nobody has heard of it."""
    async with node(saying("b"), "b") as b:
        dead = sighting("a", f"http://127.0.0.1:{dead_port()}")
        async with front_end(dead, b) as front:
            received = [
                await front.exchange(POST + b"Content-Length: 2\r\n\r\nhi") for _ in range(8)
            ]
            states = [n.breaker.state(front.router.means.monotonic()) for n in front.router.nodes]

    assert [statuses(answer) for answer in received] == [[b"200"]] * 8
    assert [seen.body for seen in b.seen] == [b"hi"] * 8
    assert states == ["open", "closed"]


@on_a_loop
async def test_a_read_is_asked_of_another_node_when_one_dies() -> None:
    """RTE-14: a GET whose node closes without a word."""
    async with (
        node(writing(close=True), "a") as a,
        node(saying("b"), "b") as b,
        front_end(a, b) as front,
    ):
        received = [await front.exchange(GET + b"\r\n") for _ in range(6)]

    assert [statuses(answer) for answer in received] == [[b"200"]] * 6


@on_a_loop
async def test_a_write_is_never_sent_twice() -> None:
    """RTE-14: POST, PUT and DELETE that a node may have carried out end in 502."""
    for method in (b"POST", b"PUT", b"DELETE", b"MOVE"):
        async with (
            node(writing(close=True), "a") as a,
            node(writing(close=True), "b") as b,
            front_end(a, b) as front,
        ):
            received = await front.exchange(method + b" / HTTP/1.1\r\nHost: h\r\n\r\n")

        assert statuses(received) == [b"502"]
        assert len(a.seen) + len(b.seen) == 1


@on_a_loop
async def test_an_answer_that_breaks_off_stays_broken() -> None:
    """RTE-16: no second answer follows the half of a first one, and no end that looks whole."""
    halves = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ]
    for half in halves:
        async with (
            node(writing(half, close=True), "a") as a,
            node(saying("b"), "b") as b,
            front_end(a, b) as front,
        ):
            b_node = front.router.nodes[1]
            b_node.state = "draining"
            reader, writer = await front.connect()
            writer.write(GET + b"\r\n")
            received = await reader.readuntil(b"half")
            b_node.state = "ready"
            try:
                rest = await reader.read()
            except ConnectionResetError:
                rest = b"(reset)"
            writer.close()

        assert statuses(received) == [b"200"]
        assert b"HTTP/1.1" not in rest
        assert b"\r\n0\r\n" not in rest


@on_a_loop
async def test_a_node_that_refuses_is_followed_by_another() -> None:
    """RTE-17: whoever refuses has done nothing, so even a POST may go on."""
    refusing = saying("a", b"503 Later", b"Skygarth-Refused: draining")
    async with node(refusing, "a") as a, node(saying("b"), "b") as b, front_end(a, b) as front:
        request = POST + b"Content-Length: 2\r\n\r\nhi"
        received = [await front.exchange(request) for _ in range(6)]

    assert [statuses(answer) for answer in received] == [[b"200"]] * 6
    assert [seen.body for seen in b.seen] == [b"hi"] * 6


@on_a_loop
async def test_a_refusal_of_all_is_passed_on() -> None:
    """The last one's reason is better than none."""
    refusing = saying("a", b"503 Later", b"Skygarth-Refused: draining")
    async with node(refusing) as a, front_end(a) as front:
        received = await front.exchange(GET + b"\r\n")

    assert statuses(received) == [b"503"]
    assert b"Skygarth-Refused" not in received


@on_a_loop
async def test_without_any_node_the_answer_says_when_to_come_back() -> None:
    """RTE-15: 503, a code, Retry-After; and the connection goes on."""
    async with front_end() as front:
        received = await front.exchange(GET + b"\r\n" + GET + b"\r\n")

    assert statuses(received) == [b"503"] * 2
    assert received.count(b"Retry-After: 2") == 2
    assert received.count(b"SG-ROUTE-105") == 4


@on_a_loop
async def test_many_requests_sent_ahead_are_answered_one_by_one() -> None:
    """Hundreds of pipelined requests, answered at once or by a node, stack nothing up."""
    health = b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"
    async with node(saying("a")) as a, front_end(a) as front:
        own = await front.exchange(health * 900)
        forwarded = await front.exchange((GET + b"\r\n") * 300)
    async with front_end() as front:
        refused = await front.exchange((GET + b"\r\n") * 900)

    assert [answer.count(b"HTTP/1.1 ") for answer in (own, forwarded, refused)] == [900, 300, 900]


@on_a_loop
async def test_a_closed_kept_connection_is_not_the_nodes_fault() -> None:
    """The next GET opens another one, and nobody is blamed."""
    async with node(saying("a")) as a, front_end(a) as front:
        first = await front.exchange(GET + b"\r\n")
        a.writers[0].close()
        await a.writers[0].wait_closed()
        second = await front.exchange(GET + b"\r\n")

    assert [statuses(first), statuses(second)] == [[b"200"]] * 2
    assert front.router.nodes[0].breaker.is_closed


@on_a_loop
async def test_a_stopping_front_end_finishes_what_it_began() -> None:
    """An answer under way is whole; then the connection closes, and no other is taken."""
    go = asyncio.Event()

    async def answer(
        seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await go.wait()
        await saying("a")(seen, reader, writer)

    async with node(answer) as a, front_end(a) as front:
        reader, writer = await front.connect()
        writer.write(GET + b"\r\n")
        await until(lambda: a.seen)
        front.front.stop()
        go.set()
        received = await reader.read()
        writer.close()

    assert statuses(received) == [b"200"]
    assert b"Connection: close" in received
