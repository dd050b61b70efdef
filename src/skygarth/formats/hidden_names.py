"""Names, hidden: a key does not tell which content it names, nor trust who it is (SEA-10).

Chunks and blobs are named by the SHA-256 of their plain bytes. Who holds the bucket
could compute that of a file he knows and look whether it is there. So the 32 bytes are
enciphered: two blocks of AES-256, chained, under a key that the bucket never sees. That
maps names to names one to one, so equal content still meets under one key, and a listing
can be read by whoever may.

Records of trust lie open, and the names that people give to nodes and tokens say much about
whom one deals with. They are enciphered too (AES-SIV, which needs no chance).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from skygarth.formats import bucket_keys as keys

_NO_VECTOR = bytes(16)
NAME_LENGTH_MAX = 200
UNREADABLE = "?"


class HiddenNames:
    """Keys as the bucket has them, and as the rest of Skygarth knows them.

    Args:
        secret: of the first epoch; names outlast epochs, for chunks are shared across them.
    """

    def __init__(self, secret: bytes) -> None:
        key = hmac.new(secret, b"skygarth names", "sha256").digest()
        self._cipher = Cipher(AES(key), CBC(_NO_VECTOR))

    def hidden(self, key: str) -> str:
        """The key under which an object stands in the bucket."""
        return _mapped(key, self._encipher)

    def shown(self, key: str) -> str:
        """The key that `hidden` was given."""
        return _mapped(key, self._decipher)

    def _encipher(self, digest: str) -> str:
        worker = self._cipher.encryptor()
        return (worker.update(bytes.fromhex(digest)) + worker.finalize()).hex()

    def _decipher(self, digest: str) -> str:
        worker = self._cipher.decryptor()
        return (worker.update(bytes.fromhex(digest)) + worker.finalize()).hex()


class HiddenWords:
    """What people call nodes and tokens, as records of trust have it.

    Args:
        secret: of the first epoch.
    """

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESSIV(hmac.new(secret, b"skygarth words", "sha512").digest())

    def hidden(self, owner: str, words: str) -> str:
        """Hexadecimal digits that tell no more than how long the words are.

        Args:
            owner: id of the principal that they are about.
        """
        return self._cipher.encrypt(
            words[:NAME_LENGTH_MAX].encode(errors="replace") + b".", [owner.encode()]
        ).hex()

    def shown(self, owner: str, digits: str) -> str:
        """The words; ``?`` where they are about somebody else, or were altered."""
        try:
            opened = self._cipher.decrypt(bytes.fromhex(digits), [owner.encode()])
        except (InvalidTag, ValueError):
            return UNREADABLE
        return opened[:-1].decode(errors="replace")


def _mapped(key: str, mapping: Callable[[str], str]) -> str:
    digest = keys.parse_chunk_key(key)
    if digest is not None:
        return keys.chunk_key(mapping(digest))
    digest = keys.parse_blob_key(key)
    return key if digest is None else keys.blob_key(mapping(digest))
