"""From the settings of ``[dns]`` to the names themselves, opened: for a node and for commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from skygarth.naming.names import own_addresses
from skygarth.naming.opening import RFC2136, open_zone
from skygarth.naming.round_robin import RoundRobinName, Wait
from skygarth.node.dns_settings import EVERYONE, DnsSettings, DnsView

ANYWHERE = "192.0.2.1"
"""A host that nobody is (RFC 5737): the way there is the way out."""


@dataclass(frozen=True, slots=True)
class OpenedName:
    """One name in one view.

    Attributes:
        view: what was set.
        pool: whose name it is; `EVERYONE` for all nodes.
        is_member: whether a node of these pools enters it.
        addresses: of this node, in this view; asks the machine each time, and may raise Invalid.
    """

    view: DnsView
    pool: str
    name: RoundRobinName
    is_member: bool
    addresses: Callable[[], frozenset[str]]
    lease_seconds: float


def open_names(
    settings: DnsSettings, *, pools: Iterable[str], listen_host: str, wait: Wait
) -> list[OpenedName]:
    """Every name in every view; asks the network for nothing.

    Args:
        pools: of this node.
        listen_host: where it listens.
        wait: between two tries to change a name.

    Raises:
        Invalid, Unsupported: as `DnsSettings.check`; a key is none.
    """
    settings.check()
    mine = {EVERYONE, *pools}
    return [
        OpenedName(
            view=view,
            pool=pool,
            name=RoundRobinName(
                open_zone(view.access), name, ttl=round(view.ttl_seconds), wait=wait
            ),
            is_member=pool in mine,
            addresses=_addresses_in(view, listen_host),
            lease_seconds=settings.lease_of(view),
        )
        for view in settings.views
        if view.provider
        for pool, names in settings.names_by_pool.items()
        for name in names
    ]


def _addresses_in(view: DnsView, listen_host: str) -> Callable[[], frozenset[str]]:
    towards = view.access.server_host if view.provider == RFC2136 else ANYWHERE
    return lambda: own_addresses(view.addresses, listen_host=listen_host, towards=towards)
