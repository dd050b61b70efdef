"""``claim/<name>-<number>``: who does a chore, and for how long (CLM-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

from skygarth.formats import codes
from skygarth.formats.wire import Unreadable, read_json, write_json
from skygarth.model.errors import Damaged

SECONDS_MAX = 86_400


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """One claim.

    Attributes:
        owner: who holds it: an incarnation.
        nonce: tells a holder's own record from another of the same owner.
        seconds: how long it lasts from when it was written.
        released: it is over already.
    """

    owner: Annotated[str, msgspec.Meta(max_length=200)]
    nonce: Annotated[str, msgspec.Meta(max_length=64)]
    seconds: Annotated[float, msgspec.Meta(ge=0, le=SECONDS_MAX)]
    released: bool = False


def encode_claim(record: ClaimRecord) -> bytes:
    """The record as canonical JSON."""
    return write_json(record)


def decode_claim(body: bytes) -> ClaimRecord:
    """Who does a chore. Raises Damaged (SG-RECORD-001)."""
    try:
        return read_json(body, ClaimRecord)
    except Unreadable as cause:
        raise Damaged(
            f"a claim cannot be read: {cause}",
            code=codes.RECORD,
            hint="it counts for an hour from when it was written; nothing has to be done",
        ) from cause
