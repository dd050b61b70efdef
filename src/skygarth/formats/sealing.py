"""A sealed object: what stands in the bucket in place of a plain one (SEA-3, SEA-4).

::

    offset  bytes  what
    0       8      magic: `SKYGSLD` and a line feed
    8       2      version of the seal, big-endian
    10      4      length of the header, n
    14      n      header: canonical JSON
    14 + n  …      AES-256-GCM over the plain object, with all before as associated data
    end-96  64     Ed25519 signature over the SHA-256 of everything before
    end-32  32     SHA-256 of everything before

The header names the key of the bucket for which the object was sealed, so an object that
is put elsewhere does not open there. Each object has an AES key of its own, derived from
the secret of its epoch and its header; the salt in there comes from chance *and* from the
content. So a machine that was cloned with its random numbers still never seals two
contents under one key, which would undo AES-GCM.

Nothing in here reads a clock or chance, and nothing asks who may sign: that is known to
`skygarth.formats.trust`.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from skygarth.formats import codes
from skygarth.formats.principals import SIGNATURE_BYTES, Principal, PrincipalId
from skygarth.formats.records import RepositoryText
from skygarth.formats.wire import Count, Sequence, StampText, Unreadable, read_json, write_json
from skygarth.model.errors import Damaged, Unsupported

MAGIC = b"SKYGSLD\n"
VERSION = 1
HEADER_BYTES_MAX = 4096
CHANCE_BYTES = 16

_START = struct.Struct(">8sHI")
_HASH_BYTES = 32
_TAG_BYTES = 16
_AFTER_BYTES = SIGNATURE_BYTES + _HASH_BYTES
"""What stands behind the sealed part."""
_NONCE = bytes(12)
"""Each key seals one object, so one nonce serves them all."""


class SealHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What stands before a sealed object, readable by whoever can read the bucket.

    Members of later versions are skipped.

    Attributes:
        epoch: number of the epoch whose secret opens it.
        key: of the bucket, for which it was sealed.
        order: grows with each state of an object that changes; 0 for one that does not (SEA-9).
        repository: id of the repository.
        salt: what makes its AES key its own, hexadecimal.
        signer: id of the principal that signed it.
    """

    epoch: Sequence
    key: str
    order: Count = 0
    repository: RepositoryText
    salt: StampText
    signer: PrincipalId


@dataclass(frozen=True, slots=True)
class SealedObject:
    """A sealed object whose hash is right, that belongs where it stands, and is not yet open."""

    header: SealHeader
    _start: bytes
    _sealed: memoryview
    _signed: bytes
    _signature: bytes

    def refuse_forged(self, signer: Principal) -> None:
        """Raise unless this principal has signed it (SEA-4).

        Raises:
            Damaged: it has not (SG-SEAL-009).
        """
        assert signer.id == self.header.signer
        if not signer.has_signed(self._signed, self._signature):
            raise damaged(self.header.key, "its signature does not fit", codes.SEAL_SIGNATURE)

    def open(self, secret: bytes) -> bytes:
        """The plain object, by the secret of its epoch.

        Raises:
            Damaged: this is another epoch's secret, or somebody altered it (SG-SEAL-014).
        """
        opening = AESGCM(_object_key(secret, self._start))
        try:
            return opening.decrypt(_NONCE, self._sealed, self._start)
        except InvalidTag as cause:
            fault = f"the key of epoch {self.header.epoch} does not open it"
            raise damaged(self.header.key, fault, codes.SEAL_CLOSED) from cause


def seal(
    plain: bytes,
    *,
    key: str,
    repository: str,
    epoch: int,
    secret: bytes,
    signer: str,
    sign: Callable[[bytes], bytes],
    chance: bytes,
    order: int = 0,
) -> bytes:
    """The object to upload.

    Args:
        plain: what is to be sealed.
        key: where in the bucket it will stand.
        secret: of the epoch, 32 bytes.
        signer: id of the principal that `sign` belongs to.
        chance: 16 random bytes.
        order: as in `SealHeader`.
    """
    assert len(chance) == CHANCE_BYTES
    content = hashlib.sha256(plain).digest()
    salt = hmac.new(secret, b"skygarth salt\0" + chance + content, "sha256").hexdigest()[:32]
    header = SealHeader(
        epoch=epoch, key=key, order=order, repository=repository, salt=salt, signer=signer
    )
    written = write_json(header)
    assert len(written) <= HEADER_BYTES_MAX
    start = _START.pack(MAGIC, VERSION, len(written)) + written
    sealed = AESGCM(_object_key(secret, start)).encrypt(_NONCE, plain, start)
    running = hashlib.sha256(start)
    running.update(sealed)
    signature = sign(_to_sign(running.digest()))
    running.update(signature)
    return b"".join((start, sealed, signature, running.digest()))


def read_sealed(body: bytes, *, key: str, repository: str) -> SealedObject:
    """Look at a fetched object, cheapest and surest test first; it is not opened yet (SEA-4).

    Args:
        body: the object, as fetched.
        key: by which it was fetched.
        repository: the id of the repository that this node belongs to.

    Raises:
        Damaged: it is not what belongs there (SG-SEAL-002 to 005, 007, 008).
        Unsupported: a later version sealed it (SG-SEAL-006).
    """
    signed = _refuse_damaged(body, key)
    header, length = _read_start(body, key)
    if header.repository != repository:
        fault = f"it belongs to another repository. repository='{header.repository}'"
        raise damaged(key, fault, codes.SEAL_REPOSITORY)
    if header.key != key:
        raise damaged(key, f"it was sealed for another key: '{header.key}'", codes.SEAL_PLACE)
    sealed = memoryview(body)[length:-_AFTER_BYTES]
    signature = body[-_AFTER_BYTES:-_HASH_BYTES]
    return SealedObject(header, body[:length], sealed, _to_sign(signed), signature)


def _refuse_damaged(body: bytes, key: str) -> bytes:
    """Raise unless magic and hash are right; gives the hash of what was signed."""
    if not body.startswith(MAGIC):
        raise damaged(key, "it is not sealed", codes.SEAL_MAGIC)
    if len(body) < _START.size + _TAG_BYTES + _AFTER_BYTES:
        raise damaged(key, f"it has only {len(body)} bytes", codes.SEAL_SHORT)
    view = memoryview(body)
    running = hashlib.sha256(view[:-_AFTER_BYTES])
    signed = running.digest()
    running.update(view[-_AFTER_BYTES:-_HASH_BYTES])
    if running.digest() != body[-_HASH_BYTES:]:
        raise damaged(key, "its hash does not fit its bytes", codes.SEAL_HASH)
    return signed


def _read_start(body: bytes, key: str) -> tuple[SealHeader, int]:
    """The header, and how many bytes stand before the sealed part."""
    _, version, length = _START.unpack_from(body)
    if version > VERSION:
        raise Unsupported(
            f"a sealed object cannot be opened: it has version {version} of the seal. key={key!r}",
            code=codes.SEAL_VERSION,
            hint="upgrade this node",
        )
    end = _START.size + length
    if (
        version < 1
        or not 0 < length <= HEADER_BYTES_MAX
        or end + _TAG_BYTES + _AFTER_BYTES > len(body)
    ):
        raise damaged(key, f"its header cannot be {length} bytes long", codes.SEAL_HEADER)
    try:
        header = read_json(body[_START.size : end], SealHeader)
    except Unreadable as cause:
        raise damaged(key, f"its header is wrong: {cause}", codes.SEAL_HEADER) from cause
    return header, end


def damaged(key: str, fault: str, code: str) -> Damaged:
    """The error of an object that nobody who may has put there."""
    return Damaged(
        f"a sealed object cannot be used: {fault}. key={key!r}",
        code=code,
        hint="the bucket was written by somebody else, or damaged: look at who holds its"
        " credentials, and put the object back from a version or a backup",
    )


def _object_key(secret: bytes, start: bytes) -> bytes:
    """The AES key of one object: its header is part of what it is derived from."""
    return hmac.new(secret, b"skygarth object\0" + start, "sha256").digest()


def _to_sign(digest: bytes) -> bytes:
    """What is signed: a hash, so that large objects are read once, marked with its purpose."""
    return b"skygarth sealed object\0" + digest
