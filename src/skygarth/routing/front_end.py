"""A front-end as a whole: whom it serves, how long it waits, how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Protocol

from skygarth.routing.own_answers import Own
from skygarth.routing.router import Router


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a front-end waits, and for how many.

    Attributes:
        head_seconds: for a whole head, from its first byte; for the next request as well.
        body_seconds: for the next piece of a request's body.
        answer_seconds: for an answer to begin.
        quiet_seconds: for the next piece of an answer; event streams send pings.
        reader_seconds: for a reader who takes nothing.
        connections_max: beyond it a connection is closed at once.
        trusted: the proxies in front whose ``X-Forwarded-*`` are believed.
    """

    head_seconds: float = 10.0
    body_seconds: float = 30.0
    answer_seconds: float = 30.0
    quiet_seconds: float = 120.0
    reader_seconds: float = 60.0
    connections_max: int = 10_000
    trusted: tuple[IPv4Network | IPv6Network, ...] = ()

    def trusts(self, peer: str) -> bool:
        """Whether a proxy in front has this address."""
        if not self.trusted:
            return False
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self.trusted)


class Connection(Protocol):
    """A reader's connection, as far as all of them are treated alike."""

    def look_after(self, now: float) -> None:
        """Do not wait any longer for what is overdue."""

    def stop(self) -> None:
        """End after what is under way."""

    def abort(self) -> None:
        """End at once."""


@dataclass(slots=True)
class FrontEnd:
    """What all connections share.

    Attributes:
        own: by path, what is answered here.
        stopping: finish what is under way, and take no further request.
        now: the moment of the last sweep: near enough for deadlines, and asked for nothing.
    """

    router: Router
    limits: Limits = field(default_factory=Limits)
    own: Own = field(default_factory=dict)
    connections: set[Connection] = field(default_factory=set)
    stopping: bool = False
    now: float = 0.0

    def __post_init__(self) -> None:
        self.now = self.router.means.monotonic()

    @property
    def is_full(self) -> bool:
        """Whether a further connection is one too many."""
        return self.stopping or len(self.connections) >= self.limits.connections_max

    def sweep(self) -> None:
        """Look after every connection; to be called about once a second."""
        now = self.now = self.router.means.monotonic()
        for connection in list(self.connections):
            connection.look_after(now)

    def stop(self) -> None:
        """Close what waits, and what is under way after its answer."""
        self.stopping = True
        for connection in list(self.connections):
            connection.stop()

    def abort(self) -> None:
        """Wait for nobody any longer."""
        for connection in list(self.connections):
            connection.abort()
