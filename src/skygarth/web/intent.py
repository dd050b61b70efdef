"""A request as a value: what is wanted, of which page, for whom, until when.

The edge turns an HTTP request into an `Intent` and nothing else reaches the
components. A value can be compared, logged, repeated and sent: this is the seam
at which a part of a page runs on the node that its route's pool names. Whoever
holds the intent and a repository can answer it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from skygarth.routing.identity import VISITOR, Identity
from skygarth.routing.route_pattern import RouteValue

__all__ = ["VISITOR", "Identity", "Intent", "Page", "Pairs"]

Pairs = tuple[tuple[str, str], ...]
"""Names and values in the order in which they came; a name may come twice."""


@dataclass(frozen=True, slots=True)
class Page:
    """A place in the site's tree of pages.

    Attributes:
        path: where it stands: ``/`` or ``/blog``.
        component: name of the component that answers there.
    """

    path: str
    component: str

    def __post_init__(self) -> None:
        assert self.path.startswith("/")
        assert self.path == "/" or not self.path.endswith("/")

    def below(self, path: str) -> str | None:
        """What is left of `path` below this page, with its slash; None if it is elsewhere."""
        if self.path == "/":
            return path
        if path == self.path:
            return "/"
        return path[len(self.path) :] if path.startswith(f"{self.path}/") else None

    def join(self, path: str) -> str:
        """The address of a component's own path: the reverse of `below`."""
        if self.path == "/":
            return path
        return self.path if path == "/" else self.path + path


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One request.

    Attributes:
        page: the page that it is for.
        route: name of the component's handler.
        arguments: what the address holds, by placeholder.
        method: GET, POST, …; HEAD has become GET.
        query: what follows the question mark.
        form: the fields of a submitted form.
        body: the bytes of any other body.
        base: scheme, host and prefix under which the site is reached, without a last slash.
        identity: who asks.
        arrived: when it reached the cloud, UTC; this is "now" for its answer.
        deadline: when the answer will not be wanted any more, UTC.
        hops: how many nodes have handed it on.
    """

    page: Page
    route: str
    method: str
    arrived: datetime
    deadline: datetime
    arguments: Mapping[str, RouteValue] = field(default_factory=dict)
    query: Pairs = ()
    form: Pairs = ()
    body: bytes = b""
    base: str = ""
    identity: Identity = VISITOR
    hops: int = 0

    def __post_init__(self) -> None:
        assert self.arrived.tzinfo is not None
        assert self.arrived <= self.deadline
        assert self.method != "HEAD"
        assert not self.base.endswith("/")
