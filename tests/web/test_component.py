"""Components know their routes, inherit them, and answer many requests at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from starlette.responses import PlainTextResponse, Response
from tests.web.shop.pages import Annex, Shop

from skygarth.model.errors import Invalid, NotFound
from skygarth.repository import Repository
from skygarth.web import Component, Intent, Page, Request, route

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Greeting(Component):
    """Says hello, through a filter of its own."""

    name = "hello"
    filters: ClassVar = {"shout": str.upper}

    @route("/")
    def index(self, request: Request) -> Response:
        """A greeting."""
        return PlainTextResponse("hello")


def _request(repository: Repository, component: Component, name: str = "lamp") -> Request:
    intent = Intent(
        page=Page("/", component.name),
        route="thing",
        arguments={"number": 1, "name": name},
        method="GET",
        arrived=NOON,
        deadline=NOON,
    )
    return Request(intent, repository, component.routes)


def test_a_component_is_called_after_its_class() -> None:
    """Unless it says otherwise."""
    assert (Shop.name, Greeting.name) == ("shop", "hello")


def test_routes_are_inherited() -> None:
    """What the ancestor answers, the heir answers."""
    names = {spec.name for spec in Shop.routes}

    assert names | {"more"} == {spec.name for spec in Annex.routes}


def test_an_overridden_handler_keeps_its_address(repository: Repository) -> None:
    """An heir changes what a page shows without saying again where it stands."""

    class Better(Shop):
        """A shop with nicer things."""

        def thing(self, request: Request, number: int, name: str) -> Response:
            """A thing, praised."""
            return PlainTextResponse(f"a fine {name}")

    better = Better()
    bound = better.bound(_request(repository, better), better.surroundings(None))

    assert bound.answer().body == b"a fine lamp"


def test_only_marked_methods_answer(repository: Repository) -> None:
    """An intent may come from another node: it cannot call what no address leads to."""
    shop = Shop()
    request = _request(repository, shop)
    intent = replace(request.intent, route="bound", arguments={})
    bound = shop.bound(Request(intent, repository, shop.routes), shop.surroundings(None))

    with pytest.raises(NotFound):
        bound.answer()


def test_two_handlers_of_one_address_are_refused_with_the_class() -> None:
    """The mistake shows when the module is loaded, not when somebody asks."""
    with pytest.raises(Invalid, match="two routes answer GET"):

        class Twice(Component):
            """Answers everything twice."""

            @route("/{a:slug}")
            def one(self, request: Request, a: str) -> Response:
                """The first."""
                return PlainTextResponse(a)

            @route("/{b:slug}")
            def two(self, request: Request, b: str) -> Response:
                """The second."""
                return PlainTextResponse(b)


def test_requests_do_not_meet_each_other(repository: Repository) -> None:
    """Each works on its own copy; the component itself knows none."""
    shop = Shop()
    surroundings = shop.surroundings(None)
    first = shop.bound(_request(repository, shop, "lamp"), surroundings)
    second = shop.bound(_request(repository, shop, "desk"), surroundings)

    assert b"lamp" in first.answer().body
    assert b"desk" in second.answer().body
    with pytest.raises(AssertionError):
        _ = shop.request


def test_a_component_brings_its_own_filters() -> None:
    """Its templates can use them."""
    environment = Greeting().surroundings(None).environment

    assert environment.from_string("{{ 'a'|shout }}").render() == "A"
