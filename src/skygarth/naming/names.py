"""Names and addresses as people write them, made into the one form that is compared.

Also the two ways to say "my own address" when one settings file serves thirty
nodes: where the node listens, and from where the machine would speak to another.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable

from skygarth.model.errors import Invalid
from skygarth.naming import codes
from skygarth.naming.port import CLAIMS_LABEL, canonical_address

ROUTE = "route"
"""Instead of an address: the one from which this machine reaches the DNS server."""

LENGTH_MAX = 253 - len(CLAIMS_LABEL) - 1
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_DISCARD_PORT = 9


def canonical_name(text: str) -> str:
    """A name in lower case, in ASCII, without its last dot.

    Raises:
        Invalid: no addresses can stand there (SG-DNS-009).
    """
    try:
        name = text.strip().rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        name = ""
    labels = name.split(".")
    if len(name) > LENGTH_MAX or len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)):
        raise Invalid(
            f"this is no name for addresses. name='{text}'",
            code=codes.BAD_NAME,
            hint="write it in full, such as www.example.org",
        )
    return name


def own_addresses(said: Iterable[str], *, listen_host: str, towards: str) -> frozenset[str]:
    """The addresses to enter.

    Args:
        said: addresses, or `ROUTE`; nothing means where the node listens.
        listen_host: where it listens.
        towards: a host that `ROUTE` is about.

    Raises:
        Invalid: none is known, or one is none (SG-DNS-010).
    """
    found = frozenset(
        _route_address(towards) if each == ROUTE else _read(each)
        for each in (tuple(said) or (_listening(listen_host),))
    )
    assert found
    return found


def _listening(host: str) -> str:
    """Where the node listens, if a visitor could reach it there."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    if address is None or address.is_unspecified or address.is_loopback:
        raise Invalid(
            f"it is not known under which address visitors reach this node. listen='{host}'",
            code=codes.NO_ADDRESS,
            hint=f'set dns.addresses, such as ["192.0.2.7", "2001:db8::7"] or ["{ROUTE}"]',
        )
    return host


def _read(text: str) -> str:
    try:
        return canonical_address(text)
    except ValueError as cause:
        raise Invalid(
            f"this is no address. address='{text}'",
            code=codes.NO_ADDRESS,
            hint=f'write dns.addresses = ["192.0.2.7"], or ["{ROUTE}"]',
        ) from cause


def _route_address(towards: str) -> str:
    """The source address the machine would use; connecting a datagram socket sends nothing."""
    try:
        family, kind, _, _, there = socket.getaddrinfo(
            towards, _DISCARD_PORT, type=socket.SOCK_DGRAM
        )[0]
        with socket.socket(family, kind) as probe:
            probe.connect(there)
            return canonical_address(probe.getsockname()[0])
    except OSError as cause:
        raise Invalid(
            f"this machine has no route by which to learn its address. towards='{towards}'",
            code=codes.NO_ADDRESS,
            hint="set dns.addresses to the address itself",
        ) from cause
