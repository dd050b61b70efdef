"""What a forwarded request carries to prove where it comes from: ``Skygarth-Passport``.

A passport tells for whom a request is (the caller's name and roles, as the node
that forwards knows them), until when its answer is wanted, how often it has been
handed on, and who handed it on. The cluster's key signs it together with the
method, target and host of the request, so it fits this request and no other;
it counts for a few seconds, and once (RTE-6). ::

    Skygarth-Passport: <what it says, JSON in base64url>.<signature>

Strangers can send whatever they like in this field: a front-end takes it off
before it puts its own on, and a node refuses a request whose passport is not
right rather than treat it as one without.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Protocol

import msgspec

from skygarth.model.errors import Denied
from skygarth.routing import codes
from skygarth.routing.identity import VISITOR, Identity

WINDOW_MS = 40_000
"""How long a passport counts, and how far off the clock of its giver may be, together:
the bound on wrong clocks (30 s) and the way."""

PASSPORT_PURPOSE = "forward"
"""What the cluster's key is derived for here: no signature fits another purpose."""

HEADER_BYTES_MAX = 4096
NONCE_BYTES = 9


class Forged(Denied):
    """No node of this cloud gave this passport for this request."""

    default_code = codes.FORGED

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"this passport does not count: {fault}",
            hint="only nodes of this cloud forward requests; send none",
        )


class Signer(Protocol):
    """Signs with the cluster's key."""

    def sign(self, message: bytes) -> str:
        """The signature, of characters that a header field takes and no full stop at all."""
        ...

    def verify(self, message: bytes, signature: str) -> bool:
        """Whether a key that counts gave this signature for these bytes."""
        ...


class Passport(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What goes with a forwarded request.

    Attributes:
        origin: name of the node that forwards.
        issued_ms: when it did, by its clock.
        deadline_ms: when the answer is not wanted any more, by the same clock.
        hops: how many nodes have forwarded it, this one included.
        nonce: makes each passport another one.
        user: name of whoever asks; empty for a visitor, and where the node that
            gets the request shall find out by itself.
        roles: what the user may be, sorted.
        client: the address that the request came from.
        scheme: how it came: ``http`` or ``https``.
        pool_is_dead: its pool has no node: the fallback shall answer.
        digest: SHA-256 of the body as hexadecimal digits, where it is known beforehand.
    """

    origin: str
    issued_ms: int
    deadline_ms: int
    hops: int = 1
    nonce: str = ""
    user: str = ""
    roles: tuple[str, ...] = ()
    client: str = ""
    scheme: str = "http"
    pool_is_dead: bool = False
    digest: str = ""

    @property
    def identity(self) -> Identity:
        """Who asks."""
        return Identity(self.user, frozenset(self.roles)) if self.user else VISITOR


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Passport)


def bound(method: bytes, target: bytes, host: bytes) -> bytes:
    """What a passport is bound to besides what it says; none of the parts has a line end.

    An empty query counts as none: servers that take targets apart cannot tell them.
    """
    if target.endswith(b"?") and target.index(b"?") == len(target) - 1:
        target = target[:-1]
    return b"%b\n%b\n%b\n" % (method, target, host.lower())


def write_passport(passport: Passport, binding: bytes, signer: Signer) -> bytes:
    """The header's value."""
    said = urlsafe_b64encode(_encode(passport))
    return b"%b.%b" % (said, signer.sign(binding + said).encode("ascii"))


class PassportControl:
    """Verifies passports on one node, each of them once.

    Args:
        signer: holds the cluster's keys.
        now_ms: milliseconds since 1970 UTC.
        hops_max: how often a request may have been handed on.
    """

    def __init__(self, signer: Signer, now_ms: Callable[[], int], *, hops_max: int = 1) -> None:
        assert hops_max >= 1
        self._signer = signer
        self._now_ms = now_ms
        self._hops_max = hops_max
        self._seen: set[str] = set()
        self._seen_before: set[str] = set()
        self._turned_ms = now_ms()

    def read(self, value: bytes, binding: bytes, *, hops_max: int | None = None) -> Passport:
        """The passport of a request.

        Args:
            value: of the header.
            binding: of the request as it came, see `bound`.
            hops_max: another limit than the node's own.

        Raises:
            Forged: it is not right, is too old, has been shown before, or was handed on too
                often (SG-ROUTE-104, SG-ROUTE-108).
        """
        said, dot, signature = value.partition(b".")
        if not dot or len(value) > HEADER_BYTES_MAX or not signature.isascii():
            raise Forged("it cannot be read")
        if not self._signer.verify(binding + said, signature.decode("ascii")):
            raise Forged("its signature does not fit this request")
        passport = _read(said)
        now = self._now_ms()
        if abs(now - passport.issued_ms) > WINDOW_MS:
            raise Forged("it is too old, or a clock is wrong")
        if passport.hops > (hops_max or self._hops_max):
            raise TooFar(passport.hops)
        self._remember(passport.nonce, now)
        return passport

    def _remember(self, nonce: str, now: int) -> None:
        """Let a passport count once: two generations hold what could be shown again."""
        if now - self._turned_ms > 2 * WINDOW_MS:
            self._seen_before, self._seen = self._seen, set()
            self._turned_ms = now
        if not nonce or nonce in self._seen or nonce in self._seen_before:
            raise Forged("it has been shown before")
        self._seen.add(nonce)


class TooFar(Forged):
    """The request has been handed on as often as it may."""

    default_code = codes.TOO_FAR

    def __init__(self, hops: int) -> None:
        super().__init__(f"the request was handed on too often. hops={hops}")


def _read(said: bytes) -> Passport:
    try:
        return _decoder.decode(urlsafe_b64decode(said))
    except (msgspec.MsgspecError, binascii.Error, ValueError) as cause:
        raise Forged("it cannot be read") from cause
