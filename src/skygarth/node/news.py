"""Says what this node has published, and listens to what others have.

It stands between the replicator, which knows nothing of brokers, and transports,
which know nothing of replication. A node without any transport, or whose
brokers are all away, loses nothing but speed (REP-2).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import structlog

from skygarth.model.errors import SkygarthError
from skygarth.model.position import Incarnation, Position
from skygarth.node.running import RunningNode
from skygarth.notices.notice import Notice
from skygarth.notices.port import Transport, TransportHealth
from skygarth.notices.rumours import RumourBudget

_log = structlog.get_logger("skygarth.notices")

SegmentSeen: TypeAlias = Callable[[Position, int, str], None]
"""Told of an own segment in the bucket: its position, size in bytes and digest."""
OpenTransports: TypeAlias = Callable[[str], Sequence[Transport]]
"""Makes the transports of a repository, given its id; they are not started yet."""

LOOK_SECONDS = 0.05
POSTPONED_SECONDS = 1.0


class NewsOfNode(Protocol):
    """What news needs of its node."""

    @property
    def incarnation(self) -> Incarnation:
        """The writer's identity as of now."""
        ...

    @property
    def repository_id(self) -> str:
        """The repository that the bucket holds; "" until the node has met it."""
        ...

    def known_through(self, incarnation: Incarnation) -> int:
        """How far a log is known to reach; 0 for an unknown one."""
        ...

    def heard_of(self, position: Position) -> None:
        """Somebody says that a log reaches this far."""
        ...

    def when_segment_is_stored(self, seen: SegmentSeen) -> None:
        """Have somebody told of each own segment in the bucket."""
        ...


class News:
    """A companion of one node: all its transports.

    Args:
        open_transports: makes them, once the repository's id is known.
        monotonic: seconds that never go back.
    """

    name = "notices"

    def __init__(
        self,
        node: NewsOfNode,
        open_transports: OpenTransports,
        monotonic: Callable[[], float],
    ) -> None:
        self._node = node
        self._open_transports = open_transports
        self._rumours = RumourBudget(node.known_through, monotonic)
        self._transports: tuple[Transport, ...] = ()
        self._repository = ""
        self._fault = ""
        self._foreign = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="skygarth-news", daemon=True)

    # -- a companion's life ------------------------------------------------------------------

    def start(self) -> None:
        """Meet the brokers as soon as the node has met its repository."""
        self._node.when_segment_is_stored(self._published)
        self._thread.start()

    def withdraw(self) -> None:
        """A node that takes no new traffic goes on replicating, and so do its notices."""

    def stop(self) -> None:
        """Say what is left, and leave every broker."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1)
        stops = [
            threading.Thread(target=transport.stop, daemon=True) for transport in self._transports
        ]
        for thread in stops:
            thread.start()
        for thread in stops:
            thread.join(timeout=2)

    # -- what people ask ---------------------------------------------------------------------

    @property
    def health(self) -> tuple[TransportHealth, ...]:
        """How each transport is doing; none before the repository is known."""
        return tuple(transport.health() for transport in self._transports)

    @property
    def is_open(self) -> bool:
        """Whether it speaks and listens, as far as brokers are there."""
        return bool(self._transports)

    @property
    def fault(self) -> str:
        """Why there are no transports at all; "" if there is no reason."""
        return self._fault

    @property
    def turned_away(self) -> int:
        """Notices that were not listened to: too many had proved false, or were not for us."""
        return self._rumours.turned_away + self._foreign

    # -- what passes through -----------------------------------------------------------------

    def _run(self) -> None:
        """Open everything; from then on pass on what had to wait (NOT-7)."""
        self._open()
        while self._transports and not self._stopping.wait(POSTPONED_SECONDS):
            position = self._rumours.postponed()
            if position is not None:
                self._node.heard_of(position)

    def _open(self) -> None:
        while not self._node.repository_id:
            if self._stopping.wait(LOOK_SECONDS):
                return
        self._repository = self._node.repository_id
        try:
            transports = tuple(self._open_transports(self._repository))
        except SkygarthError as fault:
            self._fault = f"{fault.code}: {fault}"
            _log.warning("no notices", fault=self._fault)
            return
        for transport in transports:
            transport.start(self._heard)
        self._transports = transports

    def _published(self, position: Position, size: int, digest: str) -> None:
        notice = Notice(self._repository, position.incarnation, position.sequence, size, digest)
        for transport in self._transports:
            transport.say(notice)

    def _heard(self, notice: Notice) -> None:
        """Pass on what is news; on a transport's thread."""
        if notice.repository != self._repository:
            self._foreign += 1
            return
        if notice.incarnation != self._node.incarnation and self._rumours.admits(notice.position):
            self._node.heard_of(notice.position)


def transports_of(node: RunningNode) -> tuple[TransportHealth, ...]:
    """How each transport of a node is doing; nothing if it uses none."""
    news = node.companions.find(News)
    return () if news is None else news.health


def describe(health: TransportHealth) -> str:
    """One transport's health in a few words, for people."""
    if not health.connected:
        why = f": {health.fault}" if health.fault else ""
        return f"{health.name} away for {health.away_seconds:.0f} s{why}"
    if health.heard_seconds_ago is None:
        return f"{health.name} connected, nothing heard yet"
    return f"{health.name} connected, heard something {health.heard_seconds_ago:.0f} s ago"
