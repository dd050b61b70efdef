"""One node at a time: a turn at a chore, taken in the bucket (docs/protocol/claims.md).

::

    claim = claims.take("dns-sweep", seconds=30)
    if claim is not None:
        for record in dead_records():
            if not claim.is_held:
                break
            remove(record)
        claim.release()

A node that is frozen in the middle wakes without knowing: so whatever is done
under a claim must bear a second node that does it too, or carry the claim's number.
"""

from __future__ import annotations

from collections.abc import Callable

from skygarth.bucket.port import Bucket, Entry
from skygarth.formats import bucket_keys as keys
from skygarth.formats.claim_record import ClaimRecord, decode_claim, encode_claim
from skygarth.model.errors import Damaged, NotFound

GRACE_SECONDS = 2.0
"""A store that tells whole seconds may date a claim this much too early."""
UNREADABLE_SECONDS = 3600.0


class Claims:
    """Takes claims for one node.

    Args:
        owner: tells who claims: this node's incarnation as of now.
        monotonic: seconds that never go back.
        nonce: gives a text that was never given before.
    """

    def __init__(
        self,
        bucket: Bucket,
        *,
        owner: Callable[[], str],
        monotonic: Callable[[], float],
        nonce: Callable[[], str],
    ) -> None:
        self._bucket = bucket
        self._owner = owner
        self._monotonic = monotonic
        self._nonce = nonce

    def take(self, name: str, seconds: float) -> Claim | None:
        """A claim on a chore; None if another node has it.

        Args:
            name: 1 to 40 of ``a-z``, ``0-9`` and ``-``.
            seconds: how long it lasts unless it is renewed.

        Raises:
            Unavailable: the bucket does not answer; it may have been taken, until it is over.
        """
        standing = self._standing(name)
        if standing is not None and not self._is_free(standing[1]):
            return None
        number = standing[0] + 1 if standing is not None else 1
        began = self._monotonic()
        record = ClaimRecord(self._owner(), self._nonce(), seconds)
        if not self._create(name, number, record):
            return None
        return Claim(self, name, number, began + seconds, seconds)

    def holder(self, name: str) -> str | None:
        """Whose turn it is, as far as this node can see; None if it is nobody's."""
        standing = self._standing(name)
        if standing is None or self._is_free(standing[1]):
            return None
        return self._read(standing[1]).owner

    def release_all_of(self, owner: str) -> list[str]:
        """Free the chores of somebody who is known to be gone for good; their names.

        Raises:
            Unavailable: the bucket does not answer.
        """
        names = sorted({name for name, _, _ in self._all_entries()})
        return [name for name in names if self._release_of(name, owner)]

    def _release_of(self, name: str, owner: str) -> bool:
        standing = self._standing(name)
        if standing is None or self._is_free(standing[1]):
            return False
        if self._read(standing[1]).owner != owner:
            return False
        record = ClaimRecord(self._owner(), self._nonce(), 0.0, released=True)
        return self._create(name, standing[0] + 1, record)

    def _extend(self, claim: Claim, seconds: float, *, released: bool) -> float | None:
        """Create the next number; until when it is held, None if another was first (CLM-5)."""
        began = self._monotonic()
        record = ClaimRecord(self._owner(), self._nonce(), seconds, released)
        if not self._create(claim.name, claim.number + 1, record):
            return None
        return began + seconds

    def _create(self, name: str, number: int, record: ClaimRecord) -> bool:
        key = keys.claim_key(name, number)
        body = encode_claim(record)
        # An answer may have been lost and the request repeated: then it is there, and ours.
        if not self._bucket.put_if_absent(key, body) and not self._is_there(key, body):
            return False
        greatest = self._standing(name)
        if greatest is None or greatest[0] != number:
            self._bucket.delete(key)  # CLM-4
            return False
        self._sweep(name, number)
        return True

    def _is_there(self, key: str, body: bytes) -> bool:
        try:
            return self._bucket.get(key).body == body
        except (NotFound, Damaged):
            return False

    def _sweep(self, name: str, below: int) -> None:
        for number, entry in self._entries(name):
            if number < below:
                self._bucket.delete(entry.key)

    def _standing(self, name: str) -> tuple[int, Entry] | None:
        """The greatest number, and where it stands."""
        return max(self._entries(name), key=lambda each: each[0], default=None)

    def _entries(self, name: str) -> list[tuple[int, Entry]]:
        return [(number, entry) for each, number, entry in self._all_entries() if each == name]

    def _all_entries(self) -> list[tuple[str, int, Entry]]:
        found = []
        for entry in self._bucket.list(keys.CLAIM_PREFIX):
            parsed = keys.parse_claim_key(entry.key)
            if parsed is not None:
                found.append((*parsed, entry))
        return found

    def _is_free(self, entry: Entry) -> bool:
        """Whether the claim that stands there is released or over (CLM-2)."""
        record = self._read(entry)
        if record.released:
            return True
        now = self._bucket.now_ms()
        if now is None:
            return False  # a store that tells no time cannot say that it is over
        return now - entry.modified_ms > (record.seconds + GRACE_SECONDS) * 1000

    def _read(self, entry: Entry) -> ClaimRecord:
        try:
            return decode_claim(self._bucket.get(entry.key).body)
        except Damaged:
            return ClaimRecord("", "", UNREADABLE_SECONDS)  # CLM-6
        except NotFound:
            return ClaimRecord("", "", UNREADABLE_SECONDS)  # a greater one has just replaced it


class Claim:
    """A turn at a chore.

    Attributes:
        number: the fencing number, greater than that of every claim before.
    """

    def __init__(
        self, claims: Claims, name: str, number: int, until: float, seconds: float
    ) -> None:
        self.name = name
        self.number = number
        self._claims = claims
        self._until = until
        self._seconds = seconds

    @property
    def is_held(self) -> bool:
        """Whether it lasts still, by this node's own clock (CLM-3)."""
        return self._claims._monotonic() < self._until  # noqa: SLF001 - two halves of one thing

    def renew(self) -> bool:
        """Hold it for as long again from now; False if it is another's by now.

        Raises:
            Unavailable: the bucket does not answer; it lasts until it would have ended.
        """
        until = self._claims._extend(self, self._seconds, released=False)  # noqa: SLF001
        if until is None:
            self._until = float("-inf")
            return False
        self._until = until
        self.number += 1
        return True

    def release(self) -> None:
        """Let another have it at once.

        Raises:
            Unavailable: the bucket does not answer; it ends by itself.
        """
        self._until = float("-inf")
        self._claims._extend(self, 0.0, released=True)  # noqa: SLF001
