"""What a node asks of its database, whatever the dialect.

Three faces of one database:

- `Reading` answers questions; it sees what has been committed.
- `Writing` is one local transaction: objects, their stamps and the outbox rows
  that will publish them, in one commit (REP-1).
- `Replica` is what replication needs: pack what is unpublished, merge what
  others wrote, remember how far.

A *row* is one object as the database keeps it: the GUID, the metadata columns
in the order of `METADATA`, then the fields in the order of the type's schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol, TypeAlias

from skygarth.merging.law import ObjectChange, Purge
from skygarth.model.errors import Unavailable
from skygarth.model.position import Incarnation, Position, Vector
from skygarth.model.query import Selection
from skygarth.model.schema import Stored, TypeSchema
from skygarth.model.stamp import Stamp

Row: TypeAlias = tuple[Stored, ...]
"""(guid, *METADATA, *fields)."""

METADATA = (
    "_created",  # microseconds since 1970 UTC
    "_creator",  # text
    "_revised",  # microseconds since 1970 UTC
    "_revisor",  # text
    "_revision",  # 1 when created, one more with each changeset that touches the object
    "_published",  # microseconds since 1970 UTC, or None
    "_hidden",  # 0 or 1
    "_deleted",  # 0 or 1
)
EDITABLE_METADATA = frozenset({"_published", "_hidden", "_deleted"})


class Action(IntEnum):
    """What became of an object."""

    CREATED = 1
    UPDATED = 2
    DELETED = 3
    UNDELETED = 4
    PURGED = 5


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One entry of the change feed: what became of one object in one changeset or merge.

    Attributes:
        sequence: place in this database's feed; grows, may have gaps.
        changeset: sequence of the first change of the same transaction or merge.
        imported: whether it came from another node.
        at_us: when this database committed it, microseconds since 1970 UTC.
    """

    sequence: int
    changeset: int
    type_name: str
    guid: bytes
    action: Action
    imported: bool
    at_us: int


@dataclass(frozen=True, slots=True)
class Head:
    """A value that some change gave to a field, and that no seen change has replaced."""

    value: Stored
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A value of a field that was set aside: one head that does not show (MRG-7).

    Attributes:
        conflict_id: the same on every node: made of object, field and stamp.
        field: a field's name, or ``_deleted``, ``_hidden``, ``_published``.
    """

    conflict_id: str
    type_name: str
    guid: bytes
    field: str
    set_aside: Head
    shown: Head


class Reading(Protocol):
    """Questions. Rows of deleted objects come only where a selection or flag asks for them."""

    def fetch(self, type_name: str, guid: bytes, *, deleted: bool = False) -> Row | None:
        """The object's row, or None if there is none (or it is deleted and not asked for)."""
        ...

    def locate(self, guid: bytes) -> str | None:
        """The type of the object with this GUID, deleted ones included; None if unknown."""
        ...

    def is_purged(self, guid: bytes) -> bool:
        """Whether a tombstone says that this object is gone for good."""
        ...

    def select(self, selection: Selection) -> list[Row]:
        """The rows that the selection names, or the fields it wants of them, in its order."""
        ...

    def count(self, selection: Selection) -> int:
        """How many rows the selection names, limit and offset left out."""
        ...

    def child(self, parent: bytes | None, name: str) -> tuple[str, bytes] | None:
        """(type, guid) of the live object that is reached under `name` below `parent` (TRE-2).

        `parent` None is the root. A derived name (TRE-3) finds its object too.
        """
        ...

    def place(self, type_name: str, guid: bytes) -> tuple[bytes | None, str] | None:
        """(parent's guid or None for the root, name it is reached under); None: not in the tree."""
        ...

    def children(self, parent: bytes | None) -> list[tuple[str, bytes, str]]:
        """(type, guid, name it is reached under) of the live objects below `parent`, by name."""
        ...

    def dependents(self, guid: bytes) -> int:
        """How many live objects have this one as their parent."""
        ...

    def name_collisions(self) -> list[tuple[bytes | None, str, str, bytes]]:
        """(parent, name, type, guid) of every object that is reached under a derived name."""
        ...

    def cycle_cuts(self) -> list[tuple[str, bytes]]:
        """(type, guid) of the objects whose parent link was cut to break a cycle (TRE-5)."""
        ...

    def conflicts(self, guid: bytes | None = None) -> list[ConflictRow]:
        """What is set aside and differs from what shows; of one object, or of all."""
        ...

    def changes(self, since: int, limit: int) -> list[ChangeRow]:
        """The feed after `since`, at most `limit` entries.

        Raises:
            NotFound: entries after `since` have been trimmed (SG-FEED-001).
        """
        ...

    def change_head(self) -> int:
        """The feed's last sequence, 0 if it is empty."""
        ...


class Writing(Reading, Protocol):
    """One local transaction; its reads see its own writes.

    Attributes:
        stamp: of every change in it.
        now_us: the moment of its metadata, microseconds since 1970 UTC.
    """

    stamp: Stamp
    now_us: int

    def create(
        self,
        type_name: str,
        guid: bytes,
        values: Sequence[Stored],
        *,
        published_us: int | None,
        hidden: bool = False,
    ) -> None:
        """Add an object; `values` are its fields in the schema's order.

        The caller has checked that the GUID is new. May be buffered until the next question.
        """
        ...

    def reserve(self, parent: bytes | None, name: str, type_name: str, guid: bytes) -> None:
        """Remember that an object kept back will stand under this name; `child` then finds it."""
        ...

    def edit(self, type_name: str, guid: bytes, values: Mapping[str, Stored]) -> bool:
        """Set fields (and editable metadata) of a live or deleted object.

        Counter fields take the *difference*. Values equal to what shows are left out;
        False if nothing remained to do.

        Raises:
            NotFound: there is no such object.
        """
        ...

    def settle(self, type_name: str, guid: bytes, field: str, value: Stored) -> None:
        """Set one field and replace *all* its heads, shown and set aside (MRG-8)."""
        ...

    def purge(self, type_name: str, guid: bytes) -> None:
        """Remove an object for good and leave a tombstone.

        Raises:
            NotFound: there is no such object.
        """
        ...

    def entries(self) -> tuple[ChangeRow, ...]:
        """What it has done so far, as the feed will tell; one entry for each object."""
        ...


@dataclass(frozen=True, slots=True)
class Committed:
    """A local transaction's result.

    Attributes:
        sequence: the feed's head after it; 0 if the transaction changed nothing.
        entries: makes the feed entries, for those who want them.
    """

    sequence: int
    entries: Callable[[], tuple[ChangeRow, ...]]

    @property
    def changes(self) -> tuple[ChangeRow, ...]:
        """The feed entries, in order."""
        return self.entries()


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose database this is, and where its own log stands.

    Attributes:
        repository: id of the repository (from repo.json), "" before the first contact.
        incarnation: the writer's identity, minted with the database.
        sequence: last own segment known to be in the bucket, 0 if none.
        digest: SHA-256 of that segment, hexadecimal; "" if none.
        fingerprint: of the host and the database file when it was minted.
    """

    repository: str
    incarnation: Incarnation
    sequence: int
    digest: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Packed:
    """Unpublished changes, packed as a database image.

    Attributes:
        image: a SQLite database (FMT-4).
        through: the feed's sequence through which changes are inside.
        objects: how many objects it touches.
        stamp_min: the least stamp of its changes; `stamp_max` the greatest.
    """

    image: bytes
    through: int
    objects: int
    stamp_min: bytes
    stamp_max: bytes
    schema: str


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge did.

    Attributes:
        changes: sequences of the feed entries it made: first and last; (0, 0) if none.
        objects: how many objects it touched.
        set_aside: how many heads it set aside.
    """

    changes: tuple[int, int]
    objects: int
    set_aside: int


class ContentView(Protocol):
    """Everything that replicates, at one moment.

    Attributes:
        vector: applied through, by log.
        unpublished: changes that no segment holds yet; unless 0, the content is
            ahead of the vector and must be neither compared nor published.
    """

    vector: dict[Incarnation, int]
    unpublished: int

    def digest(self) -> str:
        """SHA-256 of the logical content: equal on nodes that stand at equal vectors (I3)."""
        ...

    def chunks(self, objects_max: int) -> Iterator[tuple[str, int, bytes]]:
        """The whole state as (label, number of objects, image)."""
        ...


class Replica(Protocol):
    """What replication needs of the database; one thread at a time uses it."""

    def identity(self) -> Identity:
        """Whose database this is."""
        ...

    def adopt_repository(self, repository: str) -> None:
        """Remember which repository this database belongs to."""
        ...

    def take_incarnation(
        self,
        incarnation: Incarnation,
        fingerprint: str,
        retime: Callable[[], Stamp] | None = None,
    ) -> None:
        """Go on under a new identity: unpublished changes are re-stamped (REP-21).

        They keep their times, or get new ones in the same order from `retime` (CLK-7).
        """
        ...

    def former(self) -> dict[Incarnation, str]:
        """Identities that this database wrote under before the present one, oldest first (MBR-11).

        Each with the name of the node that wrote under it; "" where nobody remembers.
        """
        ...

    def go_by(self, name: str) -> None:
        """Remember the name of the node that writes under the present identity."""
        ...

    def pause(self, *, paused: bool) -> None:
        """Remember that an operator has paused replication, or that it goes on."""
        ...

    def is_paused(self) -> bool:
        """Whether an operator has paused replication."""
        ...

    def vector(self) -> dict[Incarnation, int]:
        """Applied through which sequence of every log, the own one included."""
        ...

    def published_through(self) -> int:
        """The feed's sequence through which local changes are in the bucket."""
        ...

    def unpublished(self) -> tuple[int, int]:
        """(number of changed objects not yet published, feed sequence of the last of them)."""
        ...

    def pack(self, objects_max: int) -> Packed | None:
        """Whole changesets from the outbox, oldest first; None if there are none."""
        ...

    def greatest_shared_stamp(self) -> bytes:
        """The greatest stamp that was published or applied; b"" if there is none."""
        ...

    def trim_feed(self, keep: int) -> None:
        """Forget all but the last `keep` entries of the feed, and none that is unpublished."""
        ...

    def greatest_stamp(self) -> bytes:
        """The greatest stamp in the database; b"" if it holds none."""
        ...

    def attempt(self, position: Position, digest: str, through: int) -> None:
        """Remember, before the PUT, what is about to be uploaded (REP-12)."""
        ...

    def attempts(self, position: Position) -> dict[str, int]:
        """Every digest ever tried for a slot, and the feed sequence that it holds."""
        ...

    def published(self, position: Position, digest: str, through: int) -> None:
        """The segment is in the bucket: forget its outbox rows, advance the own log."""
        ...

    def awaits_publishing(self, guid: bytes) -> bool:
        """Whether this node changed an object and has not published it yet."""
        ...

    def change_of(self, image: bytes, guid: bytes) -> ObjectChange | Purge | None:
        """What a verified segment's image says of one object; None if it does not touch it.

        Raises:
            Damaged: the image is no segment's.
        """
        ...

    def merge(
        self,
        position: Position,
        image: bytes,
        *,
        digest: str = "",
        previous: str = "",
        stamp: bytes = b"",
    ) -> Merged:
        """Apply a verified segment and advance its log, in one commit (MRG-5).

        A position that is applied already changes nothing. `digest` is the segment's own,
        `previous` the one that it names as its predecessor's, `stamp` its greatest.

        Raises:
            Damaged: the image is no segment's, or the chain of digests is broken (SG-SEGMENT-024).
        """
        ...

    def populate(self, image: bytes, token: str) -> None:
        """Load one snapshot chunk; `token` marks it done."""
        ...

    def populated(self) -> set[str]:
        """Tokens of chunks already loaded."""
        ...

    def finish_populating(self, vector: Vector) -> None:
        """Build what was put off (indexes, search), and stand at the snapshot's vector."""
        ...

    def view(self) -> AbstractContextManager[ContentView]:
        """One consistent view of everything that replicates, while the block runs."""
        ...

    def quarantine(self, position: Position, code: str, reason: str) -> None:
        """Read this log no further than before `position` (REP-40)."""
        ...

    def quarantined(self) -> dict[Incarnation, tuple[int, str, str]]:
        """(sequence, code, reason) of each log that is refused."""
        ...

    def release(self, incarnation: Incarnation) -> None:
        """Try a refused log again."""
        ...


class Database(Protocol):
    """One database, opened."""

    def ensure_types(self, schemas: Iterable[TypeSchema]) -> None:
        """Make tables for new types and columns for new fields; nothing is ever taken away.

        Raises:
            Conflict: a field changed its kind (SG-TYPE-010).
        """
        ...

    def types(self) -> dict[str, TypeSchema]:
        """Every type that this database has tables for, learnt ones included."""
        ...

    def reading(self) -> Reading:
        """This thread's view of what is committed."""
        ...

    def writing(self, author: str) -> AbstractContextManager[Writing]:
        """A local transaction: commits when the block ends, rolls back if it raises.

        Blocks while another transaction of this database runs.
        """
        ...

    def committed(self, writing: Writing) -> Committed:
        """What a transaction did, once its block has ended."""
        ...

    def changed_by_neighbours(self) -> bool:
        """Whether another process has committed to this database since the last call."""
        ...

    def exclusive(self) -> AbstractContextManager[object]:
        """Keep every other thread of this process from writing while the block runs."""
        ...

    def refuse_writes(self, why: Unavailable) -> None:
        """Raise this from now on where somebody begins a local transaction; reading goes on."""
        ...

    def replica(self) -> Replica:
        """The face that replication uses."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...
