"""Which header fields travel on, which are made anew, and which never pass.

A field belongs to the connection it came over, or to the message. What belongs
to a connection ends there (RFC 9110, 7.6.1), ``Connection`` names more of them,
and framing is always made anew: what goes out was written by us, so the next
reader cannot see another message in it than we did (RTE-3). What says who the
reader is, and what only nodes may say, is taken from strangers (RTE-5).

A name is looked up once: clients send the same few dozen names for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, auto
from types import MappingProxyType


class Kind(IntEnum):
    """What becomes of a field."""

    PASS = 0
    DROP = auto()
    HOST = auto()
    LENGTH = auto()
    CODING = auto()
    CONNECTION = auto()
    EXPECT = auto()
    UPGRADE = auto()
    VERSION = auto()
    PASSPORT = auto()
    FORWARDED_FOR = auto()
    FORWARDED = auto()


PASSPORT = b"skygarth-passport"
REFUSED = b"skygarth-refused"
VERSION = b"skygarth-version"
SERVED_BY = b"skygarth-served-by"

_KINDS: Mapping[bytes, Kind] = MappingProxyType(
    {
        b"host": Kind.HOST,
        b"content-length": Kind.LENGTH,
        b"transfer-encoding": Kind.CODING,
        b"connection": Kind.CONNECTION,
        b"expect": Kind.EXPECT,
        b"upgrade": Kind.UPGRADE,
        VERSION: Kind.VERSION,
        PASSPORT: Kind.PASSPORT,
        REFUSED: Kind.DROP,
        SERVED_BY: Kind.DROP,
        b"x-forwarded-for": Kind.FORWARDED_FOR,
        b"x-forwarded-proto": Kind.FORWARDED,
        b"x-forwarded-host": Kind.FORWARDED,
        b"x-forwarded-port": Kind.FORWARDED,
        b"x-forwarded-server": Kind.FORWARDED,
        b"x-real-ip": Kind.FORWARDED,
        b"forwarded": Kind.FORWARDED,
        b"keep-alive": Kind.DROP,
        b"proxy-connection": Kind.DROP,
        b"proxy-authenticate": Kind.DROP,
        b"proxy-authorization": Kind.DROP,
        b"te": Kind.DROP,
        b"trailer": Kind.DROP,
        b"http2-settings": Kind.DROP,
    }
)
_REMEMBERED_MAX = 4096
_remembered: dict[bytes, Kind] = {}

NOT_IN_TRAILERS = frozenset(
    {
        b"authorization",
        b"cookie",
        b"set-cookie",
        b"content-encoding",
        b"content-range",
        b"content-type",
        b"location",
        b"cache-control",
        b"age",
        b"date",
        b"vary",
        b"via",
        b"max-forwards",
        b"range",
        b"if-match",
        b"if-none-match",
        b"if-modified-since",
        b"if-unmodified-since",
        b"prefer",
    }
)
"""What would change how a message is read when it is too late (RFC 9110, 6.5.1)."""


def kind_of(name: bytes) -> Kind:
    """What becomes of a field of this name, in any case.

    A name with underscores in place of hyphens counts as that name where it
    matters: gateways of the CGI family cannot tell the two apart.
    """
    known = _remembered.get(name)
    if known is not None:
        return known
    plain = name.lower()
    kind = _KINDS.get(plain, Kind.PASS)
    if kind is Kind.PASS and b"_" in plain and plain.replace(b"_", b"-") in _KINDS:
        kind = Kind.DROP
    if len(_remembered) < _REMEMBERED_MAX:
        _remembered[name] = kind
    return kind


def listed(value: bytes) -> frozenset[bytes]:
    """The members of a comma-separated value, in lower case."""
    return frozenset(part.strip().lower() for part in value.split(b",") if part.strip())


def may_trail(name: bytes) -> bool:
    """Whether a field may come after the body."""
    return kind_of(name) is Kind.PASS and name.lower() not in NOT_IN_TRAILERS
