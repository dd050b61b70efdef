"""What a node asks of a way of telling news, whatever broker is behind it.

A transport may lose, double, delay and reorder what it carries, and may be away
for days: replication finds everything by itself (REP-2), and a notice only makes
it sooner. So nothing in here ever fails towards its caller or makes it wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from skygarth.notices.notice import Notice

Heard: TypeAlias = Callable[[Notice], None]
"""Told of each notice, on a thread of the transport; must return soon and not raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportHealth:
    """How one transport is doing.

    Attributes:
        name: of the transport: ``nats``, ``redis``.
        broker: where it meets the others, without credentials.
        connected: whether it hears and says notices now.
        away_seconds: for how long it has not been; 0 while it is.
        fault: why not, with its code; "" if nothing is wrong.
        hint: what an operator can do about that.
        said: notices handed to the broker since the start.
        heard: notices that came from it, the own ones included.
        replaced: notices that were never said because a newer one said more.
        refused: messages on the channel that were no notices.
        heard_seconds_ago: since the last notice came; None if none ever did.
    """

    name: str
    broker: str
    connected: bool
    away_seconds: float
    fault: str
    hint: str
    said: int
    heard: int
    replaced: int
    refused: int
    heard_seconds_ago: float | None


class Transport(Protocol):
    """One way of telling news to all nodes of a repository.

    Attributes:
        name: what settings call it.
    """

    @property
    def name(self) -> str:
        """What settings call it."""
        ...

    def start(self, heard: Heard) -> None:
        """Begin to connect and to listen; returns at once, and the broker may be away."""
        ...

    def say(self, notice: Notice) -> None:
        """Tell the others; returns at once. A newer notice of one log replaces an older one."""
        ...

    def health(self) -> TransportHealth:
        """How it is doing."""
        ...

    def stop(self) -> None:
        """Say what is left if the broker is there, leave it, end; takes some seconds at most."""
        ...
