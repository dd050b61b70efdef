r"""The head of an HTTP/1.1 message, read strictly: one grammar, one meaning, or a refusal.

Request smuggling lives on two readers of one byte string who disagree where a
request ends (a lone ``\n``, a folded line, ``Content-Length`` twice, a chunked
coding that one of them overlooks). So nothing is repaired here. A head either
fits the grammar of RFC 9112 to the letter, and then ours is the only way to
read it, or its sender gets 400 and the connection ends (RTE-1). What travels
on is written anew from what was read (RTE-3).

One regular expression tells whether a head fits and another takes it apart: two passes in
C, about as fast as a parser written in C that calls back for each field, and
every rule can be read in this file. `tests/routing/test_message_heads.py` holds
it to what httptools reads in the same bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from skygarth.model.errors import Invalid
from skygarth.routing import codes
from skygarth.routing.headers import Kind, kind_of, listed

HEAD_BYTES_MAX = 32 << 10
FIELDS_MAX = 100
LENGTH_DIGITS_MAX = 18

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_VALUE = rb"[\t\x20-\x7e\x80-\xff]*+"
_FIELDS_FIT = re.compile(rb"(?:" + _TOKEN + rb":" + _VALUE + rb"\r\n)*+")
_FIELD = re.compile(rb"((" + _TOKEN + rb"):[ \t]*+(" + _VALUE + rb")\r\n)")
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") ([\x21\x22\x24-\x7e]++) HTTP/([0-9])\.([0-9])\r\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: (" + _VALUE + rb"))?\r\n")
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?]*+)(.*)")
_HOST = re.compile(
    rb"(?:[0-9A-Za-z](?:[0-9A-Za-z._~\-]|%[0-9A-Fa-f]{2})*+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
)


class Malformed(Invalid):
    """A message that is refused as it stands; the connection ends with it.

    Attributes:
        status: the HTTP status that says so.
    """

    default_code = codes.MALFORMED

    def __init__(self, fault: str, *, status: int = 400, code: str | None = None) -> None:
        super().__init__(
            fault, code=code, hint="send it as RFC 9112 describes; nothing is repaired here"
        )
        self.status = status


@dataclass(slots=True)
class RequestHead:
    """What a request says before its body.

    Attributes:
        target: path and query, verbatim: neither decoded nor normalised (RTE-4).
        is_latest: HTTP/1.1 rather than 1.0.
        host: the one host that it names; b"" only from a client of HTTP/1.0.
        lines: the fields that travel on, each with its line end.
        length: bytes of the body; None if it is chunked.
        expects: the client waits for ``100 Continue`` before it sends the body.
        keeps: the connection may serve another request.
        version: the value of ``Skygarth-Version``.
        passport: the value of ``Skygarth-Passport``.
        forwarded_for: what proxies before us said; believed only from trusted ones.
    """

    method: bytes
    target: bytes
    is_latest: bool
    host: bytes
    lines: list[bytes]
    length: int | None = 0
    expects: bool = False
    keeps: bool = True
    version: bytes = b""
    passport: bytes = b""
    forwarded_for: bytes = b""
    forwarded_lines: tuple[bytes, ...] = ()

    @property
    def path(self) -> bytes:
        """The target without its query."""
        return self.target.partition(b"?")[0]


@dataclass(slots=True)
class ResponseHead:
    """What an answer says before its body.

    Attributes:
        lines: the fields that travel on, each with its line end.
        length: bytes of the body as declared; None if nothing is.
        chunked: the body comes in chunks.
        keeps: the connection may serve another request.
        version: the value of ``Skygarth-Version``.
        refused: why the node would not have the request; b"" if it answered.
    """

    status: int
    reason: bytes
    is_latest: bool
    lines: list[bytes]
    length: int | None = None
    chunked: bool = False
    keeps: bool = True
    version: bytes = b""
    refused: bytes = b""


def read_request_head(head: bytes) -> RequestHead:
    """Read a request's head, its last empty line included.

    Raises:
        Malformed: it does not fit, or it says two things at once (RTE-1, RTE-2).
    """
    start = _REQUEST_LINE.match(head)
    if start is None:
        raise Malformed("this is no request line of HTTP")
    method, target, major, minor = start.groups()
    if major != b"1" or minor not in b"01":
        raise Malformed(
            "this version of HTTP is not spoken here", status=505, code=codes.NOT_SPOKEN
        )
    reading, lines = _fields(head[start.end() :], _requests_known, is_request=True)
    is_latest = minor == b"1"
    host = _one_host(reading.hosts, is_latest=is_latest)
    if target[0] != 0x2F:
        host, target = _authority_and_target(method, target, host)
    if reading.upgrade and b"upgrade" in reading.options and b"websocket" in reading.upgrade:
        raise Malformed("websockets are not forwarded", status=501, code=codes.NOT_SPOKEN)
    return RequestHead(
        method=method,
        target=target,
        is_latest=is_latest,
        host=host,
        lines=lines,
        length=reading.body_length(is_latest=is_latest),
        expects=reading.expects and is_latest,
        keeps=reading.keeps(is_latest=is_latest),
        version=reading.version,
        passport=reading.passport,
        forwarded_for=b", ".join(reading.forwarded_for),
        forwarded_lines=tuple(reading.forwarded_lines),
    )


def read_response_head(head: bytes) -> ResponseHead:
    """Read an answer's head, its last empty line included.

    Raises:
        Malformed: as for a request.
    """
    start = _STATUS_LINE.match(head)
    if start is None:
        raise Malformed("this is no status line of HTTP", status=502)
    reading, lines = _fields(head[start.end() :], _answers_known, is_request=False)
    is_latest = start[1] == b"1"
    chunked = reading.is_chunked(is_latest=is_latest)
    return ResponseHead(
        status=int(start[2]),
        reason=start[3] or b"",
        is_latest=is_latest,
        lines=lines,
        length=None if chunked else reading.length,
        chunked=chunked,
        keeps=reading.keeps(is_latest=is_latest),
        version=reading.version,
        refused=reading.refused,
    )


KNOWN_MAX = 1024
KNOWN_BYTES_MAX = 2048
"""A block of fields that is longer is read anew each time: so memory is bounded, by 4 MiB."""

_Known: TypeAlias = "dict[bytes, tuple[_Reading, list[bytes]]]"
_requests_known: _Known = {}
_answers_known: _Known = {}


def _fields(block: bytes, known: _Known, *, is_request: bool) -> tuple[_Reading, list[bytes]]:
    """What the fields of a head say, and the lines that travel on; not to be changed.

    A client sends the same fields with each of its requests, and so does a node for a while:
    equal bytes are read once.

    Raises:
        Malformed: as `_Reading.fields`.
    """
    found = known.get(block)
    if found is None:
        reading = _Reading(is_request=is_request)
        found = reading, reading.fields(block, 0)
        if len(block) <= KNOWN_BYTES_MAX:
            if len(known) >= KNOWN_MAX:
                known.clear()
            known[block] = found
    return found


class _Reading:
    """What has been seen in the fields of one head."""

    __slots__ = (
        "coding",
        "expects",
        "forwarded_for",
        "forwarded_lines",
        "hosts",
        "is_request",
        "length",
        "options",
        "passport",
        "refused",
        "upgrade",
        "version",
    )

    def __init__(self, *, is_request: bool) -> None:
        self.is_request = is_request
        self.hosts: list[bytes] = []
        self.length: int | None = None
        self.coding: bytes | None = None
        self.options: frozenset[bytes] = frozenset()
        self.expects = False
        self.upgrade = b""
        self.version = self.passport = self.refused = b""
        self.forwarded_for: list[bytes] = []
        self.forwarded_lines: list[bytes] = []

    def fields(self, head: bytes, start: int) -> list[bytes]:
        """Read every field; the lines of those that travel on.

        Raises:
            Malformed: a line is no field, or a field of framing is not what it should be.
        """
        end = len(head) - 2
        assert head[end:] == b"\r\n"
        if _FIELDS_FIT.fullmatch(head, start, end) is None:
            raise Malformed("a line of the head is no header field")
        found = _FIELD.findall(head, start, end)
        if len(found) > FIELDS_MAX:
            raise Malformed("there are too many header fields", status=431, code=codes.TOO_LARGE)
        passing: list[tuple[bytes, bytes]] = []
        for line, name, value in found:
            kind = kind_of(name)
            if kind:
                self._note(kind, line, name, value.rstrip(b" \t"))
                if kind is not Kind.VERSION:
                    continue
            passing.append((line, name))
        if self.options:
            return [line for line, name in passing if name.lower() not in self.options]
        return [line for line, _ in passing]

    def _note(self, kind: Kind, line: bytes, name: bytes, value: bytes) -> None:  # noqa: C901 - one case a kind
        match kind:
            case Kind.HOST:
                self.hosts.append(value)
            case Kind.LENGTH:
                self._note_length(value)
            case Kind.CODING:
                if self.coding is not None:
                    raise Malformed("Transfer-Encoding comes twice")
                self.coding = value.lower()
            case Kind.CONNECTION:
                self.options |= listed(value)
            case Kind.EXPECT:
                if value.lower() != b"100-continue":
                    raise Malformed("only 100-continue can be expected", status=417)
                self.expects = True
            case Kind.UPGRADE:
                self.upgrade = value.lower()
            case Kind.VERSION:
                self.version = value
            case Kind.PASSPORT:
                if self.passport:
                    raise Malformed("Skygarth-Passport comes twice")
                self.passport = value
            case Kind.FORWARDED_FOR:
                self.forwarded_for.append(value)
            case Kind.FORWARDED:
                self.forwarded_lines.append(line)
            case _:
                if not self.is_request and name.lower() == b"skygarth-refused":
                    self.refused = value or b"refused"

    def _note_length(self, value: bytes) -> None:
        if self.length is not None:
            raise Malformed("Content-Length comes twice")
        if not value.isdigit() or len(value) > LENGTH_DIGITS_MAX:
            raise Malformed("Content-Length is no number")
        self.length = int(value)

    def is_chunked(self, *, is_latest: bool) -> bool:
        """Whether the body is chunked.

        Raises:
            Malformed: another coding, both framings at once, or from HTTP/1.0.
        """
        if self.coding is None:
            return False
        if self.length is not None:
            raise Malformed("Transfer-Encoding and Content-Length contradict each other")
        if self.coding != b"chunked":
            raise Malformed("only the chunked coding is spoken here", status=501)
        if not is_latest:
            raise Malformed("HTTP/1.0 has no Transfer-Encoding")
        return True

    def body_length(self, *, is_latest: bool) -> int | None:
        """Bytes of a request's body, None if it comes in chunks."""
        return None if self.is_chunked(is_latest=is_latest) else self.length or 0

    def keeps(self, *, is_latest: bool) -> bool:
        """Whether the connection stays open after this message."""
        if is_latest:
            return b"close" not in self.options
        return b"keep-alive" in self.options


def _one_host(hosts: list[bytes], *, is_latest: bool) -> bytes:
    """The host that a request names.

    Raises:
        Malformed: none, two, or what is no host.
    """
    if not hosts and not is_latest:
        return b""
    if len(hosts) != 1:
        raise Malformed("a request names its host once")
    if not _HOST.fullmatch(hosts[0]):
        raise Malformed("this is no host")
    return hosts[0]


def _authority_and_target(method: bytes, target: bytes, host: bytes) -> tuple[bytes, bytes]:
    """Host and path of a request whose target is no path.

    Raises:
        Malformed: it names another host than its Host field, or is of no form that ends here.
    """
    if method == b"CONNECT":
        raise Malformed("this is no tunnel", status=501, code=codes.NOT_SPOKEN)
    if target == b"*" and method == b"OPTIONS":
        return host, target
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None or not _HOST.fullmatch(absolute[1]):
        raise Malformed("the target is neither a path nor an address of HTTP")
    if host and absolute[1].lower() != host.lower():
        raise Malformed("the target names another host than Host does")
    rest: bytes = absolute[2]
    return absolute[1], rest if rest.startswith(b"/") else b"/" + rest
