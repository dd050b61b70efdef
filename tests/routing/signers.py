"""Keys for tests."""

from __future__ import annotations

import hashlib
import hmac


class KeySigner:
    """Signs with one key, as the cluster's keys do."""

    def __init__(self, key: bytes = b"key of the cloud") -> None:
        self._key = key

    def sign(self, message: bytes) -> str:
        """A keyed hash."""
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()

    def verify(self, message: bytes, signature: str) -> bool:
        """Whether it is ours."""
        return hmac.compare_digest(self.sign(message), signature)
