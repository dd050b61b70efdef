"""A bucket in an object store: S3 and everything that speaks it, Google Cloud, Azure.

obstore does the talking (Rust's object_store under Python); this file turns
its answers into the port's. Its own retries are nearly off, because
`RetryingBucket` decides and `MeteredBucket` counts. It hides the answers'
headers, so the store's clock is read from the time it gives to an object
written for that purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import obstore
from obstore.exceptions import BaseError, NotModifiedError
from obstore.store import AzureStore, GCSStore, S3Store

from skygarth.bucket.object_store_faults import Attempt, Refusal
from skygarth.bucket.port import (
    CLOCK_KEY,
    Content,
    Entry,
    check_key,
    check_prefix,
    no_such_key,
)

BODY_BYTES_MAX = 5 * 1024**3
"""The most that S3 takes in one request; ours are a thousandth of that."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FAULTS = (BaseError, FileNotFoundError, NotImplementedError, ValueError, OSError)

Store = S3Store | GCSStore | AzureStore


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bucket is and how a person would make it.

    Attributes:
        url: its address without secrets.
        creating: the command that creates it.
    """

    url: str
    creating: str


class ObjectStoreBucket:
    """A bucket behind HTTP. `store_at` makes the store from an address.

    Args:
        store: the connected store, rooted at the bucket's prefix.
        place: what messages say of it.
    """

    def __init__(self, store: Store, place: Place) -> None:
        self.url = place.url
        self._store = store
        self._place = place

    def get(self, key: str) -> Content:
        """Read an object whole."""
        check_key(key)
        return self._read(key, {})

    def get_if_changed(self, key: str, etag: str | None) -> Content | None:
        """Read an object unless its mark is still `etag`."""
        check_key(key)
        if etag is None:
            return self._read(key, {})
        try:
            return self._read(key, {"if_none_match": etag})
        except NotModifiedError:
            return None

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part of an object."""
        assert start >= 0
        assert length > 0
        check_key(key)
        try:
            return bytes(obstore.get_range(self._store, key, start=start, length=length))
        except _FAULTS as fault:
            refusal = Refusal.of(fault)
            if not refusal.ignored_range:
                raise self._explained("get", key, refusal) from fault
        # This store answers a range with the whole object (rclone does).
        body = self.get(key).body
        if start >= len(body):
            raise self._explained("get", key, Refusal(status=416))
        return body[start : start + length]

    def put(self, key: str, body: bytes) -> None:
        """Write an object in one request, over whatever is there."""
        check_key(key)
        assert len(body) <= BODY_BYTES_MAX
        try:
            obstore.put(self._store, key, body, use_multipart=False)
        except _FAULTS as fault:
            raise self._explained("put", key, Refusal.of(fault)) from fault

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Write an object in one request unless its key exists (``If-None-Match: *``)."""
        check_key(key)
        assert len(body) <= BODY_BYTES_MAX
        try:
            obstore.put(self._store, key, body, mode="create", use_multipart=False)
        except _FAULTS as fault:
            refusal = Refusal.of(fault)
            if refusal.exists:
                return False
            raise self._explained("create", key, refusal) from fault
        return True

    def list(self, prefix: str) -> list[Entry]:
        """Every object below a prefix; sorted here, since stores differ in their order."""
        check_prefix(prefix)
        # obstore lists whole folders: what is left of the prefix is matched here.
        folder = prefix.rpartition("/")[0]
        try:
            found = obstore.list(self._store, folder or None, chunk_size=1000).collect()
        except _FAULTS as fault:
            raise self._explained("list", prefix, Refusal.of(fault)) from fault
        entries = [
            Entry(each["path"], each["size"], _milliseconds(each["last_modified"]), each["e_tag"])
            for each in found
            if each["path"].startswith(prefix)
        ]
        entries.sort(key=lambda entry: entry.key)
        return entries

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        check_key(key)
        try:
            obstore.delete(self._store, key)
        except _FAULTS as fault:
            refusal = Refusal.of(fault)
            if refusal.no_key:
                return
            raise self._explained("delete", key, refusal) from fault

    def now_ms(self) -> int | None:
        """The store's clock, from the time it gives to an object written now."""
        self.put(CLOCK_KEY, b"now")
        return self.get(CLOCK_KEY).modified_ms

    def close(self) -> None:
        """Connections close by themselves when idle."""

    def _read(self, key: str, options: obstore.GetOptions) -> Content:
        """Read an object under some conditions; lets `NotModifiedError` through."""
        try:
            answer = obstore.get(self._store, key, options=options)
            body = bytes(answer.bytes())
        except NotModifiedError:
            raise
        except _FAULTS as fault:
            raise self._explained("get", key, Refusal.of(fault)) from fault
        facts = answer.meta
        return Content(body, facts["e_tag"], _milliseconds(facts["last_modified"]))

    def _explained(self, action: str, key: str, refusal: Refusal) -> Exception:
        """The port's error for a refusal."""
        if refusal.no_key and action == "get":
            return no_such_key(self.url, key)
        return refusal.explained(Attempt(action, key, self.url, self._place.creating))


def _milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
