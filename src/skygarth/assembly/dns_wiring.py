"""Gives a node its presence in DNS, if its settings name one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from skygarth.clock.chance import Chance
from skygarth.clock.port import Clock
from skygarth.model.errors import Unavailable
from skygarth.node.claims import Claims
from skygarth.node.dns_names import OpenedName, open_names
from skygarth.node.dns_presence import DnsPresence, NamePresence, Pulse, Watch
from skygarth.node.membership import DEAD
from skygarth.node.running import RunningNode
from skygarth.node.settings import Settings

TURN = "dns-sweep"
TURN_SECONDS = 30.0


def add_dns(
    node: RunningNode,
    settings: Settings,
    clock: Clock,
    chance: Chance,
    *,
    bucket_ms: Callable[[], int],
) -> None:
    """Let the node enter its names when it is ready, and leave them before it stops.

    Args:
        bucket_ms: milliseconds since 1970 by the bucket's clock.

    Raises:
        Invalid: it is not known under which addresses visitors reach the node.
    """
    if not settings.dns.is_used:
        return
    names = open_names(
        settings.dns,
        pools=settings.node.pools,
        listen_host=settings.node.listen.host,
        wait=lambda seconds: clock.sleep(chance.uniform(0, seconds)),
    )
    for each in names:
        each.addresses()  # a node that could never be entered should not start as if it were
    watch = Watch(alive=lambda: alive(node), turn=lambda: sweeping_turn(node.claims))
    pulse = Pulse(bucket_ms, clock.monotonic, lambda: chance.uniform(0, 1))
    node.companions.add(DnsPresence([_presence(node, each, watch, pulse) for each in names]))


def _presence(node: RunningNode, opened: OpenedName, watch: Watch, pulse: Pulse) -> NamePresence:
    return NamePresence(
        node,
        opened.name,
        opened.addresses,
        watch,
        pulse,
        view=opened.view.label,
        is_member=opened.is_member,
        lease_seconds=opened.lease_seconds,
    )


def alive(node: RunningNode) -> frozenset[str]:
    """The nodes whose cards are fresh, by the bucket's clock."""
    return frozenset(
        member.card.incarnation for member in node.members() if member.state not in DEAD
    )


@contextmanager
def sweeping_turn(claims: Claims) -> Iterator[bool]:
    """Whether it is this node's turn to remove what the dead left, in all names and views.

    Who cannot reach the bucket cannot tell the dead from the living, and gets no turn.
    """
    try:
        claim = claims.take(TURN, TURN_SECONDS)
    except Unavailable:
        claim = None
    try:
        yield claim is not None
    finally:
        if claim is not None:
            with suppress(Unavailable):  # then it ends by itself
                claim.release()
