"""What one node knows of its cloud at one moment, before anything is concluded from it.

Whoever watches the cloud reads these facts once, and everything else (alarms,
lags, the picture) is a pure function of them: so each state of a cloud can be
put together in a test, the rare ones included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skygarth.model.position import Incarnation, Vector
from skygarth.node.job_desk import JobFigures
from skygarth.node.membership import Member
from skygarth.node.status import CostStatus, SyncStatus
from skygarth.notices.port import TransportHealth
from skygarth.web.disk_room import DiskRoom
from skygarth.web.watching.bucket_census import Census
from skygarth.web.watching.unpublished_watch import Growth

CUT_OFF = "cut off"
"""What a node that was paused is unwell with: it says so on its card, and is ready all the same."""


@dataclass(frozen=True, slots=True)
class PooledRoute:
    """Addresses whose requests only the nodes of a pool should answer.

    Attributes:
        address: the pattern of the route, its page's path included.
        fallback: what answers while the pool has no node; None for a 503.
    """

    address: str
    pool: str
    fallback: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFacts:
    """The node that watches.

    Attributes:
        why: it is in its state, where the state alone does not tell.
        reservation: why it takes no traffic although its content is complete.
        data_folder: of its database.
        lag_seconds: for how long it has known of what it has not applied.
        populating: chunks of a snapshot: done, and of how many.
        jobs: of the pools; None on a node that knows of none.
    """

    name: str
    incarnation: Incarnation
    state: str
    address: str
    data_folder: str
    sync: SyncStatus
    disk: DiskRoom
    cost: CostStatus
    why: str = ""
    reservation: str = ""
    lag_seconds: float = 0.0
    populating: tuple[int, int] = (0, 0)
    transports: tuple[TransportHealth, ...] = ()
    jobs: JobFigures | None = None
    pools: tuple[str, ...] = ("web",)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudFacts:
    """What that node knows of all of them.

    Attributes:
        members: every node that has a card, those excepted whose place another one took.
        cards_age_seconds: how long ago cards were read; None if they never could be.
        busy: logs that have just grown.
        still_seconds: for how long each log has been as long as it is, as far as was watched;
            a log that is absent has been so for as long as one can remember.
        growth: of what waits here to be published; None while it does not grow.
        census: what the bucket holds; None before it was counted.
        objects: how many live ones of each type.
        conflicts_count: of those that nobody has settled.
        routes: those of this node's application that name a pool.
    """

    own: OwnFacts
    members: list[Member]
    cards_age_seconds: float | None = 0.0
    busy: frozenset[Incarnation] = frozenset()
    still_seconds: Mapping[Incarnation, float] = field(default_factory=dict)
    growth: Growth | None = None
    census: Census | None = None
    objects: dict[str, int] = field(default_factory=dict)
    conflicts_count: int = 0
    routes: tuple[PooledRoute, ...] = ()

    def ready_in(self, pool: str) -> int:
        """How many nodes of a pool take traffic, as far as their cards tell."""
        return sum(pool in each.card.pools and each.state == "ready" for each in self.members)

    @property
    def known(self) -> Vector:
        """How far each log reaches, the own one included."""
        sync = self.own.sync
        reaches = {peer.incarnation: peer.known_through for peer in sync.peers}
        return {**reaches, self.own.incarnation: sync.sequence}


def current_members(members: list[Member]) -> list[Member]:
    """Without those whose place another took: a node that lost its disk comes back as new."""
    newest: dict[tuple[str, str], Member] = {}
    for member in members:
        place = (member.card.name, member.card.address)
        if place not in newest or newest[place].card.started_ms <= member.card.started_ms:
            newest[place] = member
    return [member for member in members if member in newest.values()]
