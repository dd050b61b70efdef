"""What to tell HAProxy so that a backend's servers become the nodes of a pool: a pure plan.

Only servers whose name has our prefix are touched: whatever an operator wrote by
hand stays. A node that is draining takes no new requests and keeps its running
ones; one that is gone is put into maintenance and deleted once nobody is connected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from skygarth.front_ends.haproxy_config import CHECK
from skygarth.front_ends.targets import NAME_PREFIX, Target

MAINTENANCE = 0x01 | 0x02 | 0x04
DRAINING = 0x08 | 0x10
WEIGHT_STEP = 0.2
"""A weight that differs by less is left alone: load goes up and down all the time."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server as HAProxy has it.

    Attributes:
        admin: bits of its administrative state.
        connections: that it has open.
    """

    name: str
    endpoint: str
    admin: int
    weight: int
    connections: int = 0

    @property
    def is_ours(self) -> bool:
        """Whether this program may change it."""
        return self.name.startswith(NAME_PREFIX)

    @property
    def is_in_maintenance(self) -> bool:
        """Whether it takes nothing at all."""
        return bool(self.admin & MAINTENANCE)

    @property
    def is_draining(self) -> bool:
        """Whether it takes nothing new."""
        return bool(self.admin & DRAINING)


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the runtime API, and what it does in a few words."""

    command: str
    meaning: str


def steps_for(backend: str, servers: Sequence[Server], targets: Iterable[Target]) -> list[Step]:
    """The commands that bring a backend's servers in line with a pool's nodes."""
    standing = {server.name: server for server in servers if server.is_ours}
    wanted = {target.server: target for target in targets if target.is_here}
    steps: list[Step] = []
    for name, target in sorted(wanted.items()):
        server = standing.get(name)
        if server is None:
            steps += _add(backend, target)
        else:
            steps += _adjust(backend, server, target)
    for name, server in sorted(standing.items()):
        if name not in wanted:
            steps += _remove(backend, server)
    return steps


def _add(backend: str, target: Target) -> list[Step]:
    where = f"{backend}/{target.server}"
    steps = [
        Step(
            f"add server {where} {target.endpoint} {CHECK} weight {target.weight}",
            f"added {target.name} at {target.endpoint} to {backend}",
        ),
        Step(f"enable health {where}", ""),
        Step(f"enable server {where}", ""),
    ]
    if not target.takes_traffic:
        steps.append(Step(f"set server {where} state drain", ""))
    return steps


def _adjust(backend: str, server: Server, target: Target) -> list[Step]:
    where = f"{backend}/{server.name}"
    if server.endpoint != target.endpoint and ":" in server.endpoint:
        return _remove(backend, server)  # the next round adds it where it is now
    steps = []
    if target.takes_traffic and (server.is_in_maintenance or server.is_draining):
        steps.append(
            Step(f"set server {where} state ready", f"{target.name} takes traffic in {backend}")
        )
    if not target.takes_traffic and not server.is_draining:
        steps.append(
            Step(
                f"set server {where} state drain",
                f"{target.name} is {target.state}: nothing new from {backend}",
            )
        )
    if abs(target.weight - server.weight) > WEIGHT_STEP * max(server.weight, 1):
        steps.append(
            Step(
                f"set server {where} weight {target.weight}",
                f"{target.name} has weight {target.weight} in {backend}",
            )
        )
    return steps


def _remove(backend: str, server: Server) -> list[Step]:
    where = f"{backend}/{server.name}"
    if not server.is_in_maintenance:
        return [Step(f"set server {where} state maint", f"{server.name} leaves {backend}")]
    if server.connections:
        return []  # whoever is connected finishes first
    return [Step(f"del server {where}", f"removed {server.name} from {backend}")]
