"""What a handler is given: an intent to answer, and the repository to answer from.

A `Request` is made where the work is done, from an `Intent` alone, so a handler
cannot tell (and need not care) whether the request came to this node over HTTP
or from another node.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import ImmutableMultiDict

from skygarth.repository import Repository
from skygarth.routing.route_pattern import RouteValue
from skygarth.web.intent import Identity, Intent, Page
from skygarth.web.routes import RouteTable

Values = ImmutableMultiDict[str, str]
"""Names and values; `getlist` gives all values of a name."""


class Request:
    """One request, as its handler sees it.

    Attributes:
        intent: the request as a value.
        repository: this node's content.
        query: what follows the question mark.
        form: the fields of a submitted form.
    """

    __slots__ = ("_prefix", "_routes", "form", "intent", "query", "repository")

    def __init__(self, intent: Intent, repository: Repository, routes: RouteTable) -> None:
        self.intent = intent
        self.repository = repository
        self.query = Values(list(intent.query))
        self.form = Values(list(intent.form))
        self._routes = routes
        self._prefix = urlsplit(intent.base).path

    @property
    def page(self) -> Page:
        """The page that is asked for."""
        return self.intent.page

    @property
    def identity(self) -> Identity:
        """Who asks."""
        return self.intent.identity

    @property
    def method(self) -> str:
        """GET, POST, …; a HEAD is answered as a GET."""
        return self.intent.method

    @property
    def body(self) -> bytes:
        """The bytes that came along, unless they were a form."""
        return self.intent.body

    @property
    def now(self) -> datetime:
        """When the request arrived, UTC: the same moment all the way through."""
        return self.intent.arrived

    def url_for(
        self, handler: str, /, *, query: Mapping[str, str | int] | None = None, **values: RouteValue
    ) -> str:
        """The address that leads to a handler of this component.

        Args:
            handler: name of the method.
            query: what shall follow the question mark.
            values: what the address shall hold, by placeholder.

        Raises:
            Invalid: no route leads there with these values.
        """
        path = self.page.join(self._routes.build(handler, values))
        return self.url(path) + (f"?{urlencode(query)}" if query else "")

    def url(self, path: str) -> str:
        """The address of a path of the site, wherever the site is mounted."""
        assert path.startswith("/")
        return self._prefix + path

    def absolute(self, address: str) -> str:
        """An address with scheme and host, for those who read it elsewhere."""
        assert address.startswith("/")
        return self.intent.base.removesuffix(self._prefix) + address
