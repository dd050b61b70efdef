"""What a handler is given: an intent to answer, and the repository to answer from.

A `Request` is made where the work is done, from an `Intent` alone, so a handler
cannot tell (and need not care) whether the request came to this node over HTTP
or from another node.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode, urlsplit

import msgspec
from markupsafe import Markup
from starlette.datastructures import ImmutableMultiDict
from starlette.responses import Response

from skygarth.model.errors import Invalid
from skygarth.repository import Repository
from skygarth.routing.codes import BAD_INTENT
from skygarth.routing.route_pattern import RouteValue
from skygarth.web.intent import Identity, Intent, Page
from skygarth.web.routes import RouteTable

Values = ImmutableMultiDict[str, str]
"""Names and values; `getlist` gives all values of a name."""


class Parts(Protocol):
    """Answers a part of a page, wherever that is done."""

    def answer_part(self, target: str | Intent, asker: Intent) -> Response:
        """The answer to an address of the site, or to an intent.

        Raises:
            SkygarthError: what its handler raised, here or elsewhere.
        """
        ...


class Request:
    """One request, as its handler sees it.

    Attributes:
        intent: the request as a value.
        repository: this node's content.
        query: what follows the question mark.
        form: the fields of a submitted form.
    """

    __slots__ = ("_parts", "_prefix", "_routes", "form", "intent", "query", "repository")

    def __init__(
        self,
        intent: Intent,
        repository: Repository,
        routes: RouteTable,
        parts: Parts | None = None,
    ) -> None:
        self.intent = intent
        self.repository = repository
        self.query = Values(list(intent.query))
        self.form = Values(list(intent.form))
        self._routes = routes
        self._parts = parts
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

    def load(self, target: str | Intent) -> Markup:
        """A part of a page, to be put into this one: what another address answers.

        It is made here, or on a node of the pool that its route names, for the same reader
        and within the same deadline; the result is the same.

        Args:
            target: an address of the site such as ``/search/box?q=x``, or an intent.

        Raises:
            NotFound: there is no such address.
            Invalid: it is no text (SG-ROUTE-110).
            Unavailable: no node can make it now, and its route names no fallback.
            SkygarthError: what its handler raised.
        """
        response = self._part(target)
        if not response.headers.get("content-type", "").startswith("text/"):
            raise _bad_part(target, "text")
        return Markup(bytes(response.body).decode())  # noqa: S704 - it was escaped where it was made

    def call(self, target: str | Intent) -> object:
        """Data that another address answers as JSON: as `load`, but read.

        Raises:
            Invalid: it is no JSON (SG-ROUTE-110); otherwise as `load`.
        """
        response = self._part(target)
        try:
            value: object = msgspec.json.decode(response.body)
        except msgspec.MsgspecError as cause:
            raise _bad_part(target, "JSON") from cause
        return value

    def _part(self, target: str | Intent) -> Response:
        assert self._parts is not None, "only a request of a site has parts"
        response = self._parts.answer_part(target, self.intent)
        if response.status_code != 200:
            raise _bad_part(target, "page, but leads elsewhere or refuses")
        return response


def _bad_part(target: str | Intent, wanted: str) -> Invalid:
    where = target if isinstance(target, str) else target.route
    return Invalid(
        f"what this address answers is no {wanted}. target={where!r}",
        code=BAD_INTENT,
        hint="request.load takes pages and parts of them, request.call takes JSON",
    )
