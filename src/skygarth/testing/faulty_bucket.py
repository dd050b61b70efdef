"""A bucket whose requests fail as they are told to.

What a network can do to a request, and no more: it may never arrive, arrive and
its answer be lost, arrive long after its sender gave up, or arrive twice; a
listing may be an earlier one; bytes may be damaged on the way. A `PUT` that
raises may therefore have happened, or may happen still (REP-11).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from skygarth.bucket.port import Bucket, Content, Entry
from skygarth.model.errors import Unavailable

Answer = TypeVar("Answer")

LISTINGS_KEPT = 4


class Fate(StrEnum):
    """What becomes of one request."""

    FINE = "fine"
    LOST = "lost"
    UNANSWERED = "unanswered"
    LATE = "late"
    TWICE = "twice"
    STALE = "stale"
    DAMAGED = "damaged"


class Request(StrEnum):
    """What a fate is asked for."""

    GET = "get"
    PUT = "put"
    LIST = "list"
    DELETE = "delete"


Fates = Callable[[Request, str], Fate]
"""Decides on each request, by its kind and key (or prefix)."""

Postpone = Callable[[Callable[[], None]], None]
"""Has something done later."""


class FaultyBucket:
    """A bucket behind a bad network.

    Args:
        inner: the bucket itself.
        fates: what becomes of each request.
        postpone: takes writes that arrive late or twice.
    """

    def __init__(self, inner: Bucket, fates: Fates, postpone: Postpone) -> None:
        self._inner = inner
        self._fates = fates
        self._postpone = postpone
        self._listings: dict[str, list[list[Entry]]] = {}

    @property
    def url(self) -> str:
        """Where the inner bucket is."""
        return self._inner.url

    def get(self, key: str) -> Content:
        """Read an object whole; a damaged answer differs in one byte."""
        content, fate = self._read(key, lambda: self._inner.get(key))
        return _damaged(content) if fate is Fate.DAMAGED else content

    def get_if_changed(self, key: str, etag: str | None) -> Content | None:
        """Read an object unless its mark is still `etag`."""
        content, fate = self._read(key, lambda: self._inner.get_if_changed(key, etag))
        return _damaged(content) if content and fate is Fate.DAMAGED else content

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part of an object."""
        return self._read(key, lambda: self._inner.get_range(key, start, length))[0]

    def put(self, key: str, body: bytes) -> None:
        """Write an object, over whatever is there."""
        self._write(Request.PUT, key, lambda: self._inner.put(key, body))

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Write an object unless its key exists."""
        return self._write(Request.PUT, key, lambda: self._inner.put_if_absent(key, body))

    def list(self, prefix: str) -> list[Entry]:
        """Every object below a prefix; a stale answer is one that was given before."""
        fate = self._fates(Request.LIST, prefix)
        if fate in {Fate.LOST, Fate.UNANSWERED, Fate.LATE}:
            raise _no_answer(Request.LIST, prefix)
        given = self._listings.setdefault(prefix, [])
        given.append(self._inner.list(prefix))
        del given[:-LISTINGS_KEPT]
        return given[0] if fate is Fate.STALE else given[-1]

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        self._write(Request.DELETE, key, lambda: self._inner.delete(key))

    def now_ms(self) -> int | None:
        """The bucket's own clock."""
        return self._read("probe/clock", self._inner.now_ms)[0]

    def close(self) -> None:
        """Close the inner bucket."""
        self._inner.close()

    def _read(self, key: str, request: Callable[[], Answer]) -> tuple[Answer, Fate]:
        fate = self._fates(Request.GET, key)
        if fate in {Fate.LOST, Fate.UNANSWERED, Fate.LATE}:
            raise _no_answer(Request.GET, key)
        return request(), fate

    def _write(self, kind: Request, key: str, request: Callable[[], Answer]) -> Answer:
        match self._fates(kind, key):
            case Fate.LOST:
                raise _no_answer(kind, key)
            case Fate.UNANSWERED:
                request()
                raise _no_answer(kind, key)
            case Fate.LATE:
                self._postpone(lambda: _forget(request))
                raise _no_answer(kind, key)
            case Fate.TWICE:
                self._postpone(lambda: _forget(request))
        return request()


def _forget(request: Callable[[], object]) -> None:
    """Make a request whose answer nobody waits for."""
    request()


def _damaged(content: Content) -> Content:
    """The same object, one byte of it changed on the way."""
    middle = len(content.body) // 2
    body = bytearray(content.body)
    if body:
        body[middle] ^= 0xFF
    return Content(bytes(body), content.etag, content.modified_ms)


def _no_answer(kind: Request, key: str) -> Unavailable:
    return Unavailable(
        f"a request was not answered. request='{kind}' key={key!r}",
        code="SG-BUCKET-001",
        hint="it may have been carried out",
    )
