"""A bucket in this process's memory: a dict under a lock, and a clock handed in.

It is what the port means, in the fewest lines: the simulation runs on it, and
reading it first makes the other implementations plain.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from threading import Lock

from skygarth.bucket.port import Content, Entry, check_key, check_prefix, check_range, no_such_key


class MemoryBucket:
    """A bucket that lasts as long as this object.

    Args:
        clock: the bucket's own clock, milliseconds since 1970; without one
            every object is from 1970 and `now_ms` says None.
        url: what messages call it.
    """

    def __init__(self, clock: Callable[[], int] | None = None, *, url: str = "memory://") -> None:
        self.url = url
        self._clock = clock
        self._objects: dict[str, Content] = {}
        self._lock = Lock()

    def get(self, key: str) -> Content:
        """Read an object whole."""
        check_key(key)
        with self._lock:
            content = self._objects.get(key)
        if content is None:
            raise no_such_key(self.url, key)
        return content

    def get_if_changed(self, key: str, etag: str | None) -> Content | None:
        """Read an object unless its mark is still `etag`."""
        content = self.get(key)
        return None if content.etag == etag else content

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part of an object."""
        assert start >= 0
        assert length > 0
        body = self.get(key).body
        check_range(self.url, key, start, len(body))
        return body[start : start + length]

    def put(self, key: str, body: bytes) -> None:
        """Write an object, over whatever is there."""
        check_key(key)
        with self._lock:
            self._objects[key] = self._content(body)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Write an object unless its key exists."""
        check_key(key)
        with self._lock:
            if key in self._objects:
                return False
            self._objects[key] = self._content(body)
            return True

    def list(self, prefix: str) -> list[Entry]:
        """Every object below a prefix, by the order of their keys' bytes."""
        check_prefix(prefix)
        with self._lock:
            found = [(key, self._objects[key]) for key in self._objects if key.startswith(prefix)]
        # Code points sort as their UTF-8 bytes do.
        return [
            Entry(key, len(content.body), content.modified_ms, content.etag)
            for key, content in sorted(found, key=lambda pair: pair[0])
        ]

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        check_key(key)
        with self._lock:
            self._objects.pop(key, None)

    def now_ms(self) -> int | None:
        """The clock handed in."""
        return self._clock() if self._clock else None

    def close(self) -> None:
        """Nothing to let go of: the objects stay for the next who opens this name."""

    def _content(self, body: bytes) -> Content:
        """An object written now; its mark depends on the bytes alone, as on S3."""
        mark = blake2b(body, digest_size=16).hexdigest()
        return Content(bytes(body), f'"{mark}"', self._clock() if self._clock else 0)
