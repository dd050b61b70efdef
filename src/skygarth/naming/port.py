"""What is asked of a DNS server, whatever it speaks: look at a name, and change it at once or not.

All decisions are made elsewhere, by looking (`skygarth.naming.deciding`). What a
server must give is one thing: the change is made only if the name still looks as
it did, and then as a whole. So two who decide at the same time cannot undo each
other's work, and nothing ever stands half: an address without its claim could
never be taken back.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

Text: TypeAlias = tuple[str, ...]
"""One TXT record: its strings, each of at most 255 bytes."""

CLAIMS_LABEL = "_skygarth"
"""Claims stand beside a name, under this label: nobody can take them for addresses."""

FAMILIES = ("A", "AAAA")


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands at a name.

    Attributes:
        addresses: of both families, as `canonical_address` writes them.
        texts: the TXT records beside it, ours and anybody's.
        ttls: seconds by kind of record (A, AAAA, TXT), of those that stand.
    """

    addresses: frozenset[str] = frozenset()
    texts: frozenset[Text] = frozenset()
    ttls: Mapping[str, int] = field(default_factory=dict, hash=False, compare=False)

    def of_family(self, family: str) -> frozenset[str]:
        """The addresses of one kind of record."""
        assert family in FAMILIES
        return frozenset(each for each in self.addresses if family_of(each) == family)


class Zone(Protocol):
    """One zone on one server; every method asks the network.

    All may raise Denied, Invalid, NotFound, Unavailable (codes SG-DNS-…).
    """

    def describe(self) -> str:
        """The server and the zone, for people; asks nothing."""
        ...

    def look(self, name: str) -> Standing:
        """What stands at a name now, by the server that takes changes, past every cache."""
        ...

    def replace(self, name: str, seen: Standing, wanted: Standing, *, ttl: int) -> bool:
        """Make it `wanted`, all of it or nothing, if it still is `seen`; whether it was done.

        False means that somebody else was quicker: look again. After an error the
        change may have been made all the same; the next look tells.
        """
        ...

    def seconds_ahead(self, name: str, now_seconds: float) -> float | None:
        """By how much a clock is ahead of the server's; None if it tells no time it can prove."""
        ...

    def try_out(self, name: str, seen: Standing) -> bool:
        """Ask to remove an address that does not stand there; whether such a change is allowed.

        Nothing changes. False means that somebody changed the name meanwhile: try again.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


def absent_address(standing: Standing) -> str:
    """An IPv4 address that nobody has (RFC 5737) and that does not stand there."""
    documentation = (f"192.0.2.{last}" for last in range(254, 0, -1))
    return next(each for each in documentation if each not in standing.addresses)


def claims_name(name: str) -> str:
    """Where the claims to the addresses of a name stand."""
    return f"{CLAIMS_LABEL}.{name}"


def family_of(address: str) -> str:
    """A or AAAA."""
    return FAMILIES[ipaddress.ip_address(address).version == 6]


def canonical_address(text: str) -> str:
    """An address as this package writes it. Raises ValueError for what is none."""
    return ipaddress.ip_address(text.strip()).compressed
