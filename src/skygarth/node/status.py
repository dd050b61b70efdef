"""What a node tells of itself, as plain values for commands, pages and metrics."""

from __future__ import annotations

from dataclasses import dataclass, field

from skygarth.model.position import Incarnation


@dataclass(frozen=True, slots=True)
class PeerStatus:
    """How far this node has come with one log.

    Attributes:
        lag_seconds: for how long it has known of segments that it has not applied.
        parked: segments that are here and wait for what they depend on.
        quarantined: (sequence, code, reason) if the log is refused from there on.
    """

    incarnation: Incarnation
    name: str
    known_through: int
    applied_through: int
    lag_seconds: float
    parked: int
    quarantined: tuple[int, str, str] | None


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """How replication is doing.

    Attributes:
        in_trouble: it goes on, and lacks something that does not mend itself.
    """

    state: str
    bucket: str
    bucket_reachable: bool
    unpublished: int
    sequence: int
    peers: tuple[PeerStatus, ...]
    clock_offset_ms: int
    clock_trusted: bool
    last_error: str
    paused: bool
    last_progress_seconds: float
    in_trouble: bool = False


@dataclass(frozen=True, slots=True)
class ContentDigest:
    """One hash over everything that replicates, and the vector it belongs to.

    Attributes:
        settled: no local change waits to be published; only then may digests at
            equal vectors be compared.
    """

    digest: str
    vector: dict[Incarnation, int]
    settled: bool


@dataclass(frozen=True, slots=True)
class CostStatus:
    """Requests since the start by class, bytes, and what a month at this rate costs."""

    requests: dict[str, int]
    bytes_sent: int
    bytes_received: int
    dollars: float
    dollars_month: float
    seconds: float
    since_ms: int


@dataclass(frozen=True, slots=True)
class Health:
    """One dependency of a node.

    Attributes:
        well: whether it does what the node needs.
        detail: one sentence for people.
    """

    name: str
    well: bool
    detail: str = ""
    facts: dict[str, object] = field(default_factory=dict)
