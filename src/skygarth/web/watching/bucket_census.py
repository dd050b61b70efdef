"""How much a bucket holds: keys and bytes by what they are, counted while somebody looks.

Stores don't tell their size; one lists all keys, a thousand for each request that
is billed. So nobody counts who is not asked, nobody counts again within ten
minutes, and beyond `KEYS_MAX` keys within the hour: a page that stays open all
month must not show up on the bill.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from skygarth.bucket.port import Bucket, Entry
from skygarth.formats import bucket_keys as keys
from skygarth.model.errors import SkygarthError

FRESH_SECONDS = 600.0
LARGE_FRESH_SECONDS = 3600.0
KEYS_MAX = 20_000

_KINDS = (
    (keys.TAIL_PREFIX, "segments"),
    (keys.SNAPSHOT_PREFIX, "snapshots"),
    (keys.CHUNK_PREFIX, "chunks"),
    (keys.BLOB_PREFIX, "attachments"),
    (keys.CATALOG_PREFIX, "catalogs"),
    (keys.NODE_PREFIX, "cards"),
    (keys.CLAIM_PREFIX, "claims"),
    (keys.REPOSITORY_KEY, "records"),
    (keys.APPLICATION_KEY, "records"),
    (keys.HINT_KEY, "records"),
)
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a bucket holds of one kind."""

    keys: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Census:
    """What a bucket held when it was counted.

    Attributes:
        kinds: keys and bytes, by kind; kinds that are absent are left out.
        seconds_ago: when that was.
        grown_bytes: since the first count of this process; None before a second one.
        grown_seconds: how long that took.
    """

    kinds: dict[str, Kind]
    seconds_ago: float = 0.0
    grown_bytes: int | None = None
    grown_seconds: float = 0.0

    @property
    def total(self) -> Kind:
        """All of it."""
        return Kind(
            sum(kind.keys for kind in self.kinds.values()),
            sum(kind.bytes for kind in self.kinds.values()),
        )


def count_entries(entries: Iterable[Entry]) -> dict[str, Kind]:
    """Keys and bytes by kind."""
    found: dict[str, Kind] = {}
    for entry in entries:
        name = next((name for prefix, name in _KINDS if entry.key.startswith(prefix)), OTHER)
        before = found.get(name, Kind(0, 0))
        found[name] = Kind(before.keys + 1, before.bytes + entry.size)
    return found


class BucketCensus:
    """Counts in a thread of its own when it is asked and what it has is old.

    Args:
        monotonic: seconds that never go back.
    """

    def __init__(self, bucket: Bucket, monotonic: Callable[[], float]) -> None:
        self._bucket = bucket
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._is_counting = False
        self._first: tuple[float, int] | None = None
        self._last: tuple[float, Census] | None = None
        self._tried = float("-inf")

    def look(self) -> Census | None:
        """What is known; a count that is due begins, and is there when one asks again."""
        now = self._monotonic()
        with self._lock:
            is_due = not self._is_counting and now - self._tried >= self._fresh_seconds
            if is_due:
                self._is_counting, self._tried = True, now
        if is_due:
            threading.Thread(target=self._run, name="skygarth-census", daemon=True).start()
        return self.known

    @property
    def known(self) -> Census | None:
        """What is known, without counting."""
        last = self._last
        return None if last is None else replace(last[1], seconds_ago=self._monotonic() - last[0])

    @property
    def _fresh_seconds(self) -> float:
        last = self._last
        is_large = last is not None and last[1].total.keys > KEYS_MAX
        return LARGE_FRESH_SECONDS if is_large else FRESH_SECONDS

    def _run(self) -> None:
        try:
            self.count()
        except SkygarthError:
            pass  # the bucket is away, and its own alarm says so; the next look comes in its time
        finally:
            with self._lock:
                self._is_counting = False

    def count(self) -> Census:
        """Count now.

        Raises:
            Unavailable: the bucket does not answer.
        """
        kinds = count_entries(self._bucket.list(""))
        at = self._monotonic()
        census = Census(kinds)
        if self._first is None:
            self._first = (at, census.total.bytes)
        else:
            since, before = self._first
            census = replace(
                census, grown_bytes=census.total.bytes - before, grown_seconds=at - since
            )
        self._last = (at, census)
        return census
