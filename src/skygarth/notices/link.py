"""What is particular to one broker: connect, carry bytes both ways, let go.

Everything that is the same for all brokers (threads, waiting, coming back after
an outage, counting) stands once in `skygarth.notices.transport`. A link may
block and may raise; its transport sees to it that nobody else notices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from skygarth.model.errors import Denied, Invalid, Unavailable
from skygarth.notices import codes

Received: TypeAlias = Callable[[bytes], None]
"""Given each message of the channel; never raises."""


class Link(Protocol):
    """One connection at a time to one channel of one broker.

    `open` and `hold` are called by one thread in turn, `send` by another while the
    link is open, `close` by any, more than once too.
    """

    @property
    def name(self) -> str:
        """What settings call the transport."""
        ...

    @property
    def broker(self) -> str:
        """Where the broker is, for people: without credentials."""
        ...

    def open(self, received: Received) -> None:
        """Connect and listen; messages that come from now on are received.

        Raises:
            Unavailable: the broker is away.
            Denied: it refuses us.
        """
        ...

    def hold(self) -> None:
        """Carry messages until `close`.

        Raises:
            Unavailable: the connection ended by itself.
            Denied: the broker refuses us by now.
        """
        ...

    def send(self, message: bytes) -> None:
        """Hand a message to the broker.

        Raises:
            Unavailable, Denied: as `hold`; the message may have gone out or not.
        """
        ...

    def close(self) -> None:
        """Let go of the broker, so that `hold` returns; never raises."""
        ...

    def leave(self) -> None:
        """Remove what stands at the broker in this node's name (NOT-8): the node stops.

        Raises:
            Unavailable, Denied: it could not be removed; others will.
        """
        ...


def away(name: str, broker: str, cause: object) -> Unavailable:
    """That a broker does not answer."""
    return Unavailable(
        f"{name} does not answer: {_reason(cause)}. broker='{broker}'",
        code=codes.NO_ANSWER,
        hint="start it, or mend the way to it; meanwhile nodes look into the bucket",
    )


def refused(name: str, broker: str, cause: object) -> Denied:
    """That a broker refuses us."""
    return Denied(
        f"{name} refuses this node: {_reason(cause)}. broker='{broker}'",
        code=codes.DENIED,
        hint="mend user, password or rights; meanwhile nodes look into the bucket",
    )


def not_an_address(name: str, broker: str, cause: object) -> Invalid:
    """That nothing can be at this address."""
    return Invalid(
        f"this is no address of {name}: {_reason(cause)}. broker='{broker}'",
        code=codes.BAD_ADDRESS,
        hint=f"write {name}://host:port, with user:password@ before the host where needed",
    )


def without_credentials(url: str) -> str:
    """An address as people may see it: nothing before the host, nothing behind the path."""
    scheme, separator, rest = url.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2].partition('?')[0]}"


def _reason(cause: object) -> str:
    """What is to be said of an exception, on one line; its kind where it says nothing."""
    said = " ".join(str(cause).split())
    return said[:200] or type(cause).__name__
