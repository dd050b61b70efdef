"""A bucket whose objects are sealed: everything above it sees plain ones (SEA-1, SEA-3).

Segments, snapshots, catalogs, cards, claims, the application's wheels: whatever is put is
sealed for its key and signed, and whatever is read is verified and opened, here and
nowhere else. Three kinds of objects stay readable: the repository's record, which must
tell those without a key what they lack; the records of trust, which are signed
themselves; and what stores are tried out with.

The feature ``sealed`` is fulfilled here. So it is taken off the repository's record for
those above, and put on when they write one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from skygarth.bucket.keyring import Keyring
from skygarth.bucket.port import Bucket, Content, Entry, check_key, check_range
from skygarth.formats import bucket_keys as keys
from skygarth.formats import codes
from skygarth.formats.principals import Principal
from skygarth.formats.records import SEALED, RepositoryRecord, decode_repository, encode_record
from skygarth.formats.sealing import CHANCE_BYTES, SealHeader, damaged, read_sealed, seal
from skygarth.formats.segment import fence_in
from skygarth.formats.trust import MemberNode
from skygarth.model.errors import Conflict, Damaged, NotFound

_READABLE = (keys.TRUST_PREFIX, keys.PROBE_PREFIX)
_BY_CONTENT = (keys.CHUNK_PREFIX, keys.BLOB_PREFIX)


class OrderMemory(Protocol):
    """Remembers across restarts how new the newest state was that was seen (SEA-9)."""

    def load(self) -> dict[str, int]:
        """Order by key."""
        ...

    def save(self, orders: Mapping[str, int]) -> None:
        """All of them, in place of what was remembered."""
        ...


class SealedBucket:
    """Seals what it hands to another bucket, and opens what it gets.

    Args:
        inner: where sealed objects are put.
        keyring: who seals, and whom to believe.
        chance: so many random bytes.
        now_ms: milliseconds since 1970, for the first state of an object that changes.
        orders: remembers the order of `app.json`; without it, it is forgotten with the process.
    """

    def __init__(
        self,
        inner: Bucket,
        keyring: Keyring,
        *,
        chance: Callable[[int], bytes],
        now_ms: Callable[[], int],
        orders: OrderMemory | None = None,
    ) -> None:
        self._inner = inner
        self._keyring = keyring
        self._chance = chance
        self._now_ms = now_ms
        self._orders = orders
        self._seen = orders.load() if orders else {}
        self._given: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where the inner bucket is."""
        return self._inner.url

    def get(self, key: str) -> Content:
        """Read and open an object.

        Raises:
            Damaged: it is not what a member of the repository put there.
        """
        if key.startswith(_READABLE):
            return self._inner.get(key)
        return self._opened(key, self._inner.get(self._hidden(key)))

    def get_if_changed(self, key: str, etag: str | None) -> Content | None:
        """Read and open an object unless its mark is still `etag`."""
        if key.startswith(_READABLE):
            return self._inner.get_if_changed(key, etag)
        content = self._inner.get_if_changed(self._hidden(key), etag)
        return None if content is None else self._opened(key, content)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """A part of an opened object; it is read whole, for a part cannot be verified."""
        if key.startswith(_READABLE):
            return self._inner.get_range(key, start, length)
        body = self.get(key).body
        check_range(self.url, key, start, len(body))
        return body[start : start + length]

    def put(self, key: str, body: bytes) -> None:
        """Seal and write an object, over whatever is there."""
        self._inner.put(self._hidden(key), self._sealed(key, body))

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Seal and write an object unless its key exists."""
        return self._inner.put_if_absent(self._hidden(key), self._sealed(key, body))

    def list(self, prefix: str) -> list[Entry]:
        """Every object whose key begins with `prefix`; sizes are those of sealed objects."""
        folder = next((folder for folder in _BY_CONTENT if prefix.startswith(folder)), "")
        if not folder and prefix:
            return self._inner.list(prefix)
        names = self._keyring.names()
        entries = [
            replace(entry, key=names.shown(entry.key))
            for entry in self._inner.list(folder or prefix)
        ]
        return sorted(
            (entry for entry in entries if entry.key.startswith(prefix)),
            key=lambda entry: entry.key.encode(),
        )

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        self._inner.delete(self._hidden(key))

    def now_ms(self) -> int | None:
        """The bucket's own clock."""
        return self._inner.now_ms()

    def close(self) -> None:
        """Close the inner bucket."""
        self._inner.close()

    # -- opening -------------------------------------------------------------------------

    def _opened(self, key: str, content: Content) -> Content:
        if key == keys.REPOSITORY_KEY:
            return replace(content, body=self._record_without_seal(content.body))
        hidden = self._hidden(key)
        found = read_sealed(content.body, key=hidden, repository=self._keyring.repository)
        member = self._keyring.member(found.header)
        signer = self._keyring.trust.signer(found.header.signer)
        assert signer is not None
        found.refuse_forged(signer)
        _refuse_expelled(key, found.header, member)
        plain = found.open(self._keyring.secret(hidden, found.header.epoch))
        _refuse_foreign_log(key, signer, plain)
        self._refuse_older(key, found.header.order)
        return replace(content, body=plain)

    def _record_without_seal(self, body: bytes) -> bytes:
        """The repository's record as those above see it.

        Raises:
            Conflict: it is another repository's, or not sealed (SG-SEAL-019).
        """
        record = decode_repository(body, has_key=True)
        expected = self._keyring.repository
        if record.repository != expected or SEALED not in record.features:
            fault = "is another repository's" if record.repository != expected else "is not sealed"
            raise Conflict(
                f"the bucket {fault}, and this node has a key. "
                f"repository='{record.repository}' expected='{expected}'",
                code=codes.KEY_UNSEALED,
                hint="point the node at its own bucket; for one that is not sealed give it a"
                " data folder without node.key, and no replication.key."
                " Was repo.json altered? Then put it back",
            )
        self._keyring.newest()
        features = tuple(name for name in record.features if name != SEALED)
        return encode_record(replace(record, features=features))

    def _refuse_older(self, key: str, order: int) -> None:
        """Raise if a state that was seen is followed by an earlier one (SEA-9)."""
        if not _changes(key):
            return
        with self._lock:
            known = self._seen.get(key, 0)
            if order > known:
                self._seen[key] = order
                self._remember(key)
        if order < known:
            fault = f"an older state was put back. order={order} seen={known}"
            raise damaged(key, fault, codes.SEAL_OLD)

    def _remember(self, key: str) -> None:
        """Of `app.json` alone: an older one would bring back software that was replaced."""
        if key == keys.APPLICATION_KEY and self._orders is not None:
            self._orders.save({key: self._seen[key]})

    # -- sealing -------------------------------------------------------------------------

    def _sealed(self, key: str, body: bytes) -> bytes:
        if key.startswith(_READABLE):
            return body
        if key == keys.REPOSITORY_KEY:
            return self._record_with_seal(body)
        check_key(key)  # what no bucket takes cannot stand in a header either
        epoch, secret = self._keyring.newest()
        return seal(
            body,
            key=self._hidden(key),
            repository=self._keyring.repository,
            epoch=epoch,
            secret=secret,
            signer=self._keyring.identity.id,
            sign=self._keyring.identity.sign,
            chance=self._chance(CHANCE_BYTES),
            order=self._next_order(key),
        )

    def _record_with_seal(self, body: bytes) -> bytes:
        """The repository's record as the bucket has it, after the log of trust it needs.

        Raises:
            Conflict: the bucket was empty; a node founds no sealed repository (SG-SEAL-020).
        """
        record: RepositoryRecord = decode_repository(body)
        if record.repository != self._keyring.repository:
            raise Conflict(
                "the bucket holds no repository, and this node has the key of one. "
                f"repository='{self._keyring.repository}'",
                code=codes.KEY_EMPTY,
                hint="`skygarth keys found` makes a sealed repository; a bucket that was emptied"
                " is filled by `skygarth sync refill` on the node that holds most",
            )
        self._keyring.put_back()
        return encode_record(replace(record, features=(*record.features, SEALED)))

    def _next_order(self, key: str) -> int:
        """Greater than that of any state before, whatever process wrote it (SEA-9)."""
        if not _changes(key):
            return 0
        if key not in self._given or not _has_one_writer(key):
            with suppress(NotFound, Damaged):  # else it is nothing that anybody would believe
                self.get(key)
        with self._lock:
            last = max(self._seen.get(key, 0), self._given.get(key, 0))
            # Without a state to follow, time serves: others may remember one that is gone.
            self._given[key] = (last or self._now_ms()) + 1
            return self._given[key]

    def _hidden(self, key: str) -> str:
        return self._keyring.names().hidden(key) if key.startswith(_BY_CONTENT) else key


def _changes(key: str) -> bool:
    """Whether an object is replaced by later states, each of which is to be told from the last."""
    return key == keys.APPLICATION_KEY or keys.parse_node_key(key) is not None


def _has_one_writer(key: str) -> bool:
    """Whether only the node that it tells about writes an object: cards and acks."""
    return keys.parse_card_key(key) is not None or keys.parse_ack_key(key) is not None


def _refuse_foreign_log(key: str, signer: Principal, plain: bytes) -> None:
    """Raise if an object may only be written by another node (SEA-6).

    Raises:
        Damaged: it is another one's (SG-SEAL-011).
    """
    position = keys.parse_segment_key(key)
    owner = keys.parse_card_key(key) or keys.parse_ack_key(key)
    if position is not None:
        owner = position.incarnation
    if owner is None or signer.owns(owner):
        return
    if position is not None:
        with suppress(Damaged):  # then it is no segment at all, and foreign before anything else
            fencing = fence_in(plain)
            if fencing is not None and signer.owns(fencing):
                return
    fault = f"its log is another one's than who signed it. signer='{signer.id}'"
    raise damaged(key, fault, codes.SEAL_WRITER)


def _refuse_expelled(key: str, header: SealHeader, member: MemberNode | None) -> None:
    """Raise if a node may not write there any more (SEA-8).

    Raises:
        Damaged: it was expelled before it wrote this, as far as one can tell (SG-SEAL-012).
    """
    if member is None or not member.expelled_in:
        return
    is_late = header.epoch >= member.expelled_in
    position = keys.parse_segment_key(key)
    if position is not None and member.principal.owns(position.incarnation):
        is_late |= position.sequence > member.logs.get(position.incarnation, 0)
    if is_late or _changes(key) or key == keys.HINT_KEY:
        fault = f"who signed it was expelled. signer='{header.signer}'"
        raise damaged(key, fault, codes.SEAL_EXPELLED)
