"""Tokens: who may ask a node for more than published pages.

A token is a secret of 256 random bits that its owner keeps; the repository keeps
only its SHA-256, as an object like any other. So tokens work on every node, and
one that is revoked is revoked everywhere. A plain hash is enough: nobody guesses
256 random bits, however fast the hash.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from skygarth.model.attributes import attr
from skygarth.model.errors import Invalid, NotFound
from skygarth.model.guid import Guid
from skygarth.model.types import Type
from skygarth.repository.pool_jobs import SYSTEM_TYPES
from skygarth.repository.repository import Repository

SECRET_BYTES = 32
TRUSTED_US = 1_000_000
"""For how long a token stays known that is asked for again and again."""
_MARK = "skyg_"


class Role(StrEnum):
    """What a token allows; each role may do what those before it may."""

    READER = "reader"
    EDITOR = "editor"
    ADMIN = "admin"


_RANKS = {role: rank for rank, role in enumerate(Role)}


class AccessToken(Type):
    """A token as the repository keeps it: no secret, only its hash."""

    name: str = attr(max_length=80)
    role: str = attr(choices=tuple(role.value for role in Role))
    digest: str = attr(min_length=64, max_length=64, index=True)
    expires: datetime | None = attr(default=None)


HIDDEN_TYPES = SYSTEM_TYPES
"""Types that nobody is shown as content."""
assert AccessToken.type_name in HIDDEN_TYPES, "a hash of a token is nobody's business"


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Whoever shows a valid token.

    Attributes:
        guid: of the token.
    """

    name: str
    role: Role
    guid: Guid

    def may(self, needed: Role) -> bool:
        """Whether the holder's role includes another."""
        return _RANKS[self.role] >= _RANKS[needed]


def create_token(
    repository: Repository,
    *,
    name: str,
    role: str,
    secret: bytes,
    expires: datetime | None = None,
) -> str:
    """Make a token and give it away: it cannot be read again.

    Args:
        secret: 32 random bytes.

    Raises:
        Invalid: there is no such role.
    """
    assert len(secret) == SECRET_BYTES
    if role not in _RANKS:
        raise Invalid(
            f"there is no such role. role={role!r}",
            code="SG-TOKEN-001",
            hint=f"roles are {', '.join(Role)}",
        )
    token = _MARK + secret.hex()
    repository.create(AccessToken(name=name, role=role, digest=_digest(token), expires=expires))
    return token


def list_tokens(repository: Repository) -> list[AccessToken]:
    """Every token that has not been revoked, oldest first."""
    return repository.query(AccessToken).order_by(AccessToken.meta.created.asc()).all()


def revoke_token(repository: Repository, which: str) -> AccessToken:
    """Revoke a token by its name or the beginning of its GUID, on every node.

    Raises:
        NotFound: there is no such token, or more than one (SG-TOKEN-404).
    """
    found = [
        token
        for token in list_tokens(repository)
        if which and (token.name == which or str(token.guid).startswith(which))
    ]
    if len(found) != 1:
        raise NotFound(
            f"{len(found)} tokens are called so. name={which!r}",
            code="SG-TOKEN-404",
            hint="name one by its guid; `skygarth token list` shows them",
        )
    found[0].delete()
    return found[0]


class TokenVerifier:
    """Knows who shows a token without asking the database for it each time.

    Finding a token by its hash took a third of a short request. Who was found stays
    known as long as nothing has changed in the database, by whatever process or
    merge. A merge of a whole snapshot makes no entry in the feed, so nobody stays
    known for longer than `TRUSTED_US` either; and who was not found is not kept.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._seen: tuple[int, int] = (-1, 0)
        self._known: dict[str, AccessToken] = {}
        self._lock = threading.Lock()

    def verify(self, token: str, now_us: int) -> TokenHolder | None:
        """Who shows this token; None if it is unknown, revoked or has expired."""
        digest, head = _digest(token), self._repository.change_head()
        with self._lock:
            if self._seen[0] != head or not 0 <= now_us - self._seen[1] < TRUSTED_US:
                self._seen, self._known = (head, now_us), {}
            kept = self._known
        found = kept.get(digest)
        if found is None:
            found = _token_of(self._repository, digest)
            if found is None:
                return None
            kept[digest] = found  # into what belongs to `head`, whatever is newer by now
        return _holder(found, now_us)


def verify_token(repository: Repository, token: str, now_us: int) -> TokenHolder | None:
    """Who shows this token; None if it is unknown, revoked or has expired."""
    found = _token_of(repository, _digest(token))
    return None if found is None else _holder(found, now_us)


def holder_of(repository: Repository, guid: Guid, now_us: int) -> TokenHolder | None:
    """Who holds the token with this GUID; None if it is unknown, revoked or has expired."""
    found = repository.find(guid)
    return _holder(found, now_us) if isinstance(found, AccessToken) else None


def _token_of(repository: Repository, digest: str) -> AccessToken | None:
    for known in repository.query(AccessToken).where(AccessToken.digest == digest):
        # The database found it by its index already; this compares in constant time.
        if hmac.compare_digest(known.digest, digest):
            return known
    return None


def _holder(token: AccessToken, now_us: int) -> TokenHolder | None:
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=now_us)
    if token.expires is not None and token.expires <= now:
        return None
    if token.role not in _RANKS:
        return None  # of a newer version: what is not understood is not granted
    return TokenHolder(token.name, Role(token.role), token.guid)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
