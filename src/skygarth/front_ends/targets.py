"""The nodes of a cloud as a front-end needs them: where, for what, and how busy."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from skygarth.node.membership import DEAD

NAME_PREFIX = "sky-"
WEIGHT_MAX = 100
WEIGHT_MIN = 10
_BUSY = 4.0
"""Requests at once at which a node gets half of what an idle one gets."""


@dataclass(frozen=True, slots=True)
class Target:
    """One node.

    Attributes:
        incarnation: tells it from another of the same name, and from its own past.
        load: requests that it is busy with at once.
    """

    name: str
    incarnation: str
    state: str
    address: str
    pools: tuple[str, ...] = ("web",)
    load: float = 0.0

    @property
    def server(self) -> str:
        """What a front-end calls it; the prefix says that it is ours to remove."""
        return NAME_PREFIX + self.incarnation[:16]

    @property
    def endpoint(self) -> str | None:
        """``host:port``; None if it told no address that others can reach."""
        try:
            parts = urlsplit(self.address if "//" in self.address else f"//{self.address}")
            host, port = parts.hostname, parts.port or 80
        except ValueError:
            return None
        if host is None or host in {"0.0.0.0", "::"}:  # noqa: S104 - addresses of nobody
            return None
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def is_here(self) -> bool:
        """Whether it should be among the servers at all."""
        return self.state not in DEAD | {"drained"} and self.endpoint is not None

    @property
    def takes_traffic(self) -> bool:
        """Whether new requests may go there."""
        return self.state == "ready"

    @property
    def weight(self) -> int:
        """Its share of the traffic: the busier, the less, and never nothing."""
        return max(WEIGHT_MIN, round(WEIGHT_MAX / (1 + max(0.0, self.load) / _BUSY)))


def pools_of(targets: list[Target]) -> list[str]:
    """Every pool that a node is in, and ``web``."""
    return sorted({"web"}.union(*(target.pools for target in targets)))
