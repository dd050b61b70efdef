"""Which node takes a request: the less loaded of two, drawn at random from those that may.

Two are enough. Always the least loaded sends every front-end's next request to
the same node; one at random lets queues grow where the dice fall; the better of
two keeps the longest queue at log log n (Mitzenmacher, 2001) and needs to know
nothing of what other front-ends do.

Who may is a list of reasons, the first of which `obstacle` names, so
that ``skygarth route explain`` can say why a node was not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from skygarth.model.position import Incarnation, Vector, covers, merged
from skygarth.routing.breaker import Breaker

READY = "ready"
SPREAD = 1 << 30
"""Two draws out of one number: chance is asked once per choice."""


@dataclass(slots=True, eq=False)
class Candidate:
    """A node as those see it who might send it a request.

    Attributes:
        address: where it answers, such as ``http://10.0.0.7:8000``; "" if nowhere.
        state: as its card or its last ``/readyz`` says.
        trusted: its card carries the cloud's signature, where the cloud signs cards.
        lag_seconds: how old the newest thing is that it lacks.
        vector: what it has applied at least; answers tell of later ones.
        load: how busy it says it is, 0 for idle.
        in_flight: requests that we have sent it and that are not answered.
    """

    name: str
    incarnation: Incarnation
    address: str
    pools: frozenset[str]
    state: str = READY
    trusted: bool = True
    lag_seconds: float = 0.0
    vector: Vector = field(default_factory=dict)
    load: float = 0.0
    in_flight: int = 0
    breaker: Breaker = field(default_factory=Breaker)

    def has_shown(self, vector: Vector) -> None:
        """It has answered with a version: it stands there, or further."""
        self.vector = merged([self.vector, vector])

    def has(self, version: Vector) -> bool:
        """Whether it is known to have what somebody has seen; what it wrote itself it has."""
        own = version.get(self.incarnation, 0)
        return covers({**self.vector, self.incarnation: own}, version)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a node must be for a request.

    Attributes:
        pool: it must be in it; None for any node.
        version: what its reader has seen already.
        lag_seconds_max: how old the newest thing may be that it lacks; None for whatever
            a ready node may lack.
    """

    pool: str | None = None
    version: Vector = field(default_factory=dict)
    lag_seconds_max: float | None = None


ANYBODY = Wanted()


def obstacle(candidate: Candidate, wanted: Wanted, now: float) -> str:
    """Why a node cannot take a request, as a person reads it; "" if it can (RTE-10)."""
    return misfit(candidate, wanted) or waiting_reason(candidate, wanted, now)


def misfit(candidate: Candidate, wanted: Wanted) -> str:
    """What stands against a node for as long as its card does not change."""
    if wanted.pool is not None and wanted.pool not in candidate.pools:
        return f"not in the pool {wanted.pool!r}"
    if not candidate.address:
        return "its card names no address"
    if not candidate.trusted:
        return "its card is not signed by this cloud"
    if candidate.state != READY:
        return f"it is {candidate.state}"
    limit = wanted.lag_seconds_max
    if limit is not None and candidate.lag_seconds > limit:
        return f"it lags {candidate.lag_seconds:.1f} s, the route takes {limit:g} s"
    return ""


def waiting_reason(candidate: Candidate, wanted: Wanted, now: float) -> str:
    """What stands against a node at this moment, or for this reader."""
    if not candidate.breaker.allows(now):
        return "it failed several times just now"
    if wanted.version and not candidate.has(wanted.version):
        return "it is not known to have what the reader has seen"
    return ""


def choose(
    candidates: Iterable[Candidate],
    wanted: Wanted,
    *,
    now: float,
    draw: Callable[[], float],
    tried: Collection[Candidate] = (),
) -> Candidate | None:
    """The node that takes a request; None if none may.

    A version that no node is known to cover does not stop the request: cards are
    old, and the node that gets it waits until it has caught up, or refuses (RTE-11).

    Args:
        now: seconds by the clock that breakers go by.
        draw: a number in [0, 1).
        tried: nodes that this request has met already.
    """
    nodes = candidates if isinstance(candidates, list) else list(candidates)
    if len(nodes) > 1 and not tried:
        one, other = two_of(nodes, draw)
        if not obstacle(one, wanted, now) and not obstacle(other, wanted, now):
            return min(one, other, key=_busy)  # as nearly always: nobody else need be looked at
    fitting = [node for node in nodes if node not in tried and not misfit(node, wanted)]
    allowed = [node for node in fitting if not waiting_reason(node, wanted, now)]
    if not allowed and wanted.version:
        allowed = [node for node in fitting if node.breaker.allows(now)]
    return less_loaded(allowed, draw) if allowed else None


def less_loaded(nodes: list[Candidate], draw: Callable[[], float]) -> Candidate:
    """The less loaded of two different nodes, drawn at random (RTE-12)."""
    assert nodes
    return nodes[0] if len(nodes) == 1 else min(*two_of(nodes, draw), key=_busy)


def two_of(nodes: list[Candidate], draw: Callable[[], float]) -> tuple[Candidate, Candidate]:
    """Two different nodes, drawn at random."""
    count = len(nodes)
    assert count > 1
    drawn = int(draw() * SPREAD)
    first = drawn % count
    second = (first + 1 + drawn // count % (count - 1)) % count
    assert first != second
    return nodes[first], nodes[second]


def _busy(node: Candidate) -> tuple[int, float]:
    return node.in_flight, node.load
