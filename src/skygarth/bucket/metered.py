"""Counting: what a node asks of its bucket, by price class, and what that costs.

The meter stands next to the store, inside the retries, since each try is
billed. A request counts when it is made, whatever becomes of it: a 404, a 304
and a 412 cost as much as a success.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from threading import Lock

from skygarth.bucket.port import Bucket, Content, Entry
from skygarth.bucket.prices import S3_US_EAST_1, SECONDS_A_MONTH, Prices

LIST_PAGE_ENTRIES = 1000
"""Stores answer a listing in pages of so many, each billed as one request."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Requests and bytes since a meter was made.

    Attributes:
        puts: writes, create-only ones included.
        gets: reads, of ranges and conditional ones included.
        gets_unchanged: those reads that found nothing new (304).
        lists: pages of listings.
        deletes: removals.
        bytes_put: bytes of bodies written.
        bytes_got: bytes of bodies read.
    """

    puts: int = 0
    gets: int = 0
    gets_unchanged: int = 0
    lists: int = 0
    deletes: int = 0
    bytes_put: int = 0
    bytes_got: int = 0

    @property
    def requests(self) -> int:
        """All requests together."""
        return self.puts + self.gets + self.lists + self.deletes

    def since(self, earlier: Usage) -> Usage:
        """What was added after an earlier snapshot of the same meter."""
        names = [field.name for field in fields(self)]
        return Usage(**{name: getattr(self, name) - getattr(earlier, name) for name in names})

    def dollars(self, prices: Prices = S3_US_EAST_1) -> float:
        """What these requests cost."""
        millionths = (
            self.puts * prices.put
            + self.gets * prices.get
            + self.lists * prices.list
            + self.deletes * prices.delete
        )
        return millionths / 1_000_000

    def dollars_a_month(self, seconds: float, prices: Prices = S3_US_EAST_1) -> float:
        """What a month costs that goes on like the `seconds` in which this was used."""
        assert seconds > 0
        return self.dollars(prices) * SECONDS_A_MONTH / seconds


class Meter:
    """Adds up requests; any number of threads and buckets may share one."""

    def __init__(self) -> None:
        self._usage = Usage()
        self._lock = Lock()

    def snapshot(self) -> Usage:
        """What was used so far."""
        return self._usage

    def add(
        self,
        *,
        puts: int = 0,
        gets: int = 0,
        gets_unchanged: int = 0,
        lists: int = 0,
        deletes: int = 0,
        bytes_put: int = 0,
        bytes_got: int = 0,
    ) -> None:
        """Count some requests and bytes."""
        with self._lock:
            used = self._usage
            self._usage = replace(
                used,
                puts=used.puts + puts,
                gets=used.gets + gets,
                gets_unchanged=used.gets_unchanged + gets_unchanged,
                lists=used.lists + lists,
                deletes=used.deletes + deletes,
                bytes_put=used.bytes_put + bytes_put,
                bytes_got=used.bytes_got + bytes_got,
            )


class MeteredBucket:
    """A bucket that counts what is asked of another."""

    def __init__(self, inner: Bucket, meter: Meter) -> None:
        self._inner = inner
        self._meter = meter

    @property
    def url(self) -> str:
        """Where the inner bucket is."""
        return self._inner.url

    def get(self, key: str) -> Content:
        """Read an object whole: one get."""
        self._meter.add(gets=1)
        content = self._inner.get(key)
        self._meter.add(bytes_got=len(content.body))
        return content

    def get_if_changed(self, key: str, etag: str | None) -> Content | None:
        """Read an object unless its mark is still `etag`: one get either way."""
        self._meter.add(gets=1)
        content = self._inner.get_if_changed(key, etag)
        if content is None:
            self._meter.add(gets_unchanged=1)
        else:
            self._meter.add(bytes_got=len(content.body))
        return content

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part of an object: one get."""
        self._meter.add(gets=1)
        part = self._inner.get_range(key, start, length)
        self._meter.add(bytes_got=len(part))
        return part

    def put(self, key: str, body: bytes) -> None:
        """Write an object: one put."""
        self._meter.add(puts=1, bytes_put=len(body))
        self._inner.put(key, body)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Write an object unless its key exists: one put either way."""
        self._meter.add(puts=1, bytes_put=len(body))
        return self._inner.put_if_absent(key, body)

    def list(self, prefix: str) -> list[Entry]:
        """List objects: one list for each page of a thousand."""
        self._meter.add(lists=1)
        entries = self._inner.list(prefix)
        self._meter.add(lists=max(0, len(entries) - 1) // LIST_PAGE_ENTRIES)
        return entries

    def delete(self, key: str) -> None:
        """Remove an object: one delete."""
        self._meter.add(deletes=1)
        self._inner.delete(key)

    def now_ms(self) -> int | None:
        """Measure the bucket's clock: one put and one get."""
        self._meter.add(puts=1, gets=1)
        return self._inner.now_ms()

    def close(self) -> None:
        """Close the inner bucket; the meter stays."""
        self._inner.close()
