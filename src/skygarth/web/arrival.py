"""How a request came to this node, where that is more than its message tells.

The middleware that reads passports leaves it in the ASGI scope; the site takes it from
there. What a stranger sends can not get here: only a verified passport does (RTE-6).
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope

from skygarth.routing.identity import VISITOR, Identity

_KEY = "skygarth.arrival"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What another node, or this one, knows of a request.

    Attributes:
        identity: who asks, as the node knew him that forwarded; nobody where the
            request shall be asked itself.
        deadline_ms: when the answer is not wanted any more; 0 for the usual.
        hops: how many nodes have handed it on.
        pool_is_dead: its pool has no node: the fallback answers.
    """

    identity: Identity = VISITOR
    deadline_ms: int = 0
    hops: int = 0
    pool_is_dead: bool = False


USUAL = Arrival()


def arrival_of(scope: Scope) -> Arrival:
    """How a request came."""
    arrival = scope.get(_KEY, USUAL)
    assert isinstance(arrival, Arrival)
    return arrival


def arrived(scope: Scope, arrival: Arrival) -> Scope:
    """A scope that tells how its request came."""
    return {**scope, _KEY: arrival}
