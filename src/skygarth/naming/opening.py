"""From settings to a zone.

===========  =====================================  =================
``rfc2136``  a server that takes dynamic updates    ``skygarth[dns]``
``route53``  a hosted zone at AWS                   ``skygarth[aws]``
===========  =====================================  =================

A provider's library is loaded only where it is used: it is an extra, and slow
to import. Opening asks the network for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from skygarth.model.errors import Invalid, Unsupported
from skygarth.naming import codes
from skygarth.naming.port import Zone
from skygarth.naming.server_address import server_address

RFC2136 = "rfc2136"
ROUTE53 = "route53"
PROVIDERS = (RFC2136, ROUTE53)
_LIBRARIES = {RFC2136: ("dns", "dns"), ROUTE53: ("boto3", "aws")}
"""By provider: the module without which it cannot be, and the extra that brings it."""

ROUTE53_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneAccess:
    """How a zone is reached.

    Attributes:
        server: for RFC 2136 ``host`` or ``host:port``; for Route 53 the URL of another endpoint.
        zone: the zone's name; for Route 53 its id, or its name.
        key_name: of the TSIG key.
        secret: the TSIG key itself, in base64.
    """

    provider: str
    server: str = ""
    zone: str = ""
    key_name: str = ""
    secret: str = ""
    algorithm: str = "hmac-sha256"
    timeout: float = 3.0

    @property
    def server_host(self) -> str:
        """The server without its port."""
        return server_address(self.server).host

    def __repr__(self) -> str:
        return f"ZoneAccess({self.provider}, {self.server}, {self.zone}, key={self.key_name})"


def check_access(access: ZoneAccess) -> None:
    """Refuse what cannot be opened, before anything is started.

    Raises:
        Invalid: a setting is missing.
        Unsupported: the library that it needs is not installed.
    """
    assert access.provider in PROVIDERS
    library, extra = _LIBRARIES[access.provider]
    if find_spec(library) is None:
        raise Unsupported(
            f"this provider needs a library that is not installed. provider='{access.provider}' "
            f"library='{library}'",
            code=codes.NOT_INSTALLED,
            hint=f"pip install 'skygarth[{extra}]'",
        )
    missing = _missing(access)
    if missing:
        raise Invalid(
            f"a setting is missing. provider='{access.provider}' missing='{missing}'",
            code=codes.INCOMPLETE,
            hint=f"set {missing}; docs/dns.md shows a whole example",
        )


def open_zone(access: ZoneAccess) -> Zone:
    """The zone that settings mean.

    Raises:
        Invalid, Unsupported: as `check_access`; the key is none.
    """
    check_access(access)
    return _rfc2136(access) if access.provider == RFC2136 else _route53(access)


def _missing(access: ZoneAccess) -> str:
    if access.provider == ROUTE53:
        return "" if access.zone else "dns.zone"
    if not access.server:
        return "dns.server"
    if access.secret and not access.key_name:
        return "dns.key_name"
    return "dns.key" if access.key_name and not access.secret else ""


def _rfc2136(access: ZoneAccess) -> Zone:
    from skygarth.naming.rfc2136 import Rfc2136Zone, tsig_key  # an extra

    key = tsig_key(access.key_name, access.secret, access.algorithm) if access.key_name else None
    return Rfc2136Zone(
        server_address(access.server), zone=access.zone, key=key, timeout=access.timeout
    )


def _route53(access: ZoneAccess) -> Zone:
    import boto3  # an extra
    from botocore.config import Config

    from skygarth.naming.route53 import Route53Zone

    client = boto3.client(
        "route53",
        region_name="us-east-1",  # Route 53 is one for the world, and signs as this region
        endpoint_url=access.server or None,
        config=Config(
            connect_timeout=access.timeout,
            read_timeout=ROUTE53_SECONDS,
            retries={"total_max_attempts": 2, "mode": "standard"},
            # AWS_ENDPOINT_URL is the bucket's; Route 53 stands elsewhere.
            ignore_configured_endpoint_urls=True,
        ),
    )
    return Route53Zone(client, access.zone)
