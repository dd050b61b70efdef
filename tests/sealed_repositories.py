"""Sealed repositories for tests: an admin, members and their buckets; chance and time counted."""

from __future__ import annotations

from dataclasses import dataclass, field

from skygarth.bucket.keyring import Forgetful, Keyring, TrustMemory
from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.port import Bucket
from skygarth.bucket.sealed import SealedBucket
from skygarth.clock.chance import Chance, SeededChance
from skygarth.formats.principals import SEED_BYTES, Identity, WrittenKey
from skygarth.model.position import Incarnation
from skygarth.node.trust_deeds import TrustOffice, found, plan_founding


@dataclass
class SealedMember:
    """A node as far as sealing goes.

    Attributes:
        bucket: seals and opens.
        incarnation: bound to its key.
    """

    identity: Identity
    keyring: Keyring
    bucket: SealedBucket
    incarnation: Incarnation


@dataclass
class SealedRepository:
    """A bucket in memory that was founded sealed.

    Attributes:
        raw: the bucket as its holder sees it.
        key: the admin's.
        seconds: what every clock says.
    """

    raw: Bucket = field(default_factory=MemoryBucket)
    chance: Chance = field(default_factory=lambda: SeededChance("sealed"))
    seconds: float = 1_000.0

    def __post_init__(self) -> None:
        self.key, record = plan_founding(self.chance)
        found(self.raw, self.key, record)
        self.office = TrustOffice(self.raw, self.key, self.chance, lambda: self.seconds)

    def outsider(
        self,
        name: str,
        *,
        token: WrittenKey | None = None,
        memory: TrustMemory | None = None,
        identity: Identity | None = None,
    ) -> SealedMember:
        """A node that nobody has admitted; with a token it admits itself when it begins."""
        who = identity or Identity(self.chance.bytes(SEED_BYTES))
        keyring = Keyring(
            self.raw,
            repository=self.key.repository,
            anchor=self.key.anchor,
            identity=who,
            name=name,
            token=None if token is None else Identity(token.seed),
            memory=memory or Forgetful(),
            monotonic=lambda: self.seconds,
        )
        bucket = SealedBucket(
            self.raw, keyring, chance=self.chance.bytes, now_ms=lambda: round(self.seconds * 1000)
        )
        return SealedMember(who, keyring, bucket, who.principal.incarnation(self.chance.bytes(8)))

    def member(self, name: str, *, memory: TrustMemory | None = None) -> SealedMember:
        """A node that an admin has admitted."""
        made = self.outsider(name, memory=memory)
        self.office.admit(made.identity.principal, name)
        return made
