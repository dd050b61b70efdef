"""What an operator decides about a node, as its parts need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skygarth.node.draining import QUIET_SECONDS
from skygarth.replication.timing import Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTraits:
    """What an operator decides about a node.

    Attributes:
        address: where others reach its HTTP, "" if nowhere.
        components: version of each component of the application, by name.
        card_seconds: between two cards while nothing changes.
        lag_seconds_max: further behind than this, it is not ready.
        quiet_seconds: with no visitor for so long, a draining node has answered them all.
    """

    name: str
    address: str = ""
    pools: tuple[str, ...] = ("web",)
    components: Mapping[str, str] = field(default_factory=dict)
    timing: Timing = field(default_factory=Timing)
    durability: str = "local"
    allow_unconditional: bool = False
    card_seconds: float = 60.0
    lag_seconds_max: float = 10.0
    quiet_seconds: float = QUIET_SECONDS
