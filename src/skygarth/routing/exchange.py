"""One request on its way: choosing a node, sending, trying another, handing back the answer.

When may a request go to another node after one has failed? If nothing was sent
to the first, always. If something was, only where the method is *safe* and its
body is still at hand (RTE-14). Idempotent is not enough in a cloud without a
leader: a PUT that a node carried out before it died, sent to another node that
has not heard of it yet, makes two versions where the reader wanted one.

The same life serves the front-end, whose `Client` is a socket, and a node,
whose client is an ASGI server or a handler that waits for a part of its page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from skygarth.model.errors import Unavailable
from skygarth.routing.choice import Candidate, Wanted
from skygarth.routing.faults import NoAnswer, NoNode, TooLate
from skygarth.routing.framing import chunk, last_chunk
from skygarth.routing.message_heads import ResponseHead
from skygarth.routing.upstream import NodeConnections, UpstreamConnection

SAFE = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PROPFIND", b"REPORT", b"SEARCH", b"TRACE"})
"""Methods that ask and change nothing (IANA's registry)."""

NODES_MAX = 3
STALE_MAX = 2
"""How many kept connections of nodes that are not to blame a request may find closed."""

REPLAY_BYTES_MAX = 64 << 10
"""A longer body is not kept, so its request is not sent twice."""


class Client(Protocol):
    """Who asked, and gets the answer."""

    def interim(self, status: int) -> None:
        """Go on sending."""

    def begins(self, head: ResponseHead, node: Candidate) -> None:
        """The answer's head, and who gave it."""

    def continues(self, content: bytes) -> None:
        """A piece of its body."""

    def flush(self) -> None:
        """No more has come for now."""

    def ends(self, trailers: bytes) -> None:
        """The answer is whole."""

    def fails(self, error: Unavailable, *, begun: bool) -> None:
        """There is no answer; `begun` if part of one has been handed on."""

    def full(self, *, is_full: bool) -> None:
        """Whether to send the body more slowly."""


class Roads(Protocol):
    """The way to nodes; a `skygarth.routing.router.Router`."""

    def choose(self, wanted: Wanted, tried: list[Candidate]) -> Candidate | None:
        """The node that takes a request."""
        ...

    def connections(self, node: Candidate) -> NodeConnections:
        """The connections to it."""
        ...

    def began(self, node: Candidate) -> None:
        """A request is on its way to it."""
        ...

    def ended(self, node: Candidate, *, well: bool | None) -> None:
        """It has been answered, or not; None if that says nothing about the node."""
        ...

    def retried(self, reason: str) -> None:
        """A request goes to another node."""
        ...


@dataclass(slots=True)
class Outgoing:
    """A request as it goes out.

    Attributes:
        head: what is sent before the body to a node, made anew for each try.
        length: bytes of the body; None if it is chunked.
    """

    method: bytes
    length: int | None
    wanted: Wanted
    head: Callable[[NodeConnections], bytes]
    kept: list[bytes] = field(default_factory=list)


class Exchange:
    """One request, from its choice of a node to the end of its answer."""

    __slots__ = (
        "_begun",
        "_body_ended",
        "_client",
        "_connection",
        "_held",
        "_kept_bytes",
        "_node",
        "_over",
        "_request",
        "_roads",
        "_sent",
        "_tried",
        "_tries",
    )

    def __init__(self, roads: Roads, request: Outgoing, client: Client) -> None:
        self._roads = roads
        self._request = request
        self._client = client
        self._node: Candidate | None = None
        self._connection: UpstreamConnection | None = None
        self._tried: list[Candidate] = []
        self._tries = 0
        self._kept_bytes = 0
        self._body_ended: bytes | None = b"" if request.length == 0 else None
        self._begun = self._over = self._sent = self._held = False

    @property
    def node_name(self) -> str:
        """Who has the request now."""
        return self._node.name if self._node is not None else ""

    @property
    def has_begun(self) -> bool:
        """Whether part of an answer has been handed on."""
        return self._begun

    # -- what the client does -----------------------------------------------------------------

    def start(self) -> None:
        """Send it to a node."""
        self._try()

    def content(self, content: bytes) -> None:
        """A piece of the body, without its framing."""
        if self._over:
            return
        kept_bytes = self._kept_bytes = self._kept_bytes + len(content)
        if kept_bytes <= REPLAY_BYTES_MAX or self._connection is None:
            self._request.kept.append(content)
        else:
            self._request.kept.clear()
        if self._connection is not None:
            self._connection.send(self._framed(content))
        elif kept_bytes > REPLAY_BYTES_MAX:
            self._client.full(is_full=True)

    def end(self, trailers: bytes = b"") -> None:
        """The body is whole."""
        self._body_ended = trailers
        if self._connection is not None and not self._over:
            self._finish(self._connection, trailers)

    def hold(self, *, is_held: bool) -> None:
        """Take no more of the answer for a while, or go on."""
        self._held = is_held
        if self._connection is not None:
            self._connection.hold(is_held=is_held)

    def abandon(self) -> None:
        """Nobody waits any more."""
        if not self._over:
            self._leave(well=None)
            self._over = True

    def expire(self) -> None:
        """The deadline has passed."""
        if not self._over:
            node = self.node_name
            self._leave(well=False if self._sent else None)
            self._fail(TooLate(node))

    # -- trying -------------------------------------------------------------------------------

    def _try(self, otherwise: Unavailable | None = None) -> None:
        """Send it to a node that it has not met, or give up with that error, or with `NoNode`."""
        node = self._roads.choose(self._request.wanted, self._tried)
        if node is None or self._tries >= NODES_MAX + STALE_MAX or len(self._tried) >= NODES_MAX:
            self._fail(otherwise or NoNode(self._request.wanted.pool))
            return
        self._tries += 1
        self._node = node
        self._roads.began(node)
        home = self._roads.connections(node)
        kept = home.kept()
        if kept is not None:
            self._send(kept, home)
        else:
            home.open(self._opened, self._not_opened)

    def _opened(self, connection: UpstreamConnection) -> None:
        if self._over or self._node is None:
            connection.abandon()
            return
        self._send(connection, self._roads.connections(self._node))

    def _not_opened(self, fault: str) -> None:
        if self._over or self._node is None:
            return
        self._try_elsewhere(fault)

    def _send(self, connection: UpstreamConnection, home: NodeConnections) -> None:
        request = self._request
        self._connection = connection
        self._sent = True
        head = request.head(home)
        if request.kept:
            head += b"".join(map(self._framed, request.kept))
        connection.begin(self, head, bodiless=request.method == b"HEAD")
        if self._kept_bytes > REPLAY_BYTES_MAX:
            request.kept.clear()
            self._client.full(is_full=False)
        if self._body_ended is not None:
            self._finish(connection, self._body_ended)
        if self._held:
            connection.hold(is_held=True)

    def _finish(self, connection: UpstreamConnection, trailers: bytes) -> None:
        if self._request.length is None:
            connection.send(last_chunk(trailers))
        connection.sent()

    def _framed(self, content: bytes) -> bytes:
        return chunk(content) if self._request.length is None else content

    @property
    def _replayable(self) -> bool:
        return self._kept_bytes <= REPLAY_BYTES_MAX

    def _try_elsewhere(
        self, fault: str, otherwise: Unavailable | None = None, *, blame: bool = True
    ) -> None:
        """The node failed before it answered, and another may have the request."""
        node = self._node
        assert node is not None
        self._leave(well=False if blame else None)
        if blame:
            self._tried.append(node)
        self._roads.retried(fault)
        self._try(otherwise)

    def _leave(self, *, well: bool | None) -> None:
        """Have nothing more to do with the node."""
        node, connection = self._node, self._connection
        self._node = self._connection = None
        self._sent = False
        if connection is not None:
            connection.abandon()
        if node is not None:
            self._roads.ended(node, well=well)

    def _fail(self, error: Unavailable) -> None:
        self._over = True
        self._client.fails(error, begun=self._begun)

    # -- what the connection tells ------------------------------------------------------------

    def interim(self, status: int) -> None:
        """The node goes on."""
        self._client.interim(status)

    def begins(self, head: ResponseHead) -> None:
        """The answer begins, unless the node refuses and another may do it."""
        node = self._node
        assert node is not None
        if head.refused and self._replayable:
            self._tried.append(node)
            if self._roads.choose(self._request.wanted, self._tried) is not None:
                self._leave(well=True)
                self._roads.retried("refused")
                self._try()
                return
        self._begun = True
        self._client.begins(head, node)

    def continues(self, content: bytes) -> None:
        """More of the answer."""
        self._client.continues(content)

    def flush(self) -> None:
        """No more of the answer has come for now."""
        self._client.flush()

    def ends(self, trailers: bytes) -> None:
        """The answer is whole."""
        node = self._node
        assert node is not None
        self._connection = None  # kept or closed by itself
        self._node = None
        self._over = True
        self._roads.ended(node, well=True)
        self._client.ends(trailers)

    def breaks(self, fault: str) -> None:
        """The node broke off."""
        connection, node = self._connection, self._node
        assert connection is not None
        assert node is not None
        error = NoAnswer(node.name, fault)
        if connection.was_kept:
            self._roads.connections(node).distrust()  # if it is gone, so are the others
        if not self._begun and self._request.method in SAFE and self._replayable:
            # A kept connection may have been closed just as we sent: the node is not to blame.
            self._try_elsewhere("broke off", error, blame=not connection.was_kept)
            return
        self._leave(well=None if connection.was_kept and not self._begun else False)
        self._fail(error)

    def full(self, *, is_full: bool) -> None:
        """The node takes the body slowly."""
        self._client.full(is_full=is_full)
