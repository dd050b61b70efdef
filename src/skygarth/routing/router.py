"""The cloud as one router sees it: its nodes, their routes, the ways to them.

A front-end has one, and so has a node that forwards what belongs to another
pool. It is used from one event loop and never waits: what it knows is brought
to it by a `skygarth.routing.watch.Watch`, and by the answers that pass through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count

from skygarth.model.position import Incarnation, Vector
from skygarth.routing.choice import Candidate, Wanted, choose, misfit, obstacle
from skygarth.routing.figures import RoutingFigures
from skygarth.routing.identity import VISITOR, Identity
from skygarth.routing.passport import NONCE_BYTES, Passport, Signer, bound, write_passport
from skygarth.routing.route_map import ANY_NODE, Plan, PublishedRoutes, RouteMap
from skygarth.routing.upstream import NodeConnections


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a router needs of the world.

    Attributes:
        monotonic: seconds that only go on.
        now_ms: milliseconds since 1970 UTC.
        draw: a number in [0, 1).
        octets: so many random bytes; they make passports of two routers differ.
    """

    monotonic: Callable[[], float]
    now_ms: Callable[[], int]
    draw: Callable[[], float]
    octets: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a card tells of a node.

    Attributes:
        load: how busy it says it is.
        trusted: the card carries the cloud's signature, or the cloud signs none.
    """

    name: str
    incarnation: Incarnation
    address: str
    pools: frozenset[str]
    state: str
    lag_seconds: float
    vector: Vector
    load: float = 0.0
    trusted: bool = True


class Router:
    """Chooses nodes and knows the ways to them.

    Args:
        name: of this front-end or node, as passports name it.
        signer: signs passports; None where the cloud has no key: then none are sent.
        own: the incarnation of this node, which is nobody to forward to.
    """

    def __init__(
        self,
        name: str,
        means: Means,
        figures: RoutingFigures,
        *,
        signer: Signer | None = None,
        own: Callable[[], Incarnation | None] = lambda: None,
    ) -> None:
        self.name = name
        self.means = means
        self.figures = figures
        self.signer = signer
        self.routes = RouteMap(PublishedRoutes())
        self._own = own
        self._nodes: dict[Incarnation, Candidate] = {}
        self._all: list[Candidate] = []
        self._ways: dict[str, NodeConnections] = {}
        self._mark = means.octets(NONCE_BYTES).hex()
        self._count = count()

    @property
    def nodes(self) -> list[Candidate]:
        """Every node that it has heard of, by name."""
        return sorted(self._nodes.values(), key=lambda node: node.name)

    # -- what is brought to it ----------------------------------------------------------------

    def see(self, sightings: Iterable[Sighting]) -> None:
        """Take in the cards of the cloud; nodes without one are gone."""
        own = self._own()
        known, self._nodes = self._nodes, {}
        for seen in sightings:
            if seen.incarnation == own:
                continue
            node = known.get(seen.incarnation) or Candidate(
                seen.name, seen.incarnation, seen.address, seen.pools
            )
            node.name, node.address, node.pools = seen.name, seen.address, seen.pools
            node.state, node.trusted, node.load = seen.state, seen.trusted, seen.load
            node.lag_seconds = seen.lag_seconds
            node.has_shown(seen.vector)
            self._nodes[seen.incarnation] = node
        self._all = list(self._nodes.values())
        addresses = {node.address for node in self._nodes.values()}
        for address in self._ways.keys() - addresses:
            self._ways.pop(address).close()

    # -- the roads of an exchange -------------------------------------------------------------

    def choose(self, wanted: Wanted, tried: list[Candidate]) -> Candidate | None:
        """The node that takes a request; None if none may."""
        return choose(
            self._all,
            wanted,
            now=self.means.monotonic(),
            draw=self.means.draw,
            tried=tried,
        )

    def connections(self, node: Candidate) -> NodeConnections:
        """The connections to a node."""
        way = self._ways.get(node.address)
        if way is None:
            way = self._ways[node.address] = NodeConnections(node.address, self.means.monotonic)
        return way

    def began(self, node: Candidate) -> None:
        """A request is on its way to a node."""
        node.in_flight += 1
        if not node.breaker.is_closed:
            node.breaker.begin(self.means.monotonic())

    def ended(self, node: Candidate, *, well: bool | None) -> None:
        """It was answered, or not; None if that says nothing about the node."""
        node.in_flight -= 1
        assert node.in_flight >= 0
        if well:
            node.breaker.succeeded()
        elif well is not None:
            node.breaker.failed(self.means.monotonic())

    def retried(self, reason: str) -> None:  # noqa: ARG002 - for whoever traces
        """A request goes to a further node."""
        self.figures.retried()

    # -- planning -----------------------------------------------------------------------------

    def plan(self, method: bytes, path: bytes, version: Vector) -> tuple[Plan, Wanted, bool]:
        """What an address needs, what a node must be for it, and whether its pool is dead.

        A dead pool whose route names a fallback becomes a request to any node (RTE-15).
        """
        plan = self.routes.find(method, path)
        if plan is ANY_NODE:
            return plan, Wanted(None, version) if version else _ANYBODY, False
        wanted = Wanted(plan.pool, version, plan.lag_seconds_max)
        if plan.fallback is not None and not self.has_any(wanted):
            return plan, Wanted(None, version), True
        return plan, wanted, False

    def has_any(self, wanted: Wanted) -> bool:
        """Whether some node may take such a request now."""
        now = self.means.monotonic()
        return any(
            not misfit(node, wanted) and node.breaker.allows(now) for node in self._nodes.values()
        )

    def reasons(self, wanted: Wanted) -> list[tuple[Candidate, str]]:
        """Each node, and why it cannot take such a request; "" if it can."""
        now = self.means.monotonic()
        return [(node, obstacle(node, wanted, now)) for node in self.nodes]

    # -- passports ----------------------------------------------------------------------------

    def passport(
        self,
        method: bytes,
        target: bytes,
        host: bytes,
        *,
        deadline_ms: int,
        identity: Identity = VISITOR,
        hops: int = 1,
        client: str = "",
        scheme: str = "http",
        pool_is_dead: bool = False,
        digest: str = "",
    ) -> bytes:
        """A passport for one request to one node, as a header line; b"" without a key."""
        if self.signer is None:
            return b""
        means = self.means
        said = Passport(
            origin=self.name,
            issued_ms=means.now_ms(),
            deadline_ms=deadline_ms,
            hops=hops,
            nonce=f"{self._mark}{next(self._count):x}",
            user=identity.name,
            roles=tuple(sorted(identity.roles)),
            client=client,
            scheme=scheme,
            pool_is_dead=pool_is_dead,
            digest=digest,
        )
        value = write_passport(said, bound(method, target, host), self.signer)
        return b"Skygarth-Passport: %b\r\n" % value

    def close(self) -> None:
        """Close every connection that waits."""
        for way in self._ways.values():
            way.close()


_ANYBODY = Wanted()
