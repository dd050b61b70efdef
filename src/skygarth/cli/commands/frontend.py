"""``skygarth frontend``: one address for a whole cloud."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from cyclopts import Parameter

from skygarth.cli.faults import UsageFault
from skygarth.cli.options import USUAL, SettingsFile


def frontend(
    *,
    bucket: str | None = None,
    name: str | None = None,
    listen: str | None = None,
    trust: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    where: SettingsFile = USUAL,
) -> int:
    """Route every request to a node that can answer it; a front-end has no data of its own.

    It finds the nodes by their cards in the bucket, asks each whether it is ready,
    and sends nothing to those that drain or are dead. Give it the cluster key of the
    nodes: it signs what it hands on, and believes signed cards only.

    Args:
        bucket: URL of the bucket, such as s3://acme/site.
        name: Name of the front-end, as nodes are told.
        listen: Where it answers HTTP, such as 0.0.0.0:8000.
        trust: Networks of proxies in front whose X-Forwarded-For is believed, such as 10.0.0.0/8.
    """
    flags = {"replication.bucket": bucket, "node.name": name, "node.listen": listen}
    trusted = tuple(map(_network, trust))
    # only where it starts: --help must be fast
    from skygarth.assembly.front_end_serving import run_front_end
    from skygarth.routing.front_end import Limits

    return run_front_end(where.settings(flags), Limits(trusted=trusted))


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as cause:
        raise UsageFault(
            f"this is no network. trust={text!r}", hint="write --trust 10.0.0.0/8"
        ) from cause
