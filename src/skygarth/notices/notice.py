"""What a notice says, and how it looks on its way (NOT-1, NOT-2).

A notice is one line of JSON: whose log, how long it is now, and the size and
digest of its last segment. Whoever overhears it learns that somebody wrote
something; whoever forges one makes nodes look into the bucket in vain. What
comes in is therefore read like anything from outside: bounded, and held
against its shape before anybody believes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, TypeAlias

import msgspec

from skygarth.formats.wire import (
    Count,
    DigestText,
    IncarnationText,
    Sequence,
    Unreadable,
    read_json,
    write_json,
)
from skygarth.model.errors import Invalid
from skygarth.model.position import Position
from skygarth.notices import codes

NOTICE_BYTES_MAX = 512
"""More than any notice needs, and little enough to be read ten thousand times a second."""

_RepositoryText: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z-]{1,64}\Z")]


@dataclass(frozen=True, slots=True)
class Notice:
    """That a log has reached a position.

    Attributes:
        repository: id of the repository that the log belongs to.
        incarnation: whose log it is.
        sequence: of its newest segment.
        size: of that segment, in bytes.
        digest: of that segment, SHA-256 in hexadecimal digits.
    """

    repository: _RepositoryText
    incarnation: IncarnationText
    sequence: Sequence
    size: Count
    digest: DigestText

    @property
    def position(self) -> Position:
        """How far the log reaches."""
        return Position(self.incarnation, self.sequence)


def encode_notice(notice: Notice) -> bytes:
    """The notice as canonical JSON: equal notices give equal bytes."""
    message = write_json(notice)
    assert len(message) <= NOTICE_BYTES_MAX
    return message


def decode_notice(message: bytes) -> Notice:
    """The notice that `encode_notice` wrote.

    Raises:
        Invalid: the message is longer than any notice, or none at all (SG-NOTICE-001).
    """
    if len(message) > NOTICE_BYTES_MAX:
        raise _no_notice(f"it is too long. bytes={len(message)} bytes_max={NOTICE_BYTES_MAX}")
    try:
        return read_json(message, Notice)
    except Unreadable as cause:
        raise _no_notice(str(cause)) from cause


def channel_of(repository: str) -> str:
    """The name under which a repository's nodes meet on a broker that others use too (NOT-3).

    A broker's operator reads it, so it is no more than the fingerprint of the
    repository's id. It is made of letters, digits and a hyphen, which every
    broker takes as a name.
    """
    assert repository
    return "skygarth-" + blake2b(repository.encode(), digest_size=10).hexdigest()


def _no_notice(fault: str) -> Invalid:
    return Invalid(
        f"a message is no notice: {fault}",
        code=codes.NO_NOTICE,
        hint="find out who else writes to this channel; replication does not need what it says",
    )
