"""How a router comes to know the cloud: cards from the bucket, a look at each node's readiness.

Cards tell who is there, and are as old as the bucket is slow; ``/readyz`` tells
whether a node takes requests now, and is asked once a second. A node that
begins to drain says so there first, and stays up until everybody has heard.
Which routes there are is asked anew when a node of another version appears.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import structlog

from skygarth.model.errors import SkygarthError
from skygarth.routing.asking import look_at
from skygarth.routing.choice import READY, Candidate
from skygarth.routing.faults import TooLate
from skygarth.routing.route_map import RouteMap, read_routes
from skygarth.routing.router import Router, Sighting

LOOK_SECONDS = 1.0
OLD_SECONDS = 5.0
"""What was seen longer ago is no ground for sending anybody anywhere."""

ANSWER_SECONDS = 2.0
ROUTES_TARGET = b"/api/v1/routes"
READY_TARGET = b"/readyz"
UNREACHABLE = "unreachable"
LATE_MAX = 3
"""A node that answers late is busy, not gone; it is, after so many times in a row."""

NO_CARD_STATES = frozenset({"left", "evicted"})
_log = structlog.get_logger("skygarth.routing")


@dataclass(frozen=True, slots=True)
class Generation:
    """What tells that a node's routes may be others: which process of which version it is."""

    incarnation: str
    started_ms: int
    versions: tuple[tuple[str, str], ...]


Cards = Callable[[], Sequence[tuple[Sighting, Generation]]]
"""Reads the cards; called in a thread, for it waits for the bucket."""


class _Readiness(msgspec.Struct):
    state: str = ""


class Watch:
    """Keeps one router up to date.

    Args:
        read_cards: what the bucket tells.
        cards_seconds: between two looks into the bucket, which may cost money.
        fixed_routes: the routes, where this node has them itself; None asks others.
    """

    def __init__(
        self,
        router: Router,
        read_cards: Cards,
        *,
        cards_seconds: float,
        fixed_routes: RouteMap | None = None,
    ) -> None:
        self._router = router
        self._read_cards = read_cards
        self._cards_seconds = cards_seconds
        self._asks_routes = fixed_routes is None
        self._cards_at = float("-inf")
        self._generations: dict[str, Generation] = {}
        self._asked: Generation | None = None
        self._states: dict[str, str] = {}
        self._late: dict[str, int] = {}
        self._looked_at = float("-inf")
        self._looking: asyncio.Task[None] | None = None
        if fixed_routes is not None:
            router.routes = fixed_routes

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def be_fresh(self) -> None:
        """For a node that forwards now and then: look if it is time, wait only if all is old."""
        age = self._router.means.monotonic() - self._looked_at
        if age < LOOK_SECONDS:
            return
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self.look())
        if age >= OLD_SECONDS:
            await asyncio.shield(self._looking)

    async def look(self) -> None:
        """Look once: cards if it is time, each node's readiness, routes if they may be others."""
        now = self._router.means.monotonic()
        if now - self._cards_at >= self._cards_seconds:
            await self._look_into_bucket(now)
        await asyncio.gather(*(self._look_at(node) for node in self._router.nodes if node.address))
        if self._asks_routes:
            await self._look_at_routes()
        self._looked_at = self._router.means.monotonic()

    async def _look_into_bucket(self, now: float) -> None:
        try:
            cards = await asyncio.to_thread(self._read_cards)
        except SkygarthError as fault:
            _log.warning("the cards cannot be read", fault=f"{fault.code}: {fault}")
            return  # whom we know answers on
        self._cards_at = now
        present = [(seen, mark) for seen, mark in cards if seen.state not in NO_CARD_STATES]
        self._generations = {mark.incarnation: mark for _, mark in present}
        self._states = {i: s for i, s in self._states.items() if i in self._generations}
        self._router.see(seen for seen, _ in present)
        for node in self._router.nodes:
            node.state = self._states.get(node.incarnation, node.state)

    async def _look_at(self, node: Candidate) -> None:
        """What a node says of itself now counts more than its card."""
        late = self._late.pop(node.incarnation, 0)
        try:
            answer = await look_at(self._router, node, READY_TARGET, ANSWER_SECONDS)
            told = msgspec.json.decode(answer.body, type=_Readiness).state
        except TooLate:
            self._late[node.incarnation] = late + 1
            if late + 1 < LATE_MAX:
                return
            node.state = UNREACHABLE
        except (SkygarthError, msgspec.MsgspecError):
            node.state = UNREACHABLE
        else:
            node.state = READY if answer.head.status == 200 else told or "not ready"
        self._states[node.incarnation] = node.state

    async def _look_at_routes(self) -> None:
        """Ask the youngest ready node for its routes, once for each of its lives."""
        ready = [node for node in self._router.nodes if node.state == READY and node.address]
        known = [
            self._generations[n.incarnation] for n in ready if n.incarnation in self._generations
        ]
        if not known:
            return
        youngest = max(known, key=lambda mark: (mark.started_ms, mark.incarnation))
        if youngest == self._asked:
            return
        node = next(node for node in ready if node.incarnation == youngest.incarnation)
        try:
            answer = await look_at(self._router, node, ROUTES_TARGET, ANSWER_SECONDS)
            if answer.head.status == 200:
                self._router.routes = read_routes(answer.body)
            self._asked = youngest
        except SkygarthError as fault:
            _log.warning("routes cannot be read", node=node.name, fault=f"{fault.code}: {fault}")
