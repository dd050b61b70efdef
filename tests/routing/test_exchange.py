"""One request on its way between nodes, without sockets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from skygarth.model.errors import Unavailable
from skygarth.model.position import Incarnation
from skygarth.routing.choice import ANYBODY, Candidate, Wanted
from skygarth.routing.exchange import Exchange, Outgoing
from skygarth.routing.message_heads import ResponseHead
from skygarth.routing.upstream import NodeConnections, Receiver, UpstreamConnection

OK = ResponseHead(200, b"OK", is_latest=True, lines=[])


@dataclass
class Line:
    """A connection that answers, or is found closed."""

    answers: bool
    was_kept: bool = False

    def begin(self, receiver: Receiver, head: bytes, *, bodiless: bool) -> None:
        """Send a request."""
        if self.answers:
            receiver.begins(OK)
            receiver.ends(b"")
        else:
            receiver.breaks("it closed the connection")

    def sent(self) -> None:
        """All of it is sent."""

    def abandon(self) -> None:
        """Close it."""


@dataclass
class Home:
    """The connections of a node: some kept ones, and a fresh one or none."""

    stale: int = 0
    answers: bool = True

    def kept(self) -> Line | None:
        """A kept one, which is closed."""
        if not self.stale:
            return None
        self.stale -= 1
        return Line(answers=False, was_kept=True)

    def distrust(self) -> None:
        """Forget the others."""
        self.stale = 0

    def open(
        self, opened: Callable[[UpstreamConnection], None], failed: Callable[[str], None]
    ) -> None:
        """A fresh one."""
        if self.answers:
            opened(cast("UpstreamConnection", Line(answers=True)))
        else:
            failed("no connection")


@dataclass
class Ways:
    """Roads that try nodes in their order."""

    homes: dict[str, Home]
    nodes: list[Candidate] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nodes = [
            Candidate(name, Incarnation(name * 32), f"http://{name}", frozenset())
            for name in self.homes
        ]

    def choose(self, wanted: Wanted, tried: Sequence[Candidate]) -> Candidate | None:
        """The first that was not tried."""
        return next((node for node in self.nodes if node not in tried), None)

    def connections(self, node: Candidate) -> NodeConnections:
        """Its connections."""
        return cast("NodeConnections", self.homes[node.name])

    def began(self, node: Candidate) -> None:
        """A request is on its way."""

    def ended(self, node: Candidate, *, well: bool | None) -> None:
        """It is answered."""

    def retried(self, reason: str) -> None:
        """It goes elsewhere."""


@dataclass
class Asker:
    """Whoever asked: who answered, or why nobody."""

    answered_by: str = ""
    code: str = ""

    def interim(self, status: int) -> None:
        """Go on."""

    def begins(self, head: ResponseHead, node: Candidate) -> None:
        """An answer."""
        self.answered_by = node.name

    def continues(self, content: bytes) -> None:
        """More of it."""

    def flush(self) -> None:
        """Nothing is kept back."""

    def ends(self, trailers: bytes) -> None:
        """All of it."""

    def fails(self, error: Unavailable, *, begun: bool) -> None:
        """No answer."""
        self.code = error.code

    def full(self, *, is_full: bool) -> None:
        """Slowly."""


def asked(method: bytes, **homes: Home) -> Asker:
    """What comes of a request."""
    asker = Asker()
    Exchange(Ways(homes), Outgoing(method, 0, ANYBODY, lambda _home: b""), asker).start()
    return asker


def test_a_killed_node_with_many_kept_connections_costs_no_answer() -> None:
    """RTE-14: a closed connection says nothing of its node, and uses up no other node's turn."""
    assert asked(b"GET", a=Home(stale=9, answers=False), b=Home()).answered_by == "b"
    assert asked(b"GET", a=Home(stale=9), b=Home()).answered_by == "a"


def test_a_write_on_a_closed_connection_is_not_sent_again() -> None:
    """RTE-14: it may have been done."""
    assert asked(b"PUT", a=Home(stale=1), b=Home()).code == "SG-ROUTE-106"


def test_not_every_node_of_a_large_cloud_is_tried() -> None:
    """Whatever is wrong with three nodes is likely wrong with the request, or with us."""
    dead = {name: Home(answers=False) for name in "abcd"}

    assert asked(b"GET", **dead, e=Home()).code == "SG-ROUTE-105"
