"""The key that all nodes of a cloud share, by which they know each other's words.

One secret, made once, given to every node. It signs what nodes say to each other
and what an operator publishes for them; the bucket never sees it. For each purpose a
key of its own is derived, so that no signature can be carried from one to another. To
exchange it, nodes first accept the new one beside the old, then sign with it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from skygarth.model.errors import Invalid

KEY_BYTES = 32
BAD_KEY = "SG-KEY-001"
_MARK = "skykey_"
_WRITTEN = re.compile(rf"{_MARK}([0-9a-f]{{{2 * KEY_BYTES}}})")
_ID_DIGITS = 8


@dataclass(frozen=True, slots=True, repr=False)
class ClusterKey:
    """One key; neither its text nor its bytes show in messages."""

    secret: bytes

    def __post_init__(self) -> None:
        assert len(self.secret) == KEY_BYTES

    def __repr__(self) -> str:
        return f"ClusterKey({self.id})"

    @property
    def id(self) -> str:
        """What people call it: 8 hexadecimal digits that do not tell the key."""
        return hashlib.sha256(b"skygarth key id\0" + self.secret).hexdigest()[:_ID_DIGITS]

    @property
    def text(self) -> str:
        """As it stands in a file."""
        return _MARK + self.secret.hex()

    def derived(self, purpose: str) -> bytes:
        """The key for one purpose alone."""
        return hmac.new(self.secret, b"skygarth purpose\0" + purpose.encode(), "sha256").digest()


def parse_key(text: str) -> ClusterKey:
    """The key that a file or a variable holds.

    Raises:
        Invalid: it is none (SG-KEY-001).
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise Invalid(
            "this is no cluster key",
            code=BAD_KEY,
            hint="`skygarth keys create --out FILE` makes one; give the same to every node",
        )
    return ClusterKey(bytes.fromhex(found[1]))


class _Hmac:
    """HMAC-SHA-256 (RFC 2104) whose two hashes have read the key already: half the time.

    Every forwarded request is signed; ``hmac`` reads the key anew each time.
    """

    def __init__(self, key: bytes) -> None:
        assert len(key) <= 64, "a longer key would have to be hashed first"
        padded = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in padded))
        self._outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in padded))

    def hashed(self, message: bytes) -> str:
        """The keyed hash, in hexadecimal digits."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.hexdigest()


class ClusterSigner:
    """Signs and verifies for one purpose.

    A signature is the id of its key and a keyed hash, hexadecimal digits all: it
    stands in a header or in JSON as it is.
    """

    def __init__(self, keys: Sequence[ClusterKey], purpose: str) -> None:
        assert keys
        self._first = keys[0].id
        self._derived = {key.id: _Hmac(key.derived(purpose)) for key in keys}

    def sign(self, message: bytes) -> str:
        """The signature by the newest key."""
        return self._first + self._hashed(self._first, message)

    def verify(self, message: bytes, signature: str) -> bool:
        """Whether one of the keys gave this signature for these bytes."""
        key = signature[:_ID_DIGITS]
        if key not in self._derived or not signature.isascii():
            return False
        return hmac.compare_digest(self._hashed(key, message), signature[_ID_DIGITS:])

    def _hashed(self, key: str, message: bytes) -> str:
        return self._derived[key].hashed(message)


class ClusterKeys:
    """The keys that a node holds: it signs with the first and accepts all."""

    def __init__(self, keys: Sequence[ClusterKey]) -> None:
        self.keys = tuple(keys)

    def __bool__(self) -> bool:
        """Whether there is any key."""
        return bool(self.keys)

    def signer(self, purpose: str) -> ClusterSigner | None:
        """What signs for a purpose, such as ``forward`` or ``application``; None without a key."""
        return ClusterSigner(self.keys, purpose) if self.keys else None
