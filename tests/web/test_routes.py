"""Marked methods become a table that finds the right one for every address."""

from __future__ import annotations

import pytest

from skygarth.model.errors import Invalid, NotFound
from skygarth.routing.route_pattern import compile_pattern
from skygarth.web.routes import MethodRefused, RouteSpec, RouteTable, marks_of, route


def _spec(name: str, pattern: str, *methods: str) -> RouteSpec:
    return RouteSpec(name, compile_pattern(pattern), methods or ("GET",))


def test_a_mark_keeps_pattern_methods_and_pool() -> None:
    """What the decorator is told, the mark holds, as a plain value."""

    @route("/search", pool="search", methods=("GET", "POST"))
    def search(self: object, request: object) -> None: ...

    expected = RouteSpec("search", compile_pattern("/search"), ("GET", "POST"), "search")

    assert (expected,) == marks_of(search)


def test_one_method_may_answer_several_addresses() -> None:
    """Marks add up."""

    @route("/new")
    @route("/latest")
    def latest(self: object, request: object) -> None: ...

    assert {"/new", "/latest"} == {mark.pattern.text for mark in marks_of(latest)}


def test_a_handler_must_take_what_its_pattern_holds() -> None:
    """A handler whose parameters do not fit is refused where it is written."""
    with pytest.raises(Invalid, match="do not fit") as caught:

        @route("/{name:slug}")
        def show(self: object, request: object, title: str) -> None: ...

    assert caught.value.hint == "its parameters should be self, request, name"


def test_a_handler_must_be_synchronous() -> None:
    """A coroutine is refused with the reason."""
    with pytest.raises(Invalid, match="plain function"):

        @route("/")
        async def index(self: object, request: object) -> None: ...


@pytest.mark.parametrize("methods", [(), ("get",), ("",), ("GET POST",)])
def test_methods_are_upper_case_words(methods: tuple[str, ...]) -> None:
    """What is no HTTP method is refused."""
    with pytest.raises(Invalid, match="no http methods"):
        route("/", methods=methods)


def test_the_most_specific_route_wins_whatever_the_order() -> None:
    """The order in the source does not decide."""
    table = RouteTable(
        [_spec("any", "/{rest:path}"), _spec("show", "/{name:slug}"), _spec("search", "/search")]
    )

    assert table.find("/search", "GET").route.name == "search"
    assert table.find("/hello", "GET").route.name == "show"
    assert table.find("/a/b", "GET").route.name == "any"
    assert table.find("/a/b", "GET").arguments == {"rest": "a/b"}


def test_a_head_is_answered_like_a_get() -> None:
    """HEAD needs no route of its own."""
    table = RouteTable([_spec("index", "/")])

    assert table.find("/", "HEAD").route.name == "index"


def test_a_wrong_method_is_told_the_right_ones() -> None:
    """405 needs Allow; every route of the address contributes."""
    table = RouteTable([_spec("show", "/{name:slug}"), _spec("save", "/{name:token}", "PUT")])

    with pytest.raises(MethodRefused) as caught:
        table.find("/hello", "DELETE")

    assert caught.value.allow == ("GET", "HEAD", "OPTIONS", "PUT")


def test_another_route_may_have_the_method() -> None:
    """A less specific route answers a method that the more specific one lacks."""
    table = RouteTable([_spec("show", "/{name:slug}"), _spec("save", "/{name:token}", "PUT")])

    assert table.find("/hello", "PUT").route.name == "save"


def test_an_address_without_route_is_not_found() -> None:
    """An unknown address is a NotFound."""
    with pytest.raises(NotFound):
        RouteTable([_spec("index", "/")]).find("/x", "GET")


def test_two_routes_for_one_address_are_refused() -> None:
    """Placeholders' names do not tell routes apart; their kinds do."""
    with pytest.raises(Invalid, match="two routes answer GET"):
        RouteTable([_spec("a", "/{x:slug}"), _spec("b", "/{y:slug}")])


def test_an_address_is_built_from_the_handlers_name() -> None:
    """Of several marks, the one that takes the values is used."""
    table = RouteTable([_spec("show", "/{name:slug}"), _spec("show", "/{year:int}/{name:slug}")])

    assert table.build("show", {"name": "a"}) == "/a"
    assert table.build("show", {"name": "a", "year": 2008}) == "/2008/a"


def test_an_unknown_handler_has_no_address() -> None:
    """The hint lists the handlers there are."""
    with pytest.raises(Invalid) as caught:
        RouteTable([_spec("show", "/{name:slug}")]).build("shwo", {"name": "a"})

    assert caught.value.hint == "the handlers are show"
