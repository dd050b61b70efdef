"""A record of trust: who may take part in a sealed repository, one signed deed each (SEA-5).

Records stand at ``keys/<number>``, numbered from 1 and never changed. Each names the
digest of the one before, so they form a chain, and whoever knows the first one's digest
(the anchor) can verify all of them with nothing else.

The secrets of epochs travel in here, in boxes that only their recipients open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Annotated, TypeAlias

import msgspec

from skygarth.formats import codes
from skygarth.formats.principals import BoxText, Principal, PrincipalId
from skygarth.formats.records import RepositoryText
from skygarth.formats.wire import (
    Count,
    DigestOrNone,
    IncarnationText,
    Sequence,
    Unreadable,
    read_json,
    signed_part,
    write_json,
)
from skygarth.model.errors import Damaged, Unsupported
from skygarth.model.position import SEQUENCE_DIGITS

FORMAT = 1
RECORD_BYTES_MAX = 8 * 1024 * 1024

EpochText: TypeAlias = Annotated[str, msgspec.Meta(pattern=rf"\A[0-9]{{{SEQUENCE_DIGITS}}}\Z")]
Boxes: TypeAlias = Mapping[PrincipalId, BoxText]
SignatureText: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{128}\Z")]
HiddenText: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{2}){17,1000}\Z")]


class Found(msgspec.Struct, frozen=True, kw_only=True, tag="found", tag_field="deed"):
    """The first record: the repository's first admin, and the secret of epoch 1 for him."""

    admin: Principal
    boxes: Boxes


class Invite(msgspec.Struct, frozen=True, kw_only=True, tag="invite", tag_field="deed"):
    """An admin lets whoever holds a token admit nodes.

    Attributes:
        token: the principal whose seed the token holds.
        uses: how many nodes it may admit; 0 for any number.
        note: for people, hidden (`skygarth.formats.hidden_names.HiddenWords`).
        boxes: the secret of each epoch so far, by epoch, for the token.
    """

    token: Principal
    uses: Count
    note: HiddenText
    boxes: Mapping[EpochText, BoxText]


class Revoke(msgspec.Struct, frozen=True, kw_only=True, tag="revoke", tag_field="deed"):
    """A token admits nobody any more."""

    token: PrincipalId


class Admit(msgspec.Struct, frozen=True, kw_only=True, tag="admit", tag_field="deed"):
    """A node takes part from now on; signed by an admin, or by a token's key.

    Attributes:
        name: what the node is called, for people, hidden like a note.
        boxes: the secret of each epoch so far, by epoch, for the node.
    """

    node: Principal
    name: HiddenText
    boxes: Mapping[EpochText, BoxText]


class Expel(msgspec.Struct, frozen=True, kw_only=True, tag="expel", tag_field="deed"):
    """A node takes part no more; an epoch begins whose secret it does not get.

    Attributes:
        logs: the last segment that counts of each of its logs, by incarnation.
        boxes: the new epoch's secret, by recipient.
    """

    node: PrincipalId
    logs: Mapping[IncarnationText, Count]
    boxes: Boxes


class Epoch(msgspec.Struct, frozen=True, kw_only=True, tag="epoch", tag_field="deed"):
    """A new epoch begins.

    Attributes:
        boxes: its secret, by recipient.
    """

    boxes: Boxes


Deed: TypeAlias = Found | Invite | Revoke | Admit | Expel | Epoch


class TrustRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One link of the chain.

    Attributes:
        number: from 1, without gaps.
        previous: digest of the record before; "" for the first.
        by: id of the principal that signed it.
    """

    format: Count = FORMAT
    repository: RepositoryText
    number: Sequence
    previous: DigestOrNone
    deed: Deed
    by: PrincipalId
    signature: SignatureText

    @property
    def digest(self) -> str:
        """SHA-256 of the record as it is stored, hexadecimal."""
        return record_digest(write_json(self))


def record_digest(body: bytes) -> str:
    """The name of a record: SHA-256 of its bytes, hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def write_record(
    deed: Deed,
    *,
    repository: str,
    number: int,
    previous: str,
    by: str,
    sign: Callable[[bytes], bytes],
) -> bytes:
    """The record as canonical JSON, signed."""
    unsigned = TrustRecord(
        repository=repository,
        number=number,
        previous=previous,
        deed=deed,
        by=by,
        signature="0" * 128,
    )
    signature = sign(_to_sign(write_json(unsigned))).hex()
    return write_json(msgspec.structs.replace(unsigned, signature=signature))


def read_record(body: bytes) -> TrustRecord:
    """The record, its signature not yet verified.

    Raises:
        Damaged: it cannot be read (SG-TRUST-001).
        Unsupported: a later version wrote it (SG-TRUST-006).
    """
    if len(body) > RECORD_BYTES_MAX:
        raise bad_record(0, f"it has {len(body)} bytes", codes.TRUST_RECORD)
    try:
        version = read_json(body, _Version)
        if version.format > FORMAT:
            raise Unsupported(
                f"the log of trust has version {version.format} of the format",
                code=codes.TRUST_VERSION,
                hint="upgrade this node",
            )
        return read_json(body, TrustRecord)
    except Unreadable as cause:
        raise bad_record(0, str(cause), codes.TRUST_RECORD) from cause


def refuse_unsigned(body: bytes, record: TrustRecord, signer: Principal) -> None:
    """Raise unless this principal has signed the record.

    Raises:
        Damaged: it has not (SG-TRUST-003).
    """
    if not signer.has_signed(_to_sign(body), bytes.fromhex(record.signature)):
        raise bad_record(record.number, "its signature does not fit", codes.TRUST_SIGNATURE)


def bad_record(number: int, fault: str, code: str) -> Damaged:
    """The error of a record that cannot be believed."""
    return Damaged(
        f"the repository's log of trust cannot be believed: {fault}. number={number}",
        code=code,
        hint="nothing is sealed or opened by it; put keys/ back from a version or a backup,"
        " and look at who holds the bucket's credentials",
    )


class _Version(msgspec.Struct, frozen=True):
    format: Count


def _to_sign(body: bytes) -> bytes:
    return b"skygarth trust record\0" + signed_part(body)
