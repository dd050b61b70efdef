"""A head fits the grammar to the letter and means one thing, or it is refused."""

from __future__ import annotations

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skygarth.routing.message_heads import Malformed, read_request_head, read_response_head


def request(
    *lines: str, start: str = "GET /blog HTTP/1.1", host: str | None = "h.example"
) -> bytes:
    """A head of these lines."""
    hosts = [] if host is None else [f"Host: {host}"]
    return "\r\n".join([start, *hosts, *lines, "", ""]).encode("latin-1")


def test_a_plain_request_is_read() -> None:
    """Method, target and host; the other fields travel on as they came."""
    head = read_request_head(request("Accept: */*", "Cookie:a=b ", start="PROPFIND /d?x HTTP/1.1"))

    assert (head.method, head.target, head.host) == (b"PROPFIND", b"/d?x", b"h.example")
    assert head.path == b"/d"
    assert head.lines == [b"Accept: */*\r\n", b"Cookie:a=b \r\n"]
    assert (head.length, head.keeps, head.expects) == (0, True, False)


@pytest.mark.parametrize(
    "target", ["//evil.example/x", "/a/../b", "/%2e%2e/b", "/a%2Fb", "/a%00", "/?q=//", "/;x=1"]
)
def test_targets_are_kept_verbatim(target: str) -> None:
    """RTE-4: nothing is decoded, merged or resolved on the way."""
    assert read_request_head(request(start=f"GET {target} HTTP/1.1")).target == target.encode()


@pytest.mark.parametrize(
    "head",
    [
        request("Content-Length: 5", "Transfer-Encoding: chunked"),
        request("Transfer-Encoding: chunked", "Content-Length: 5"),
        request("Content-Length: 5", "Content-Length: 5"),
        request("Content-Length: 5", "Content-Length: 6"),
        request("Content-Length: 5, 5"),
        request("Content-Length: +5"),
        request("Content-Length: -1"),
        request("Content-Length: 0x5"),
        request("Content-Length: 5_0"),
        request("Content-Length: 1" + "0" * 30),
        request("Content-Length:"),
        request("Content-Length : 5"),
        request("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        request("Transfer-Encoding: chunked", "Transfer-encoding: identity"),
        request("Transfer-Encoding : chunked"),
        request("Transfer-Encoding\t: chunked"),
        request(" Transfer-Encoding: chunked"),
        request("X: y", " Transfer-Encoding: chunked"),
        request("X: y\nTransfer-Encoding: chunked"),
        request("X: y\rTransfer-Encoding: chunked"),
        request("X: y\x00"),
        request("X: y\x0b"),
        request("X y"),
        request(": y"),
        request("X: y", "", "Z: w"),
        request("Transfer-Encoding: chunked", start="POST / HTTP/1.0"),
        request(start="GET /a b HTTP/1.1"),
        request(start="GET  / HTTP/1.1"),
        request(start="GET /\tHTTP/1.1"),
        request(start="GET / HTTP/1.1 "),
        request(start="GET /ä HTTP/1.1"),
        request(start="GET /#x HTTP/1.1"),
        request(start="G(T / HTTP/1.1"),
        request(start="GET / http/1.1"),
        request(start="GET /"),
        request(start="GET blog HTTP/1.1"),
        request(host=None),
        request("Host: h.example"),
        request("Host: other.example"),
        request(host=""),
        request(host="h.example/path"),
        request(host="user@h.example"),
        request(host="h.example, other"),
        request(host="h.example:80:80"),
        request(host="h example"),
        request(start="GET http://other.example/ HTTP/1.1"),
        request(start="GET http://user@h.example/ HTTP/1.1"),
        request(start="GET ftp://h.example/ HTTP/1.1"),
        request(start="GET http:///x HTTP/1.1"),
        request(start="GET * HTTP/1.1"),
        request("Skygarth-Passport: a.b", "Skygarth-Passport: c.d"),
        b"\r\n\r\n",
        b"GET / HTTP/1.1\nHost: h.example\r\n\r\n",
        b"\x16\x03\x01\r\n\r\n",
    ],
)
def test_what_two_readers_could_read_differently_is_refused(head: bytes) -> None:
    """RTE-1, RTE-2: no repair, no guess, no first or last of several."""
    with pytest.raises(Malformed) as refusal:
        read_request_head(head)

    assert refusal.value.status == 400


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (request("Transfer-Encoding: gzip, chunked"), 501),
        (request("Transfer-Encoding: xchunked"), 501),
        (request("Transfer-Encoding: \x0bchunked".replace("\x0b", "x,")), 501),
        (request("Transfer-Encoding: identity"), 501),
        (request(start="CONNECT h.example:443 HTTP/1.1"), 501),
        (request("Connection: Upgrade", "Upgrade: websocket"), 501),
        (request("Expect: the-unexpected"), 417),
        (request(start="GET / HTTP/2.0"), 505),
        (request(start="GET / HTTP/1.2"), 505),
        (request(*[f"X-{n}: y" for n in range(101)]), 431),
    ],
)
def test_what_is_not_spoken_says_so(head: bytes, status: int) -> None:
    """A refusal that a client can act on."""
    with pytest.raises(Malformed) as refusal:
        read_request_head(head)

    assert refusal.value.status == status


def test_an_absolute_target_becomes_a_path() -> None:
    """RFC 9112, 3.2.2: servers take this form; only the path travels on."""
    head = read_request_head(request(start="GET http://H.example?x HTTP/1.1"))

    assert (head.host, head.target) == (b"H.example", b"/?x")


def test_the_asterisk_asks_about_the_server() -> None:
    """``OPTIONS *`` is a target of its own."""
    assert read_request_head(request(start="OPTIONS * HTTP/1.1")).target == b"*"


def test_fields_that_connection_names_end_here() -> None:
    """RTE-3: they are between a client and us."""
    head = read_request_head(request("Connection: close, X-Mine", "X-Mine: 1", "X-Other: 2"))

    assert (head.lines, head.keeps) == ([b"X-Other: 2\r\n"], False)


def test_what_was_said_of_the_reader_is_kept_apart() -> None:
    """RTE-5: believed only where it comes from a proxy that we trust."""
    lines = ["X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X_Forwarded_For: 6.6.6.6"]
    head = read_request_head(request(*lines, "X-Forwarded-For: 5.6.7.8"))

    assert head.forwarded_for == b"1.2.3.4, 5.6.7.8"
    assert head.forwarded_lines == (b"X-Forwarded-Proto: https\r\n",)
    assert head.lines == []


def test_bodies_are_framed_one_way() -> None:
    """A length, chunks, or nothing."""
    lengths = [
        read_request_head(request("Content-Length: 5")).length,
        read_request_head(request("Transfer-Encoding: Chunked")).length,
        read_request_head(request("Expect: 100-Continue")).expects,
    ]

    assert lengths == [5, None, True]


def test_old_clients_are_served_and_not_kept() -> None:
    """HTTP/1.0 may come without a host, and closes unless it asks otherwise."""
    kept = [
        read_request_head(request(*lines, start="GET / HTTP/1.0", host=None)).keeps
        for lines in ([], ["Connection: keep-alive"])
    ]

    assert kept == [False, True]


def test_an_answer_is_read() -> None:
    """Status and framing; a node's refusal is noted and travels no further."""
    head = read_response_head(
        b"HTTP/1.1 503 Later\r\nContent-Length: 3\r\nSkygarth-Refused: draining\r\n"
        b"Keep-Alive: 5\r\nETag: x\r\n\r\n"
    )

    assert (head.status, head.reason, head.length) == (503, b"Later", 3)
    assert (head.refused, head.lines) == (b"draining", [b"ETag: x\r\n"])


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: y\nSet-Cookie: z\r\n\r\n",
    ],
)
def test_a_node_is_not_believed_blindly(head: bytes) -> None:
    """RTE-1 holds for answers too."""
    with pytest.raises(Malformed):
        read_response_head(head)


class _Seen:
    """What httptools reads."""

    def __init__(self) -> None:
        self.fields: list[tuple[bytes, bytes]] = []
        self.url = b""
        self.complete = False

    def on_url(self, url: bytes) -> None:
        """Note the target."""
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a field."""
        self.fields.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Note the end."""
        self.complete = True


_PIECES = [
    *(b"Content-Length", b"Transfer-Encoding", b"Host", b"Connection", b"X-A", b"x_b", b"Expect"),
    *(b": ", b":", b" :", b"\t", b"\r\n", b"\r\n ", b"\n", b"\r", b"\0", b"", b","),
    *(b"chunked", b"identity", b"5", b"0", b"+5", b"h.example", b"close", b"100-continue", b"\xe4"),
]


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=12))
def test_what_we_accept_the_nodes_parser_reads_likewise(pieces: list[bytes]) -> None:
    """RTE-1: the parser in uvicorn finds the same end, target and fields in what we accept."""
    head = b"POST /x HTTP/1.1\r\nHost: h.example\r\n" + b"".join(pieces) + b"\r\n\r\n"
    end = head.index(b"\r\n\r\n") + 4
    try:
        ours = read_request_head(head[:end])
    except Malformed:
        return
    seen = _Seen()
    parser = httptools.HttpRequestParser(seen)
    parser.feed_data(head[:end])

    assert seen.complete
    assert seen.url == ours.target
    passed = [tuple(line[:-2].split(b":", 1)) for line in ours.lines]
    travelling = [field for field in seen.fields if field[0] not in _FRAMING]
    assert [(name.lower(), value.strip(b" \t")) for name, value in passed] == travelling


_FRAMING = {b"content-length", b"transfer-encoding", b"host", b"connection", b"expect"}
