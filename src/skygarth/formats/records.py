"""The small JSON records by which nodes know of each other (BKT-4 to BKT-7).

Each is read by nodes of other versions, and by people with `cat`: members that
a reader does not know are skipped, members that it knows must have their type.
Only `RepositoryRecord` may demand to be understood: it lists the features that
whoever joins must have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, TypeAlias, TypeVar

import msgspec

from skygarth.formats import codes
from skygarth.formats.wire import (
    Count,
    DigestOrNone,
    IncarnationText,
    Sequence,
    Unreadable,
    VectorObject,
    read_json,
    signed_part,
    write_json,
)
from skygarth.model.errors import Damaged, Denied, Unsupported

FORMAT = 1
"""The version of the whole layout of a bucket."""

SEALED = "sealed"
"""The feature of a repository whose objects are sealed (docs/protocol/sealing.md)."""

FEATURES: frozenset[str] = frozenset()
"""Features a repository may require that this version has without further ado."""

FORMER_MAX = 200
"""So many former identities a card names: one that is read often must stay small."""

RepositoryText: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z-]{1,64}\Z")]
Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
"""So many seconds, or so many of anything else that is counted in parts."""


@dataclass(frozen=True, slots=True)
class RepositoryRecord:
    """``repo.json``: which repository a bucket holds. Created once, never changed.

    Attributes:
        repository: its id.
        format: version of the bucket's layout.
        features: what a node must understand to join.
    """

    repository: RepositoryText
    format: Count = FORMAT
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """``node/<incarnation>/card``: what a node says of itself, overwritten as it changes.

    Attributes:
        name: for people; two nodes may have one name.
        address: where it answers, such as ``http://10.0.0.7:8000``.
        pools: what it is for.
        versions: of Skygarth, Python, SQLite and the application, by name.
        state: starting, populating, ready, lagging, draining, drained, left.
        started_ms: when the process began, by its own clock; `written_ms`: when it said this.
        lag_seconds: how old the newest thing is that it lacks.
        vector: applied through, by incarnation, its own log included.
        components: version of each component of its application, by name.
        load: how many requests it was busy with at once, on average, lately.
        requests_per_second: how many came, over the same while.
        unwell: names of the things it depends on that do not do what it needs.
        every_seconds: how often it writes this; much later it is overdue (MBR-2).
        former: incarnations that its database wrote under before this one, and under which
            name; the newest `FORMER_MAX` of them (MBR-11).
        signature: by the cluster's key over everything else; "" without a key (MBR-4).
    """

    incarnation: IncarnationText
    name: str
    address: str
    pools: tuple[str, ...]
    versions: Mapping[str, str] = field(hash=False)
    state: str
    started_ms: Count
    written_ms: Count
    lag_seconds: Seconds
    vector: VectorObject = field(hash=False)
    components: Mapping[str, str] = field(default_factory=dict, hash=False)
    load: Seconds = 0.0
    requests_per_second: Seconds = 0.0
    unwell: tuple[str, ...] = ()
    every_seconds: Seconds = 300.0
    former: Mapping[IncarnationText, str] = field(default_factory=dict, hash=False)
    signature: Annotated[str, msgspec.Meta(max_length=1000)] = ""


@dataclass(frozen=True, slots=True)
class Ack:
    """``node/<incarnation>/ack``: what a node has applied, and what its content then is.

    Attributes:
        digest: of the logical content at `vector`: nodes at one vector must show one digest.
            "" if it was not computed.
    """

    vector: VectorObject = field(hash=False)
    digest: DigestOrNone


@dataclass(frozen=True, slots=True)
class HintHead:
    """The last segment of a log, as somebody saw it.

    Attributes:
        digest: of that segment, "" if whoever wrote the hint does not know it.
        size: its bytes, 0 if unknown.
    """

    sequence: Sequence
    digest: DigestOrNone = ""
    size: Count = 0


@dataclass(frozen=True, slots=True)
class Hint:
    """``hint``: how far logs reach. Never the truth: a write may be lost, or go backwards."""

    heads: dict[IncarnationText, HintHead] = field(default_factory=dict, hash=False)


Record: TypeAlias = RepositoryRecord | Card | Ack | Hint
_Kind = TypeVar("_Kind", RepositoryRecord, Card, Ack, Hint)


def encode_record(record: Record) -> bytes:
    """The record as canonical JSON."""
    body = write_json(record)
    assert _reads_back(record, body), "readers would refuse this record"
    return body


def _reads_back(record: Record, body: bytes) -> bool:
    try:
        return read_json(body, type(record)) == record
    except Unreadable:
        return False


def decode_repository(body: bytes, *, has_key: bool = False) -> RepositoryRecord:
    """Which repository a bucket holds (BKT-4).

    Args:
        has_key: whoever asks can open what is sealed.

    Raises:
        Damaged: it cannot be read (SG-RECORD-001).
        Denied: it is sealed, and whoever asks has no key (SG-SEAL-001).
        Unsupported: it needs a later version or an unknown feature (SG-RECORD-002).
    """
    record = _decode(body, RepositoryRecord, "the repository record")
    unknown = sorted(set(record.features) - FEATURES - {SEALED})
    if record.format > FORMAT or unknown:
        raise Unsupported(
            "this repository needs a later version of Skygarth. "
            f"format='{record.format}' unknown_features='{', '.join(unknown)}'",
            code=codes.REPOSITORY_VERSION,
            hint="upgrade this node before it joins",
        )
    if SEALED in record.features and not has_key:
        raise Denied(
            f"this repository is sealed, and no key was given. repository='{record.repository}'",
            code=codes.SEALED,
            hint="set replication.key to a token that `skygarth keys invite` made, or have an"
            " admin admit this node: `skygarth keys request`, then `skygarth keys admit`",
        )
    return record


def decode_card(body: bytes) -> Card:
    """What a node says of itself. Raises Damaged (SG-RECORD-001)."""
    return _decode(body, Card, "a node's card")


def signed_part_of_card(body: bytes) -> bytes:
    """The bytes that a card's signature covers (MBR-4). Raises Damaged (SG-RECORD-001)."""
    try:
        return signed_part(body)
    except Unreadable as cause:
        raise _damaged("a node's card", cause) from cause


def sign_card(card: Card, sign: Callable[[bytes], str]) -> Card:
    """The card with the signature that a key gives it."""
    assert not card.signature
    return replace(card, signature=sign(signed_part_of_card(encode_record(card))))


def decode_ack(body: bytes) -> Ack:
    """What a node has applied. Raises Damaged (SG-RECORD-001)."""
    return _decode(body, Ack, "a node's ack")


def decode_hint(body: bytes) -> Hint:
    """How far logs reach, as somebody saw it. Raises Damaged (SG-RECORD-001)."""
    return _decode(body, Hint, "the hint")


def _decode(body: bytes, kind: type[_Kind], name: str) -> _Kind:
    try:
        return read_json(body, kind)
    except Unreadable as cause:
        raise _damaged(name, cause) from cause


def _damaged(name: str, cause: Unreadable) -> Damaged:
    return Damaged(
        f"{name} cannot be read: {cause}",
        code=codes.RECORD,
        hint="its owner writes it anew soon; repo.json must be put back from a backup",
    )
