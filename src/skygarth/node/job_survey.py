"""Which jobs there are, as one node's database tells: its own, orphans, and those of others.

Own jobs are found by an index. Whether others neglect theirs is asked once a second
at most: that question reads every job that waits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from skygarth.model.guid import Guid
from skygarth.model.position import Incarnation
from skygarth.node.job_deciding import Job, Peer
from skygarth.repository import Query, Repository
from skygarth.repository.pool_jobs import PoolJob

LOOK_SECONDS = 1.0
ORPHANS_MAX = 500
"""So many jobs are given to others in one transaction."""
LATER_MAX = 1_000


class JobSurvey:
    """Looks at jobs; moments are seconds of the node's monotonic clock.

    Attributes:
        orphans: jobs whose owner is nobody, unknown, dead or in other pools, as of the last look.
        orphans_since: since when there have been such jobs; None if there are none.
        others_since: since when jobs of others have been waiting without a break.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._looked_at = float("-inf")
        self._peers: tuple[Peer, ...] = ()
        self.orphans: tuple[Job, ...] = ()
        self.orphans_since: float | None = None
        self.others_since: float | None = None

    def mine(self, me: Incarnation, later: Collection[bytes], limit: int) -> tuple[Job, ...]:
        """Jobs that name this node and that it knows how to do, the oldest first.

        Args:
            later: those that are not due yet.
        """
        handlers = self._repository.job_handlers
        found = self._waiting().where(PoolJob.owner == me, PoolJob.handler.in_(handlers))
        if later:
            put_off = [Guid(bytes=guid) for guid in later][-LATER_MAX:]
            found = found.where(~PoolJob.guid.in_(put_off))
        return tuple(map(_seen, found.limit(limit).all()))

    def look(
        self, me: Incarnation, pools: Iterable[str], peers: tuple[Peer, ...], now: float
    ) -> None:
        """Look whether others neglect their jobs, unless that was done just now."""
        if now - self._looked_at < LOOK_SECONDS and peers is self._peers:
            return
        self._looked_at, self._peers = now, peers
        pools = sorted(pools)
        self.orphans = self.find_orphans(me, pools, peers)
        theirs = self._waiting().where(PoolJob.owner != me, PoolJob.pool.in_(pools))
        self.orphans_since = _since(self.orphans_since, bool(self.orphans), now)
        self.others_since = _since(self.others_since, theirs.exists(), now)

    def find_orphans(
        self, me: Incarnation, pools: Iterable[str], peers: Iterable[Peer]
    ) -> tuple[Job, ...]:
        """Jobs of these pools that neither this node nor a living one of the pool owns."""
        known = list(peers)
        found: list[PoolJob] = []
        for pool in pools:
            living = [p.incarnation for p in known if not p.is_dead and pool in p.pools]
            neglected = self._waiting().where(
                PoolJob.pool == pool, ~PoolJob.owner.in_([*living, me])
            )
            found += neglected.limit(ORPHANS_MAX).all()
        return tuple(map(_seen, found))

    def _waiting(self) -> Query[PoolJob]:
        """Jobs that wait to be done, the oldest first."""
        return (
            self._repository.query(PoolJob)
            .where(PoolJob.failed == False)  # noqa: E712 - a condition, not a truth value
            .order_by(PoolJob.guid.asc())
        )


def _seen(job: PoolJob) -> Job:
    return Job(job.guid_bytes, job.pool, Guid(job.subject).bytes, job.owner)


def _since(before: float | None, is_so: bool, now: float) -> float | None:
    """Since when something has been so without a break."""
    if not is_so:
        return None
    return now if before is None else before
