"""The heads that a front-end writes: of a request for a node, of an answer for its reader.

Framing and whoever asks are written anew from what was read, so that the next
reader cannot see another message in it than we did (RTE-3, RTE-5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from skygarth.routing.exchange import Outgoing
from skygarth.routing.message_heads import RequestHead, ResponseHead
from skygarth.routing.router import Router
from skygarth.routing.upstream import NodeConnections
from skygarth.routing.version_header import vector_in

_SECURE = re.compile(rb"(?i:x-forwarded-proto):[ \t]*(?i:https)[ \t]*\r\n")
WITHOUT_BODY = frozenset({204, 304})
_USUALLY_EMPTY = frozenset({b"GET", b"HEAD", b"DELETE", b"OPTIONS", b"TRACE", b"PROPFIND"})


@dataclass(frozen=True, slots=True)
class Asker:
    """Whoever holds the connection: a reader, or a trusted proxy that speaks for one.

    Attributes:
        peer: the address.
        said: what nodes are told about a request of a reader.
    """

    peer: str
    is_trusted: bool
    said: bytes

    def fields(self, head: RequestHead) -> list[bytes]:
        """Who asks, as nodes are told."""
        if not self.is_trusted:
            return [self.said]
        peer = self.peer.encode("ascii", "replace")
        before = head.forwarded_for + b", " if head.forwarded_for else b""
        said = [line for line in head.forwarded_lines if not line.lower().startswith(b"forwarded:")]
        return [b"X-Forwarded-For: %b%b\r\nVia: 1.1 skygarth\r\n" % (before, peer), *said]

    def origin(self, head: RequestHead) -> tuple[str, str]:
        """Address and scheme of the reader himself, as far as they are believed.

        A trusted proxy adds the one who spoke to it at the end; what stands before was said by
        that one.
        """
        if not self.is_trusted:
            return self.peer, "http"
        told = head.forwarded_for.rpartition(b",")[2].strip().decode("latin-1")
        is_secure = any(_SECURE.fullmatch(line) for line in head.forwarded_lines)
        return told or self.peer, "https" if is_secure else "http"


def asker(peer: str, *, is_trusted: bool) -> Asker:
    """Who is at the other end of a connection."""
    said = b"X-Forwarded-For: %b\r\nX-Forwarded-Proto: http\r\nVia: 1.1 skygarth\r\n"
    return Asker(peer, is_trusted, said % peer.encode("ascii", "replace"))


def fields_for_node(head: RequestHead, who: Asker) -> bytes:
    """The header fields that nodes are sent, but for host and passport."""
    parts = [*head.lines, *who.fields(head)]
    if head.length is None:
        parts.append(b"Transfer-Encoding: chunked\r\n")
    elif head.length or head.method not in _USUALLY_EMPTY:
        parts.append(b"Content-Length: %d\r\n" % head.length)
    if head.expects:
        parts.append(b"Expect: 100-continue\r\n")
    return b"".join(parts)


def planned(router: Router, head: RequestHead, who: Asker, seconds: float) -> Outgoing:
    """A reader's request as it goes to a node, with a passport of its own for each try.

    Args:
        seconds: how long its answer is wanted.
    """
    version = vector_in(head.version) if head.version else {}
    plan, wanted, is_dead = router.plan(head.method, head.path, version)
    router.figures.forwarded(plan.pool)
    fields = fields_for_node(head, who)
    client, scheme = who.origin(head)

    def head_for(home: NodeConnections) -> bytes:
        host = head.host or home.authority
        passport = router.passport(
            head.method,
            head.target,
            host,
            deadline_ms=router.means.now_ms() + int(seconds * 1000),
            client=client,
            scheme=scheme,
            pool_is_dead=is_dead,
        )
        line = b"%b %b HTTP/1.1\r\nHost: %b\r\n" % (head.method, head.target, host)
        return b"%b%b%b\r\n" % (line, fields, passport)

    return Outgoing(head.method, head.length, wanted, head_for)


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """An answer's head as its reader gets it.

    Attributes:
        chunked: the body must be sent in chunks.
        ends: the connection ends with the answer.
    """

    written: bytes
    chunked: bool
    ends: bool


def head_for_reader(
    request: RequestHead, head: ResponseHead, served_by: str, *, ends: bool
) -> AnswerHead:
    """The head of a node's answer, framed as the reader can read it.

    Args:
        ends: the connection will end in any case.
    """
    parts = [b"HTTP/1.1 %d %b\r\n" % (head.status, head.reason), *head.lines]
    chunked = False
    if head.length is not None:
        if head.status != 204:
            parts.append(b"Content-Length: %d\r\n" % head.length)
    elif request.method != b"HEAD" and head.status not in WITHOUT_BODY:
        chunked = request.is_latest
        ends = ends or not chunked
        if chunked:
            parts.append(b"Transfer-Encoding: chunked\r\n")
    if ends:
        parts.append(b"Connection: close\r\n")
    elif not request.is_latest:
        parts.append(b"Connection: keep-alive\r\n")
    parts.append(b"Skygarth-Served-By: %b\r\n\r\n" % served_by.encode("ascii", "replace"))
    return AnswerHead(b"".join(parts), chunked, ends)
