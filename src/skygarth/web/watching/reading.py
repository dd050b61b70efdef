"""Reads what one node knows, at most once in half a second, however many people look."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from skygarth.model.position import Incarnation
from skygarth.node.job_desk import JobDesk
from skygarth.node.membership import Member
from skygarth.node.news import transports_of
from skygarth.node.running import RunningNode
from skygarth.routing.route_map import PublishedPage
from skygarth.web.content_figures import FiguresReader
from skygarth.web.disk_room import disk_room
from skygarth.web.watching.bucket_census import BucketCensus
from skygarth.web.watching.facts import CloudFacts, OwnFacts, PooledRoute, current_members
from skygarth.web.watching.unpublished_watch import UnpublishedWatch
from skygarth.web.watching.view import PAID_FOR, CloudView, view_cloud

FRESH_US = 500_000
CARDS_SECONDS = 15.0
"""A listing of cards is billed: at this pace an open page costs less than a dollar a month."""

BUSY_US = 3_000_000
"""For how long after its last segment a log is shown as busy."""


class CloudReader:
    """Reads a node's cloud for everybody who watches it.

    Args:
        now_us: microseconds since 1970 UTC.
        pages: of the node's application.
    """

    def __init__(
        self,
        node: RunningNode,
        figures: FiguresReader,
        now_us: Callable[[], int],
        pages: Sequence[PublishedPage] = (),
    ) -> None:
        self._node = node
        self._routes = pooled_routes(pages)
        self._figures = figures
        self._now_us = now_us
        self._lock = threading.Lock()
        self._read_us = 0
        self._view: CloudView | None = None
        self._grown_us: dict[Incarnation, tuple[int, int]] = {}
        self._cards: list[Member] = []
        self._cards_at = float("-inf")
        self._unpublished = UnpublishedWatch()
        self._census = BucketCensus(node.bucket, node.clock.monotonic)

    def read(self) -> CloudView:
        """The cloud as of now, or of half a second ago."""
        with self._lock:
            now_us = self._now_us()
            if self._view is None or not 0 <= now_us - self._read_us < FRESH_US:
                self._view = view_cloud(self._facts(now_us))
                self._read_us = now_us
            return self._view

    def forget(self) -> None:
        """Read anew next time."""
        with self._lock:
            self._view = None

    def _facts(self, now_us: int) -> CloudFacts:
        members = current_members(self._members())  # first: cards give logs their names
        own = own_facts(self._node)
        figures = self._figures.read()
        facts = CloudFacts(
            own=own,
            members=members,
            cards_age_seconds=self._node.membership.cards_age_seconds,
            growth=self._unpublished.look(self._node.clock.monotonic(), own.sync.unpublished),
            census=self._census.look(),
            objects=figures.objects,
            conflicts_count=len(figures.conflicts),
            routes=self._routes,
        )
        return self._watched(facts, now_us)

    def _members(self) -> list[Member]:
        """Everybody's cards; where looking costs money, seldom, however long a page is open."""
        now = self._node.clock.monotonic()
        if self._node.bucket.url.startswith(PAID_FOR) and now - self._cards_at < CARDS_SECONDS:
            own = self._node.incarnation
            others = [each for each in self._cards if each.card.incarnation != own]
            here = Member(self._node.card.make(), 0.0)
            return sorted([here, *others], key=lambda each: each.card.name)
        self._cards, self._cards_at = self._node.members(), now
        return self._cards

    def _watched(self, facts: CloudFacts, now_us: int) -> CloudFacts:
        """With the logs that have just grown, and since when the others have not."""
        before = self._grown_us
        self._grown_us = {
            log: before[log] if log in before and before[log][0] == through else (through, now_us)
            for log, through in facts.known.items()
        }
        still_us = {log: now_us - grown_us for log, (_, grown_us) in self._grown_us.items()}
        busy = {log for log, still in still_us.items() if log in before and still < BUSY_US}
        still_seconds = {log: still / 1_000_000 for log, still in still_us.items()}
        return replace(facts, busy=frozenset(busy), still_seconds=still_seconds)


def own_facts(node: RunningNode) -> OwnFacts:
    """What a node knows of itself."""
    sync = node.sync_status()
    return OwnFacts(
        name=node.name,
        incarnation=node.incarnation,
        state=node.state,
        why=node.why,
        reservation=node.reservation,
        address=node.traits.address,
        data_folder=str(Path(str(node.database.path)).parent),
        sync=sync,
        disk=disk_room(node, sync),
        cost=node.cost(),
        lag_seconds=node.lag_seconds(),
        populating=node.populating,
        pools=node.traits.pools,
        transports=transports_of(node),
        jobs=None if (desk := node.companions.find(JobDesk)) is None else desk.figures,
    )


def pooled_routes(pages: Sequence[PublishedPage]) -> tuple[PooledRoute, ...]:
    """Those routes of an application that name a pool."""
    return tuple(
        PooledRoute(page.path.rstrip("/") + route.pattern, route.pool, route.fallback)
        for page in pages
        for route in page.routes
        if route.pool is not None
    )
