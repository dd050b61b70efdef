"""The cloud as people see it: one value that the dashboard, its JSON twin and ``top`` show.

`view_cloud` is a pure function of `CloudFacts`: what is concluded (who is behind
whom, what cannot be known, what needs a person) is concluded here, once, and
whoever shows it only lays it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from skygarth.model.position import Incarnation
from skygarth.node.membership import GONE, Member
from skygarth.node.status import CostStatus
from skygarth.notices.port import TransportHealth
from skygarth.web.disk_room import is_bucket_well
from skygarth.web.watching.alarm import Alarm
from skygarth.web.watching.alarms import alarms_of
from skygarth.web.watching.bucket_census import Census, Kind
from skygarth.web.watching.facts import CUT_OFF, CloudFacts
from skygarth.web.watching.lags import (
    CARDS_AGE_SECONDS_MAX,
    Lack,
    applied_by,
    lacks_of,
    lag_of,
    own_lag,
    told_seconds_ago,
)

TELLING_SECONDS = 600.0
"""A start costs more than what follows: a month is told from so many seconds on."""

UNKNOWN = "unknown"
LACKS_MAX = 5
NO_POOL = "no pool"
PAID_FOR = ("s3:", "gs:", "az:")


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node of the cloud as the asked node sees it.

    Attributes:
        state: as on its card; ``cut off``, ``silent`` or ``untrusted`` where that says more, and
            ``unknown`` where the card could not be read again for long.
        group: its pools in one word, the same for all nodes of the same pools.
        written: segments of its log.
        behind: segments that it had not applied when it last told.
        lacks: of which logs, most first.
        lag_seconds: None where it cannot be known; `lag_unknown` says why.
        told_seconds: how long ago it told all this.
        applied: through which segment of each log, in the order of `CloudView.logs`.
        busy: whether its log has just grown.
        clock_ahead_seconds: of the bucket's; None where it cannot be told.
        load: how many requests it was busy with at once, lately.
        unwell: names of what it depends on and is not well with.
        alarms: how many of the alarms are about it.
    """

    name: str
    incarnation: Incarnation
    state: str
    is_here: bool
    address: str
    pools: tuple[str, ...]
    group: str
    version: str
    components: dict[str, str]
    written: int
    behind: int
    lacks: list[Lack]
    lag_seconds: float | None
    lag_unknown: str
    told_seconds: int
    applied: list[int]
    busy: bool
    clock_ahead_seconds: float | None
    load: float
    requests_per_second: float
    unwell: tuple[str, ...]
    alarms: int = 0


@dataclass(frozen=True, slots=True)
class LogView:
    """What one incarnation wrote, and how far the asked node has come with it.

    Attributes:
        parked: segments that are here and wait for what they depend on.
        is_current: whether a node goes by it now.
        refused: (sequence, code, reason) if it is in quarantine from there on.
    """

    name: str
    incarnation: Incarnation
    segments: int
    applied: int
    parked: int
    is_current: bool
    refused: tuple[int, str, str] | None


@dataclass(frozen=True, slots=True)
class RouteView:
    """Addresses of the asked node's application that a pool answers.

    Attributes:
        is_here: whether the asked node is of that pool.
        ready: nodes of the pool that take traffic.
        fallback: what answers while there are none; None for a 503.
    """

    address: str
    pool: str
    is_here: bool
    ready: int
    fallback: str | None


@dataclass(frozen=True, slots=True)
class BucketView:
    """The bucket, as far as the asked node knows it.

    Attributes:
        reachable: whether it does what is asked of it.
        segments: that the asked node knows of.
        kinds: keys and bytes by kind as last counted; empty before that.
        counted_seconds: how long ago; None if never.
        grown_bytes: since the first count; None before a second one.
    """

    url: str
    reachable: bool
    segments: int
    kinds: dict[str, Kind] = field(default_factory=dict)
    keys: int | None = None
    bytes: int | None = None
    counted_seconds: int | None = None
    grown_bytes: int | None = None
    grown_seconds: int = 0


@dataclass(frozen=True, slots=True)
class CostView:
    """Requests of the asked node since its start, and what a month at this rate costs.

    Attributes:
        dollars_month: None while it is too early to tell.
        is_free: a folder asks no money.
    """

    requests: dict[str, int]
    bytes_sent: int
    bytes_received: int
    dollars: float
    dollars_month: float | None
    seconds: int
    is_free: bool


@dataclass(frozen=True, slots=True)
class CloudView:
    """All that one sees of a cloud from one of its nodes.

    Attributes:
        alarms: grave ones first.
        lag_seconds: of the asked node; None where it cannot be known.
        populating: chunks of a snapshot: done, and of how many.
        cards_age_seconds: how long ago the others' cards were read; None if never.
        pools: how many nodes each pool has that take traffic or may again.
        objects: live ones of each type.
    """

    name: str
    incarnation: Incarnation
    state: str
    why: str
    sync: str
    address: str
    unpublished: int
    lag_seconds: float | None
    lag_unknown: str
    clock_offset_ms: int
    populating: tuple[int, int]
    cards_age_seconds: float | None
    disk_free_bytes: int | None
    alarms: list[Alarm]
    nodes: list[NodeView]
    pools: dict[str, int]
    logs: list[LogView]
    bucket: BucketView
    cost: CostView
    notices: list[TransportHealth]
    objects: dict[str, int]
    conflicts_count: int
    jobs_waiting: int
    jobs_failed: int
    routes: list[RouteView]


def view_cloud(facts: CloudFacts) -> CloudView:
    """All that one sees of a cloud."""
    own, sync = facts.own, facts.own.sync
    logs = _logs(facts)
    alarms = alarms_of(facts)
    nodes = [_node(facts, member, logs, alarms) for member in facts.members]
    lag = own_lag(own)
    return CloudView(
        name=own.name,
        incarnation=own.incarnation,
        state=own.state,
        why=own.why,
        sync=sync.state,
        address=own.address,
        unpublished=sync.unpublished,
        lag_seconds=lag.seconds,
        lag_unknown=lag.why_unknown,
        clock_offset_ms=sync.clock_offset_ms,
        populating=own.populating,
        cards_age_seconds=_rounded(facts.cards_age_seconds),
        disk_free_bytes=own.disk.free_bytes,
        alarms=alarms,
        nodes=nodes,
        pools=_pools(nodes),
        logs=logs,
        bucket=_bucket(facts, logs),
        cost=cost_view(own.cost, sync.bucket),
        notices=list(own.transports),
        objects=facts.objects,
        conflicts_count=facts.conflicts_count,
        jobs_waiting=0 if own.jobs is None else own.jobs.waiting,
        jobs_failed=0 if own.jobs is None else own.jobs.failed,
        routes=[
            RouteView(
                each.address,
                each.pool,
                each.pool in own.pools,
                facts.ready_in(each.pool),
                each.fallback,
            )
            for each in facts.routes
        ],
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _logs(facts: CloudFacts) -> list[LogView]:
    own, sync = facts.own, facts.own.sync
    current = {member.card.incarnation for member in facts.members}
    mine = LogView(own.name, own.incarnation, sync.sequence, sync.sequence, 0, True, None)
    others = [
        LogView(
            peer.name,
            peer.incarnation,
            peer.known_through,
            peer.applied_through,
            peer.parked,
            peer.incarnation in current,
            peer.quarantined,
        )
        for peer in sync.peers
        if peer.known_through
    ]
    return sorted([mine, *others], key=lambda log: (not log.is_current, log.name, log.incarnation))


def _node(facts: CloudFacts, member: Member, logs: list[LogView], alarms: list[Alarm]) -> NodeView:
    card, own = member.card, facts.own
    is_here = card.incarnation == own.incarnation
    applied = applied_by(member, facts.known)
    reaches = [(log.name, log.incarnation, log.segments) for log in logs]
    lacks = lacks_of(member, facts, applied, reaches)
    lag = lag_of(member, facts)
    ahead = own.sync.clock_offset_ms / 1000 if is_here else member.clock_ahead_seconds
    return NodeView(
        name=card.name,
        incarnation=card.incarnation,
        state=_state(member, facts),
        is_here=is_here,
        address=card.address,
        pools=card.pools,
        group=", ".join(sorted(card.pools)) or NO_POOL,
        version=card.versions.get("skygarth", ""),
        components=dict(card.components),
        written=facts.known.get(card.incarnation, 0),
        behind=sum(lack.segments for lack in lacks),
        lacks=lacks[:LACKS_MAX],
        lag_seconds=lag.seconds,
        lag_unknown=lag.why_unknown,
        told_seconds=0 if is_here else round(told_seconds_ago(member, facts)),
        applied=[applied.get(log.incarnation, 0) for log in logs],
        busy=card.incarnation in facts.busy,
        clock_ahead_seconds=_rounded(ahead),
        load=round(card.load, 2),
        requests_per_second=round(card.requests_per_second, 1),
        unwell=tuple(name for name in card.unwell if name != CUT_OFF),  # that is its state
        alarms=sum(card.name in alarm.nodes for alarm in alarms),
    )


def _state(member: Member, facts: CloudFacts) -> str:
    """As on its card, if that is still worth something.

    A node that was cut off serves on, and its card says ready; a card that cannot be read
    again says how things were.
    """
    own = facts.own
    if member.card.incarnation == own.incarnation:
        return CUT_OFF if own.sync.paused else member.state
    is_old = told_seconds_ago(member, facts) - member.age_seconds > CARDS_AGE_SECONDS_MAX
    if is_old and member.state not in GONE:
        return UNKNOWN
    says_ready = member.state in {"ready", "lagging"}
    return CUT_OFF if says_ready and CUT_OFF in member.card.unwell else member.state


def _pools(nodes: list[NodeView]) -> dict[str, int]:
    ready: dict[str, int] = {}
    for node in nodes:
        for pool in node.pools:
            ready[pool] = ready.get(pool, 0) + (node.state == "ready")
    return dict(sorted(ready.items()))


def _bucket(facts: CloudFacts, logs: list[LogView]) -> BucketView:
    sync, census = facts.own.sync, facts.census
    segments = sum(log.segments for log in logs)
    if census is None:
        return BucketView(sync.bucket, is_bucket_well(sync), segments)
    return _counted(BucketView(sync.bucket, is_bucket_well(sync), segments), census)


def _counted(view: BucketView, census: Census) -> BucketView:
    total = census.total
    return BucketView(
        view.url,
        view.reachable,
        view.segments,
        kinds=census.kinds,
        keys=total.keys,
        bytes=total.bytes,
        counted_seconds=round(census.seconds_ago),
        grown_bytes=census.grown_bytes,
        grown_seconds=round(census.grown_seconds),
    )


def cost_view(cost: CostStatus, bucket_url: str) -> CostView:
    """What is counted, and a month's dollars once there is enough to tell them from."""
    is_free = not bucket_url.startswith(PAID_FOR)
    is_early = not is_free and cost.seconds < TELLING_SECONDS
    return CostView(
        requests=cost.requests,
        bytes_sent=cost.bytes_sent,
        bytes_received=cost.bytes_received,
        dollars=round(cost.dollars, 6),
        dollars_month=None if is_early else round(cost.dollars_month, 4),
        seconds=round(cost.seconds),
        is_free=is_free,
    )
