r"""Where a body ends: by its length, by its last chunk, or with the connection.

A reader is fed what arrives and gives back what belongs to the body and what
comes after it. Chunks are read to the letter: sizes are hexadecimal digits and
nothing else, lines end with ``\r\n``, extensions are skipped, trailers are held
to the grammar of headers (RTE-1).
"""

from __future__ import annotations

import re
from typing import Protocol

from skygarth.routing import codes
from skygarth.routing.headers import may_trail
from skygarth.routing.message_heads import Malformed

TRAILER_BYTES_MAX = 8 << 10
CHUNK_LINE_MAX = 512
LAST_CHUNK = b"0\r\n\r\n"

_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_TRAILER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t\x20-\x7e\x80-\xff]*\r\n")


class Body(Protocol):
    """The rest of one message, as it arrives.

    Attributes:
        done: nothing of it is missing.
        trailers: the fields that came after it and travel on, with their line ends.
    """

    done: bool
    trailers: bytes

    def feed(self, received: bytes) -> tuple[bytes, bytes]:
        """What of these bytes is the body's content, and what comes after the message.

        Raises:
            Malformed: the framing is broken.
        """
        ...

    def ended(self) -> bool:
        """The connection has ended: whether the message is whole."""
        ...


class SizedBody:
    """A body of known length; 0 for none."""

    __slots__ = ("done", "left", "trailers")

    def __init__(self, length: int) -> None:
        assert length >= 0
        self.left = length
        self.done = not length
        self.trailers = b""

    def feed(self, received: bytes) -> tuple[bytes, bytes]:
        """Take up to what is left."""
        assert not self.done
        size = len(received)
        if size < self.left:
            self.left -= size
            return received, b""
        content, rest = received[: self.left], received[self.left :]
        self.left = 0
        self.done = True
        return content, rest

    def ended(self) -> bool:
        """Whether all of it had come."""
        return self.done


class BodyToEnd:
    """A body that lasts as long as its connection: only answers may have one."""

    __slots__ = ("done", "trailers")

    def __init__(self) -> None:
        self.done = False
        self.trailers = b""

    def feed(self, received: bytes) -> tuple[bytes, bytes]:
        """Take everything."""
        return received, b""

    def ended(self) -> bool:
        """It ends with its connection, always whole as far as anybody can tell."""
        self.done = True
        return True


class ChunkedBody:
    """A body in chunks, which are not kept apart: chunks are nobody's boundaries."""

    __slots__ = ("_held", "_left", "_trailing", "done", "trailers")

    def __init__(self) -> None:
        self.done = False
        self.trailers = b""
        self._held = b""
        self._left = 0
        self._trailing = False

    def feed(self, received: bytes) -> tuple[bytes, bytes]:
        """Take chunks apart.

        Raises:
            Malformed: a size that is none, a chunk that is longer than it says, a bad trailer.
        """
        assert not self.done
        data = self._held + received if self._held else received
        self._held = b""
        content: list[bytes] = []
        at = 0
        while not self._trailing:
            if self._left > 2:
                at = self._take(data, at, content)
            if self._left and not self._skip_line_end(data, at):
                self._held = data[at:]
                return b"".join(content), b""
            at += self._left
            self._left = 0
            at = self._begin(data, at)
            if not self._left and not self._trailing:
                self._held = data[at:]
                return b"".join(content), b""
        return b"".join(content), self._trail(data, at)

    def ended(self) -> bool:
        """A chunked body that has not said that it ends is cut off."""
        return self.done

    def _take(self, data: bytes, at: int, content: list[bytes]) -> int:
        """Take what has come of the chunk under way; `_left` counts its line end too."""
        part = data[at : at + self._left - 2]
        content.append(part)
        self._left -= len(part)
        return at + len(part)

    def _skip_line_end(self, data: bytes, at: int) -> bool:
        """Whether the line end after a chunk has come as well."""
        if self._left > 2:
            return False
        found = data[at : at + 2]
        if not b"\r\n".startswith(found):
            raise Malformed("a chunk is longer than it says")
        return len(found) == 2

    def _begin(self, data: bytes, at: int) -> int:
        """Read the line that begins a chunk, if it has come; where its content begins."""
        end = data.find(b"\n", at, at + CHUNK_LINE_MAX)
        if end < 0:
            if len(data) - at >= CHUNK_LINE_MAX:
                raise Malformed("a chunk's size is too long")
            return at
        found = _CHUNK_LINE.fullmatch(data, at, end + 1)
        if found is None:
            raise Malformed("a chunk's size is no hexadecimal number")
        size = int(found[1], 16)
        self._trailing = not size
        self._left = size + 2 if size else 0
        return end + 1

    def _trail(self, data: bytes, at: int) -> bytes:
        """Read the trailers, if all have come; what comes after the message."""
        if data.startswith(b"\r\n", at):
            end = at
        else:
            end = data.find(b"\r\n\r\n", at) + 2
            if end < 2:
                if len(data) - at > TRAILER_BYTES_MAX:
                    raise Malformed("the trailers are too long", status=431, code=codes.TOO_LARGE)
                self._held = data[at:]
                return b""
        self.trailers = _travelling(data[at:end])
        self.done = True
        return data[end + 2 :]


def _travelling(block: bytes) -> bytes:
    """The trailers that may travel on.

    Raises:
        Malformed: a line is no field.
    """
    kept = []
    for line in block.splitlines(keepends=True):
        found = _TRAILER.fullmatch(line)
        if found is None:
            raise Malformed("a trailer is no header field")
        if may_trail(found[1]):
            kept.append(line)
    return b"".join(kept)


def chunk(content: bytes) -> bytes:
    """Content as one chunk; not for none, which would end the body."""
    assert content
    return b"%x\r\n%b\r\n" % (len(content), content)


def last_chunk(trailers: bytes = b"") -> bytes:
    """The end of a chunked body."""
    return b"0\r\n%b\r\n" % trailers if trailers else LAST_CHUNK
