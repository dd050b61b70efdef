"""Who seals: an admin, a node, or a token to join with; each is a pair of public keys (SEA-2).

A principal's secret is one seed of 32 bytes, from which its two private keys are derived:
an Ed25519 key that signs, and an X25519 key to which secrets of epochs are wrapped (HPKE,
RFC 9180). The bucket sees the public halves alone.

A node's incarnations are bound to its key (SEA-6): the second half of an incarnation is
a hash of the first half and the node's public key. So whose a log is can be told from the
name of the log, and no record has to be believed for it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import msgspec
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from skygarth.formats import codes
from skygarth.model.errors import Damaged, Invalid
from skygarth.model.position import INCARNATION_DIGITS, Incarnation

SEED_BYTES = 32
EPOCH_SECRET_BYTES = 32
SIGNATURE_BYTES = 64
ID_DIGITS = 32
_HALF = INCARNATION_DIGITS // 2

PublicText: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
PrincipalId: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
BoxText: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{2}){48,200}\Z")]

_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Principal:
    """The public half.

    Attributes:
        sign: its Ed25519 public key, hexadecimal.
        seal: its X25519 public key, hexadecimal.
    """

    sign: PublicText
    seal: PublicText

    @property
    def id(self) -> str:
        """What others call it: 32 hexadecimal digits that stand for both keys."""
        both = bytes.fromhex(self.sign) + bytes.fromhex(self.seal)
        return hashlib.sha256(b"skygarth principal\0" + both).hexdigest()[:ID_DIGITS]

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether this principal gave this signature for these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.sign)).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def wrap(self, secret: bytes, purpose: bytes) -> str:
        """A box that this principal alone opens, and for this purpose alone.

        Raises:
            Damaged: its public key is no point of the curve (SG-TRUST-008).
        """
        try:
            key = X25519PublicKey.from_public_bytes(bytes.fromhex(self.seal))
            return _SUITE.encrypt(secret, key, info=purpose).hex()
        except ValueError as cause:
            raise Damaged(
                f"nothing can be wrapped for a key that is none. principal='{self.id}'",
                code=codes.TRUST_BOX,
                hint="have that node make its request anew",
            ) from cause

    def owns(self, incarnation: Incarnation) -> bool:
        """Whether an incarnation is bound to this key (SEA-6)."""
        bound = _bound(bytes.fromhex(self.sign), incarnation[:_HALF])
        return hmac.compare_digest(incarnation[_HALF:], bound)

    def incarnation(self, octets: bytes) -> Incarnation:
        """A new incarnation that is bound to this key, from 8 random bytes."""
        assert 2 * len(octets) == _HALF
        return Incarnation(octets.hex() + _bound(bytes.fromhex(self.sign), octets.hex()))


class Identity:
    """A principal with its secret; nothing of it shows in messages.

    Args:
        seed: 32 random bytes.
    """

    def __init__(self, seed: bytes) -> None:
        assert len(seed) == SEED_BYTES
        self.seed = seed
        self._sign = Ed25519PrivateKey.from_private_bytes(_derived(seed, b"sign"))
        self._seal = X25519PrivateKey.from_private_bytes(_derived(seed, b"seal"))
        self.principal = Principal(
            self._sign.public_key().public_bytes_raw().hex(),
            self._seal.public_key().public_bytes_raw().hex(),
        )
        self.id = self.principal.id

    def __repr__(self) -> str:
        return f"Identity({self.id})"

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self._sign.sign(message)

    def unwrap(self, box: str, purpose: bytes) -> bytes:
        """What was put into a box for this principal and this purpose.

        Raises:
            Damaged: it was not, or the box was altered (SG-TRUST-008).
        """
        try:
            return bytes(_SUITE.decrypt(bytes.fromhex(box), self._seal, info=purpose))
        except (InvalidTag, ValueError) as cause:
            raise Damaged(
                f"a key that was handed over cannot be unwrapped. principal='{self.id}'",
                code=codes.TRUST_BOX,
                hint="it was made for another key: let an admin admit this node anew",
            ) from cause


@dataclass(frozen=True, slots=True, repr=False)
class WrittenKey:
    """A secret as it stands in a file, with the repository that it is for (SEA-2).

    Attributes:
        kind: ``admin``, ``join`` or ``node``; ``trust`` is no secret: it says which
            repository a node is to belong to, and an admin has to admit it.
        repository: id of the repository, 32 hexadecimal digits.
        anchor: digest of the first record of trust, hexadecimal.
        seed: what the principal's keys are derived from; empty for ``trust``.
    """

    kind: str
    repository: str
    anchor: str
    seed: bytes

    def __repr__(self) -> str:
        return f"WrittenKey({self.kind}, {self.repository})"

    @property
    def text(self) -> str:
        """One word of letters, digits and ``_``."""
        return f"sky{self.kind}_{self.repository}{self.anchor}{self.seed.hex()}"


_WRITTEN = re.compile(
    r"sky(?:(admin|join|node)_(?=[0-9a-f]{160}\Z)|(trust)_(?=[0-9a-f]{96}\Z))"
    r"([0-9a-f]{32})([0-9a-f]{64})([0-9a-f]*)"
)
_REQUEST = re.compile(r"skyrequest_([0-9a-f]{64})([0-9a-f]{64})")


def read_key(text: str, *kinds: str) -> WrittenKey:
    """The key that a text holds.

    Raises:
        Invalid: it is none of these kinds (SG-TRUST-007).
    """
    found = _WRITTEN.fullmatch(text.strip())
    kind = "" if found is None else found[1] or found[2]
    if found is None or kind not in kinds:
        raise Invalid(
            f"this is no key of this kind. expected='{' or '.join(f'sky{k}_…' for k in kinds)}'",
            code=codes.TRUST_KEY,
            hint="`skygarth keys found` makes a sealed repository and its admin key,"
            " `skygarth keys invite` a token that nodes join with",
        )
    return WrittenKey(kind, found[3], found[4], bytes.fromhex(found[5]))


def write_request(principal: Principal) -> str:
    """A node's public keys, as it shows them to an admin who is to admit it; no secret."""
    return f"skyrequest_{principal.sign}{principal.seal}"


def read_request(text: str) -> Principal:
    """The principal that asks to be admitted.

    Raises:
        Invalid: the text is no request (SG-TRUST-007).
    """
    found = _REQUEST.fullmatch(text.strip())
    if found is None:
        raise Invalid(
            "this is no request to be admitted. expected='skyrequest_…'",
            code=codes.TRUST_KEY,
            hint="the node that waits says it: `skygarth keys request`, or its `status`",
        )
    return Principal(found[1], found[2])


def _derived(seed: bytes, purpose: bytes) -> bytes:
    return hmac.new(seed, b"skygarth principal\0" + purpose, "sha256").digest()


def _bound(sign: bytes, first_half: str) -> str:
    bound = hashlib.sha256(b"skygarth incarnation\0" + sign + bytes.fromhex(first_half))
    return bound.hexdigest()[:_HALF]
