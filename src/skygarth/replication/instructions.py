"""What a replicator asks of the world: requests to the bucket, deeds in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from skygarth.model.position import Incarnation, Position

# -- requests to the bucket --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FindRepository:
    """Read the bucket's repository id; create one if the bucket is empty and `create` is set."""

    create: bool


@dataclass(frozen=True, slots=True)
class ListTail:
    """List the segments and tell each log's head."""


@dataclass(frozen=True, slots=True)
class ReadHint:
    """Read the hint, conditionally."""


@dataclass(frozen=True, slots=True)
class WriteHint:
    """Overwrite the hint with these heads; best effort."""

    heads: Mapping[Incarnation, int]


@dataclass(frozen=True, slots=True)
class FindSnapshot:
    """Read the catalog for the newest snapshot."""


@dataclass(frozen=True, slots=True)
class LoadSnapshot:
    """Load the snapshot that was found, chunk by chunk, resuming where it stopped."""


@dataclass(frozen=True, slots=True)
class FetchSegment:
    """Fetch and verify one segment."""

    position: Position


@dataclass(frozen=True, slots=True)
class PutSegment:
    """Upload the own segment that was packed, if its slot is free."""

    position: Position


@dataclass(frozen=True, slots=True)
class ReadSlot:
    """Read what stands in an own slot, and compare it with what was ever put there."""

    position: Position


@dataclass(frozen=True, slots=True)
class ProveLog:
    """Find out whether a segment that this database holds still stands in the bucket (REP-26)."""

    position: Position


@dataclass(frozen=True, slots=True)
class RefillBucket:
    """Write a snapshot of this database, and then the repository's record (REP-27)."""


@dataclass(frozen=True, slots=True)
class MeasureClock:
    """Compare the machine's clock with the bucket's (CLK-6)."""


# -- deeds in the database -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AdoptRepository:
    """Remember that this database belongs to this repository."""

    repository: str


@dataclass(frozen=True, slots=True)
class PackSegment:
    """Pack what is unpublished into this position, after the segment with this digest."""

    position: Position
    previous: str


@dataclass(frozen=True, slots=True)
class MarkPublished:
    """The own segment is in the bucket: forget its outbox."""

    position: Position
    digest: str
    through: int


@dataclass(frozen=True, slots=True)
class ApplySegment:
    """Merge a fetched segment."""

    position: Position


@dataclass(frozen=True, slots=True)
class DiscardSegment:
    """Forget a fetched segment that will not be applied from here."""

    position: Position


@dataclass(frozen=True, slots=True)
class TakeIncarnation:
    """Mint a new identity; unpublished changes go on under it (REP-21)."""

    reason: str


@dataclass(frozen=True, slots=True)
class QuarantineLog:
    """Refuse a log from this position on, until an operator releases it."""

    position: Position
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseLog:
    """Forget that a log was refused."""

    incarnation: Incarnation


@dataclass(frozen=True, slots=True)
class Halt:
    """Stop replicating: going on could do harm. The node serves on, and says why."""

    code: str
    reason: str
    hint: str


Instruction: TypeAlias = (
    FindRepository
    | ListTail
    | ReadHint
    | WriteHint
    | FindSnapshot
    | LoadSnapshot
    | FetchSegment
    | PutSegment
    | ReadSlot
    | ProveLog
    | RefillBucket
    | MeasureClock
    | AdoptRepository
    | PackSegment
    | MarkPublished
    | ApplySegment
    | DiscardSegment
    | TakeIncarnation
    | QuarantineLog
    | ReleaseLog
    | Halt
)
