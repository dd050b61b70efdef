"""What a node answers, as far as the command line reads it.

Unknown members are ignored and missing ones have a meaning, so that a command
line of one version understands a node of another. With ``--json`` a command
prints the whole answer, not only what stands here.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

Value = object
"""Any JSON value: the type of a field decides what it may be."""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Part of a list, and where the rest begins."""

    items: list[T]
    next: str | None = None


class ObjectAnswer(msgspec.Struct, frozen=True):
    """One object."""

    guid: str
    type: str
    path: str | None = None
    fields: dict[str, Value] = {}
    meta: dict[str, Value] = {}
    conflicts: list[Value] = []


class VersionAnswer(msgspec.Struct, frozen=True):
    """One version of an object.

    Attributes:
        version: names it; None where it is not published yet.
        deed: created, edited, counted, deleted, undeleted or purged.
    """

    version: str | None
    node: str
    by: str
    at: str
    deed: str
    fields: dict[str, Value] = {}
    meta: dict[str, Value] = {}
    amounts: dict[str, int] = {}


class HistoryAnswer(msgspec.Struct, frozen=True):
    """All versions of an object that are kept, the oldest first."""

    type: str
    complete: bool
    items: list[VersionAnswer]
    unreadable: list[str] = []


class NodeAnswer(msgspec.Struct, frozen=True):
    """A node, by itself or as another one sees it.

    Attributes:
        address: where it answers HTTP, if it said so.
        vector: the sequence applied of each incarnation.
        digest: of its content at that vector; only a node itself knows it.
        card_age_seconds: how long ago it wrote its card; only others see it so.
        why: it is in this state, where the state alone does not tell.
        load: how many requests it was busy with at once, lately.
        unwell: names of the things it depends on that do not do what it needs.
        former: incarnations that its database wrote under before, and by which names.
        in_flight: how many visitors wait for an answer; only a node itself knows.
        leaving: whether it ends when it is drained.
    """

    name: str
    incarnation: str
    state: str
    pools: list[str] = []
    address: str | None = None
    vector: dict[str, int] = {}
    lag_seconds: float | None = None
    backlog: int | None = None
    digest: str | None = None
    objects: int | None = None
    conflicts: int | None = None
    version: str | None = None
    versions: Value = None
    card_age_seconds: float | None = None
    why: str | None = None
    components: dict[str, str] = {}
    load: float | None = None
    requests_per_second: float | None = None
    unwell: list[str] = []
    former: dict[str, str] = {}
    in_flight: int | None = None
    leaving: bool = False


class NodesAnswer(msgspec.Struct, frozen=True):
    """The nodes that one of them knows of.

    Attributes:
        cards_age_seconds: how long ago it read the cards of the others; None if it never could.
    """

    items: list[NodeAnswer]
    cards_age_seconds: float | None = None


class ForgottenAnswer(msgspec.Struct, frozen=True):
    """The dead nodes that the bucket tells of no more, and the chores that they had claimed."""

    items: list[NodeAnswer]
    claims: list[str] = []


class QuarantineAnswer(msgspec.Struct, frozen=True):
    """Why an author's log is not read on, and from where.

    Attributes:
        key: of the bad segment in the bucket.
    """

    sequence: int
    code: str = ""
    reason: str = ""
    key: str | None = None


class PeerAnswer(msgspec.Struct, frozen=True):
    """How far a node has come with one peer's log."""

    incarnation: str
    name: str | None = None
    known_through: int = 0
    applied_through: int = 0
    lag_seconds: float | None = None
    parked: int = 0
    quarantined: QuarantineAnswer | None = None


class BucketAnswer(msgspec.Struct, frozen=True):
    """The bucket as a node sees it."""

    url: str
    reachable: bool = True
    fault: str | None = None


class DiskAnswer(msgspec.Struct, frozen=True):
    """The disk of a node's database.

    Attributes:
        free_bytes: None if the data folder is gone.
        fault: what is wrong with it and what helps.
    """

    free_bytes: int | None = None
    fault: str | None = None


class TransportAnswer(msgspec.Struct, frozen=True):
    """One way over which a node hears of news."""

    name: str
    broker: str
    connected: bool
    away_seconds: float = 0
    fault: str | None = None
    heard_seconds_ago: float | None = None


class JobsAnswer(msgspec.Struct, frozen=True):
    """How jobs are doing.

    Attributes:
        running: those that this node is doing.
        fault: why they stand still here.
    """

    waiting: int = 0
    failed: int = 0
    running: list[str] = []
    fault: str | None = None


class JobAnswer(msgspec.Struct, frozen=True):
    """A job that is not done.

    Attributes:
        object: GUID of what changed.
        owner: the name of the node that shall do it.
    """

    guid: str
    function: str
    pool: str = ""
    action: str = ""
    object: str = ""
    type: str = ""
    owner: str | None = None
    state: str = ""
    attempts: int = 0
    fault: str | None = None
    at: str | None = None


class SyncAnswer(msgspec.Struct, frozen=True):
    """How a node stands with its bucket and its peers."""

    state: str
    bucket: BucketAnswer
    unpublished: int = 0
    own_sequence: int = 0
    peers: list[PeerAnswer] = []
    notices: list[TransportAnswer] = []
    clock_offset_ms: float | None = None
    clock_trusted: bool = True
    last_error: str | None = None
    disk: DiskAnswer = DiskAnswer()
    jobs: JobsAnswer | None = None


class CostAnswer(msgspec.Struct, frozen=True):
    """What the requests to the bucket come to."""

    requests: dict[str, int]
    dollars_month: float
    bytes: Value = None
    since: str | None = None
    seconds: float | None = None


class TypeAnswer(msgspec.Struct, frozen=True):
    """A declared type."""

    name: str
    schema: dict[str, Value] = {}


class SideAnswer(msgspec.Struct, frozen=True):
    """One of the two values of a conflict, with who set it and when."""

    value: Value = None
    by: str | None = None
    at: str | None = None


class ConflictAnswer(msgspec.Struct, frozen=True):
    """A value that shows and one that merging set aside."""

    id: str
    guid: str
    type: str
    field: str
    shown: SideAnswer
    set_aside: SideAnswer
    path: str | None = None
