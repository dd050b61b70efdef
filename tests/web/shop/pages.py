"""A component for the tests of the framework: a shop that only repeats what it is told."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from starlette.responses import PlainTextResponse, Response

from skygarth.model.errors import Denied, NotFound
from skygarth.web import Component, Request, route


class Shop(Component):
    """Shelves and things."""

    @route("/")
    def index(self, request: Request) -> Response:
        """The front page, which names the thread that made it."""
        return self.render("index.html", thread=threading.current_thread().name)

    @route("/{number:int}/{name:slug}")
    def thing(self, request: Request, number: int, name: str) -> Response:
        """One thing, last changed in 2008."""
        modified = datetime(2008, 7, 6, tzinfo=UTC)
        return self.render("thing.html", modified=modified, number=number, name=name)

    @route("/order", methods=("GET", "POST"))
    def order(self, request: Request) -> Response:
        """What the form says, repeated."""
        return PlainTextResponse(
            f"{request.method} {sorted(request.form.multi_items())} {request.body!r} "
            f"{request.query.getlist('q')} {request.identity.name}"
        )

    @route("/broken")
    def broken(self, request: Request) -> Response:
        """A handler with a mistake."""
        raise RuntimeError("password=hunter2")

    @route("/missing")
    def missing(self, request: Request) -> Response:
        """A handler that finds nothing."""
        raise NotFound("there is no such thing. name='<b>'", hint="look elsewhere")

    @route("/safe")
    def safe(self, request: Request) -> Response:
        """A handler that says no."""
        raise Denied("this is closed")

    @route("/links")
    def links(self, request: Request) -> Response:
        """Addresses, as the application builds them."""
        address = request.url_for("thing", number=7, name="lamp", query={"q": "a b"})
        return PlainTextResponse(f"{address} {request.absolute(address)}")


class Annex(Shop):
    """A shop with one more page, whose error page is itself broken."""

    @route("/more")
    def more(self, request: Request) -> Response:
        """The page that only the annex has."""
        return self.render("index.html", thread="more")

    def error(self, problem: object) -> Response:
        """A mistake while explaining a mistake."""
        raise RuntimeError("the error page is broken, too")
