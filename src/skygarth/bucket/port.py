"""The port: all that Skygarth ever asks of a bucket, in nine requests.

A bucket is a flat map from keys to immutable bytes. Convergence needs only
`put`, `get` and `list`; `put_if_absent` is a defence against clones, never a
requirement on the normal path. Whatever can't be had from S3, Google Cloud
Storage, Azure and a folder alike is not in here.

Every request raises, besides what its own docstring names:

- `Unavailable`: network, timeout, 5xx, "slow down", a full disk. Try again.
- `Denied`: the credentials are wrong or lack this right.
- `Invalid`: a key or an address that cannot be; the caller's mistake.
- `NotFound` with code ``SG-BUCKET-005``: the bucket itself does not exist.
- `Unsupported`: the store refuses this kind of request for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from skygarth.bucket import codes
from skygarth.model.errors import Invalid, NotFound

KEY_BYTES_MAX = 900
"""S3 allows 1024 bytes for a key; the rest is left for the bucket's own prefix."""

PART_BYTES_MAX = 200
"""File systems allow 255 bytes for a name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a listing.

    Attributes:
        key: the whole key, the listing's prefix included.
        size: bytes of the object.
        modified_ms: when it was written by the bucket's own clock, in
            milliseconds since 1970; S3 rounds down to whole seconds.
        etag: the store's mark of this content where a listing tells it.
    """

    key: str
    size: int
    modified_ms: int
    etag: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """One object as read.

    Attributes:
        body: all its bytes.
        etag: the store's mark of this content, for `Bucket.get_if_changed`.
        modified_ms: as in `Entry`.
    """

    body: bytes
    etag: str | None
    modified_ms: int


class Bucket(Protocol):
    """A place where all nodes of a cloud put bytes under keys. Threads may share one."""

    @property
    def url(self) -> str:
        """Where it is, without secrets, for messages and people."""
        ...

    def get(self, key: str) -> Content:
        """Read an object whole. Raises `NotFound` (``SG-BUCKET-404``)."""
        ...

    def get_if_changed(self, key: str, etag: str | None) -> Content | None:
        """Read an object unless its mark is still `etag`: then None.

        With `etag` None this is `get`. Raises `NotFound` (``SG-BUCKET-404``).
        """
        ...

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read `length` bytes from offset `start`, fewer where the object ends before.

        Raises `NotFound` (``SG-BUCKET-404``), and `Invalid`
        (``SG-BUCKET-011``) where the object ends at or before `start`.
        """
        ...

    def put(self, key: str, body: bytes) -> None:
        """Write an object, over whatever is there. Readers see all of it or nothing.

        A put that raises may have succeeded: the answer was lost, not the
        request. Putting the same bytes once more is always safe.
        """
        ...

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Write an object unless its key exists; of racing writers exactly one gets True.

        False: the key exists already and holds whatever it held. A call that
        raises may have succeeded, so a False after a failed try may speak of
        this writer's own object: read it back and compare.

        On a store without conditional writes this may overwrite and return
        True (``SG-BUCKET-004`` by `probe_bucket`) or raise `Unsupported`.
        """
        ...

    def list(self, prefix: str) -> list[Entry]:
        """Every object whose key begins with `prefix`, by the order of their keys' bytes.

        All pages, sorted here whatever the store does. A prefix that ends
        with "/" costs the least; any other may read its whole folder.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that is absent already is fine."""
        ...

    def now_ms(self) -> int | None:
        """The bucket's own clock, in milliseconds since 1970; None if it can't be told.

        Measured anew at each call, by an object written for it and read back
        (one put, one get). S3 tells whole seconds: up to one second early.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds; requests afterwards are a mistake."""
        ...


CLOCK_KEY = "probe/clock/now"
"""The one key that `Bucket.now_ms` may write. Anybody may overwrite it at any time."""


def check_key(key: str) -> None:
    """Refuse a key that some store would mangle or that could escape a folder.

    A key is parts joined by "/". No part is empty, begins with a dot or is
    longer than `PART_BYTES_MAX` bytes; no control character, no backslash.
    """
    fault = _fault_of_key(key)
    if fault:
        raise Invalid(
            f"a bucket cannot hold this key: {fault}. key={key!r}",
            code=codes.BAD_KEY,
            hint="use parts of letters, digits, '-', '_' and '.' joined by single '/'",
        )


def check_prefix(prefix: str) -> None:
    """Refuse a prefix that no valid key could begin with."""
    if prefix:
        check_key(prefix.removesuffix("/"))


def check_range(url: str, key: str, start: int, size: int) -> None:
    """Refuse a range that begins at or beyond an object's end."""
    if start >= size:
        raise Invalid(
            f"the range begins beyond the end of an object in {url}. "
            f"key={key!r} start='{start}' size='{size}'",
            code=codes.BAD_RANGE,
            hint="list the key to learn its size",
        )


def no_such_key(url: str, key: str) -> NotFound:
    """The error that every implementation raises for an absent key."""
    return NotFound(f"no such key in {url}. key={key!r}", code=codes.NO_KEY)


def _fault_of_key(key: str) -> str:
    """What is wrong with `key`, or nothing."""
    try:
        encoded = key.encode()
    except UnicodeEncodeError:
        return "it is not valid Unicode"
    if len(encoded) > KEY_BYTES_MAX:
        return f"it is longer than {KEY_BYTES_MAX} bytes"
    if any(ord(letter) < 32 or letter in "\\\x7f" for letter in key):
        return "it holds a control character or a backslash"
    return next(filter(None, map(_fault_of_part, key.split("/"))), "")


def _fault_of_part(part: str) -> str:
    """What is wrong with one part of a key, or nothing."""
    if not part:
        return "a part is empty"
    if part.startswith("."):
        return "a part begins with a dot"
    if len(part.encode()) > PART_BYTES_MAX:
        return f"a part is longer than {PART_BYTES_MAX} bytes"
    return ""
