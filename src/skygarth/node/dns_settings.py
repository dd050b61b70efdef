"""Under which names visitors find a node, and how it enters them.

``[dns]`` alone is one view of the names. With ``[dns.views.inside]`` and
``[dns.views.outside]`` there are as many as there are tables, each with a server,
a zone, a key and addresses of its own; what a view leaves out it has from ``[dns]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from skygarth.model.errors import Invalid
from skygarth.naming import codes
from skygarth.naming.names import ROUTE, canonical_name
from skygarth.naming.opening import PROVIDERS, RFC2136, ZoneAccess, check_access
from skygarth.naming.port import canonical_address
from skygarth.node.setting_kinds import (
    DURATION,
    SECRET,
    TEXT,
    WORDS,
    Kind,
    Secret,
    maybe,
    one_of,
)
from skygarth.node.setting_layers import SettingLayers

LEASE_SECONDS = {"rfc2136": 60.0, "route53": 300.0}
"""By provider: a renewal at Route 53 costs three of five requests a second of the account."""

TTL_SECONDS_MAX = 86_400
_LEASE_SECONDS_MIN = 0.5
EVERYONE = ""
"""Instead of a pool: the name that every node enters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsView:
    """One view of the names: where they are entered, and with which addresses.

    Attributes:
        label: of the view; "" where there is only one.
        provider: ``rfc2136`` or ``route53``; None for no DNS at all.
        server: that takes the changes.
        zone: "" to have it found.
        key_name: of the TSIG key.
        key: the TSIG key, in base64.
        addresses: addresses of this node, or ``route``; none for where it listens.
    """

    label: str = ""
    provider: str | None = None
    server: str = ""
    zone: str = ""
    key_name: str = ""
    key: Secret | None = None
    algorithm: str = "hmac-sha256"
    addresses: tuple[str, ...] = ()
    ttl_seconds: float = 30.0

    @property
    def access(self) -> ZoneAccess:
        """How its zone is reached."""
        return ZoneAccess(
            provider=self.provider or RFC2136,
            server=self.server,
            zone=self.zone,
            key_name=self.key_name,
            secret=self.key.value if self.key else "",
            algorithm=self.algorithm,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsSettings:
    """The names that nodes enter and leave by themselves.

    Attributes:
        name: the name that every node enters.
        names: names by pool: the nodes of that pool enter them, all others watch over them.
        usual: what views have in common.
        lease_seconds: a node of which nothing is heard for so long may be taken out by peers;
            None for what suits the provider.
        tables: the views that have a table of their own.
    """

    name: str | None = None
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    usual: DnsView = field(default_factory=DnsView)
    lease_seconds: float | None = None
    tables: tuple[DnsView, ...] = ()

    @property
    def provider(self) -> str | None:
        """The provider; None for no DNS."""
        return self.usual.provider

    @property
    def is_used(self) -> bool:
        """Whether any name is entered at all."""
        return bool(self.names_by_pool) and any(view.provider for view in self.views)

    @property
    def views(self) -> tuple[DnsView, ...]:
        """Every view; without tables there is one."""
        return self.tables or (self.usual,)

    @property
    def names_by_pool(self) -> dict[str, tuple[str, ...]]:
        """All names, that of everyone under `EVERYONE`."""
        everyone = {EVERYONE: (self.name,)} if self.name else {}
        return {**everyone, **self.names}

    def lease_of(self, view: DnsView) -> float:
        """After how many silent seconds peers may take a node out of a view."""
        return self.lease_seconds or LEASE_SECONDS[view.provider or RFC2136]

    def check(self) -> None:
        """Refuse what cannot work, before anything is started.

        Raises:
            Invalid: a name without a provider, or the other way round; a setting is missing.
            Unsupported: the provider's library is not installed.
        """
        has_provider = any(view.provider for view in self.views)
        if has_provider != bool(self.names_by_pool):
            missing = "dns.name" if has_provider else "dns.provider"
            raise Invalid(
                f"a setting is missing. missing='{missing}'",
                code=codes.INCOMPLETE,
                hint=f"set {missing}; docs/dns.md shows a whole example",
            )
        for view in self.views:
            if view.provider:
                check_access(view.access)


def read_dns(layers: SettingLayers) -> DnsSettings:
    """The settings of ``[dns]``.

    Raises:
        Invalid: a value is of the wrong kind, or a key stands in a file in plain text.
    """
    usual = _read_view(layers, "dns", DnsView())
    return DnsSettings(
        name=layers.read("dns.name", maybe(_NAME), None),
        names={
            pool: layers.read(f"dns.names.{pool}", _NAMES, ())
            for pool in layers.members("dns.names")
        },
        usual=usual,
        lease_seconds=layers.read("dns.lease", maybe(_LEASE), None),
        tables=tuple(
            _read_view(layers, f"dns.views.{label}", replace(usual, label=label))
            for label in _labels(layers)
        ),
    )


def _labels(layers: SettingLayers) -> tuple[str, ...]:
    labels = layers.members("dns.views")
    for label in labels:
        layers.members(f"dns.views.{label}")
    return labels


def _read_view(layers: SettingLayers, table: str, default: DnsView) -> DnsView:
    return DnsView(
        label=default.label,
        provider=layers.read(f"{table}.provider", maybe(one_of(*PROVIDERS)), default.provider),
        server=layers.read(f"{table}.server", _OPTIONAL, default.server),
        zone=layers.read(f"{table}.zone", _OPTIONAL, default.zone),
        key_name=layers.read(f"{table}.key_name", _OPTIONAL, default.key_name),
        key=layers.read_secret(f"{table}.key", maybe(SECRET), default.key),
        algorithm=layers.read(f"{table}.algorithm", TEXT, default.algorithm),
        addresses=layers.read(f"{table}.addresses", _ADDRESSES, default.addresses),
        ttl_seconds=layers.read(f"{table}.ttl", _TTL, default.ttl_seconds),
    )


def _read_name(given: object) -> str:
    try:
        return canonical_name(TEXT.read(given))
    except Invalid as cause:
        raise ValueError(given) from cause


def _read_names(given: object) -> tuple[str, ...]:
    names = tuple(_read_name(each) for each in WORDS.read(given))
    if not names:
        raise ValueError(given)
    return names


def _read_addresses(given: object) -> tuple[str, ...]:
    return tuple(each if each == ROUTE else canonical_address(each) for each in WORDS.read(given))


def _read_ttl(given: object) -> float:
    seconds = DURATION.read(given)
    if seconds != round(seconds) or seconds > TTL_SECONDS_MAX:
        raise ValueError(given)
    return seconds


def _read_lease(given: object) -> float:
    seconds = DURATION.read(given)
    if seconds < _LEASE_SECONDS_MIN:
        raise ValueError(given)
    return seconds


_OPTIONAL: Kind[str] = Kind("some text", TEXT.read, lambda text: text or None)
_NAME: Kind[str] = Kind("a name in full, such as www.example.org", _read_name, str)
_NAMES: Kind[tuple[str, ...]] = Kind("names, such as search.example.org", _read_names, list)
_ADDRESSES: Kind[tuple[str, ...]] = Kind(
    f'addresses, such as ["192.0.2.7", "2001:db8::7"] or ["{ROUTE}"]', _read_addresses, list
)
_TTL: Kind[float] = Kind("whole seconds of at most a day, such as 30s", _read_ttl, DURATION.show)
_LEASE: Kind[float] = Kind("a duration of half a second or more", _read_lease, DURATION.show)
