"""What happens to a replicator: answers to its instructions, and the world's doings.

Every network instruction is answered by exactly one event, success or
`RequestFailed`; every database instruction by one too. Bytes stay outside: a
segment that was fetched is known here by its position and header facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from skygarth.model.errors import SkygarthError
from skygarth.model.position import Incarnation, Position, Vector


@dataclass(frozen=True, slots=True)
class Started:
    """The database is open.

    Attributes:
        repository: id of the repository that the database belongs to, "" if it has met none.
        incarnation: the database's writer identity.
        sequence: of the last own segment known to be in the bucket; 0 if none.
        digest: of that segment.
        moved: the host fingerprint is not the one that the identity was minted under.
        vector: applied through, the own log included.
        quarantined: logs that are refused, and from which sequence on.
        populating: a snapshot was being loaded when the node last stopped.
        paused: an operator had paused replication when the node last stopped.
    """

    repository: str
    incarnation: Incarnation
    sequence: int
    digest: str
    moved: bool
    vector: Vector
    quarantined: Mapping[Incarnation, int] = field(default_factory=dict)
    populating: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class RepositoryFound:
    """The bucket's repository id; "" if the bucket holds none (yet)."""

    repository: str


@dataclass(frozen=True, slots=True)
class TailListed:
    """The greatest sequence of each log in a listing; a hint, never the truth (REP-32)."""

    heads: Mapping[Incarnation, int]


@dataclass(frozen=True, slots=True)
class HintSeen:
    """The hint's heads; None if it has not changed or there is none."""

    heads: Mapping[Incarnation, int] | None


@dataclass(frozen=True, slots=True)
class HintWritten:
    """The hint was overwritten."""


@dataclass(frozen=True, slots=True)
class NoticeHeard:
    """Somebody said that a log has reached a position."""

    position: Position


@dataclass(frozen=True, slots=True)
class SnapshotFound:
    """The newest snapshot's vector; None if there is none."""

    vector: Vector | None


@dataclass(frozen=True, slots=True)
class SnapshotLoaded:
    """The database stands at this vector now."""

    vector: Vector


@dataclass(frozen=True, slots=True)
class LocalChanged:
    """Local transactions have committed.

    Attributes:
        objects: how many changes are unpublished.
        urgent: somebody waits for them to reach the bucket.
    """

    objects: int
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class SegmentPacked:
    """The next own segment is ready, and remembered as an attempt (REP-12).

    Attributes:
        position: None if nothing was left to publish.
        digest: SHA-256 of the object, hexadecimal.
        through: the feed sequence that it holds.
    """

    position: Position | None
    digest: str = ""
    through: int = 0


@dataclass(frozen=True, slots=True)
class SegmentStored:
    """The PUT of an own segment was accepted."""

    position: Position


@dataclass(frozen=True, slots=True)
class SlotTaken:
    """The PUT of an own segment met an object under its key (412)."""

    position: Position


@dataclass(frozen=True, slots=True)
class SlotRead:
    """What stands in an own slot.

    Attributes:
        digest: of the object; "" if the slot is free.
        through: the feed sequence that it holds, if this database ever tried to put it there;
            None if it did not.
    """

    position: Position
    digest: str
    through: int | None


@dataclass(frozen=True, slots=True)
class LogProven:
    """Whether a segment that this database holds still stands in the bucket."""

    position: Position
    stands: bool


@dataclass(frozen=True, slots=True)
class BucketRefilled:
    """The bucket holds a snapshot of this database, and the record of its repository."""

    vector: Vector


@dataclass(frozen=True, slots=True)
class SegmentFetched:
    """A peer's segment was fetched and verified.

    Attributes:
        needs: its dependency vector.
    """

    position: Position
    needs: Vector


@dataclass(frozen=True, slots=True)
class SegmentAbsent:
    """There is no such segment (yet)."""

    position: Position


@dataclass(frozen=True, slots=True)
class SegmentRefused:
    """A segment is not what its author should have written, in transport or for good."""

    position: Position
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class SegmentApplied:
    """A segment has become part of the database."""

    position: Position


@dataclass(frozen=True, slots=True)
class IncarnationTaken:
    """The database goes on under a new identity."""

    incarnation: Incarnation
    objects: int


@dataclass(frozen=True, slots=True)
class ClockMeasured:
    """How this machine's clock compares with the bucket's (CLK-6).

    Attributes:
        trusted: it is within the bound.
        mended: it was wrong and is right again: unpublished changes carry stamps from
            ahead, which others would refuse (CLK-7).
    """

    trusted: bool
    mended: bool = False


@dataclass(frozen=True, slots=True)
class ClockJumped:
    """The calendar has moved against the monotonic clock: nothing was packed, measure first."""


@dataclass(frozen=True, slots=True)
class Paused:
    """An operator stops replication; nothing is sent or fetched."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """An operator lets replication go on."""


@dataclass(frozen=True, slots=True)
class RefillOrdered:
    """An operator lets this node fill an emptied bucket (REP-27)."""


@dataclass(frozen=True, slots=True)
class DatabaseLost:
    """The database file is no longer there; this process works on what nobody will find."""

    code: str
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Released:
    """An operator lets a refused log be tried again."""

    incarnation: Incarnation


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """A request could not be carried out; it may have been, for a PUT (REP-11).

    Attributes:
        instruction: what was asked.
        lasting: trying again soon won't help (denied, unsupported).
        fault: why, for people.
    """

    instruction: object
    lasting: bool = False
    fault: SkygarthError | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Event: TypeAlias = (
    Started
    | RepositoryFound
    | TailListed
    | HintSeen
    | HintWritten
    | NoticeHeard
    | SnapshotFound
    | SnapshotLoaded
    | LocalChanged
    | SegmentPacked
    | SegmentStored
    | SlotTaken
    | SlotRead
    | LogProven
    | BucketRefilled
    | SegmentFetched
    | SegmentAbsent
    | SegmentRefused
    | SegmentApplied
    | IncarnationTaken
    | ClockMeasured
    | ClockJumped
    | Paused
    | Resumed
    | RefillOrdered
    | DatabaseLost
    | Released
    | RequestFailed
    | Tick
)
