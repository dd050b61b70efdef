"""What a front-end answers itself: its health, and that there is no answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from skygarth.routing.faults import RETRY_SECONDS

_REASONS: Mapping[int, bytes] = {
    200: b"OK",
    400: b"Bad Request",
    408: b"Request Timeout",
    417: b"Expectation Failed",
    431: b"Request Header Fields Too Large",
    501: b"Not Implemented",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Gateway Timeout",
    505: b"HTTP Version Not Supported",
}


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """A whole answer of the front-end's own."""

    status: int
    media_type: str
    body: bytes

    def written(self, *, is_head: bool, ends: bool) -> bytes:
        """Its bytes.

        Args:
            is_head: it answers a HEAD, so the body is left out.
            ends: the connection ends with it.
        """
        return (
            b"HTTP/1.1 %d %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n"
            b"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n%b%b\r\n%b"
            % (
                self.status,
                _REASONS.get(self.status, b"Refused"),
                self.media_type.encode("ascii"),
                len(self.body),
                b"Retry-After: %d\r\n" % RETRY_SECONDS if self.status == 503 else b"",
                b"Connection: close\r\n" if ends else b"",
                b"" if is_head else self.body,
            )
        )


Own = Mapping[bytes, Callable[[], OwnAnswer]]
"""By path, what is answered without asking a node."""
