"""Which method of a component answers which address.

`route` marks a method; a `RouteTable` holds a component's marks, the most
specific pattern first, so ``/news/new`` wins over ``/news/{name:slug}`` however
they are ordered in the source::

    class Blog(Component):
        @route("/{name:slug}")
        def show(self, request: Request, name: str) -> Response: ...

        @route("/search", pool="search")
        def search(self, request: Request) -> Response: ...

A mark is a plain value (`RouteSpec`). Its pool says on which nodes the work
belongs: a request that arrives elsewhere is forwarded to one of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from skygarth.model.errors import Invalid, NotFound
from skygarth.routing.route_map import HERE
from skygarth.routing.route_pattern import RoutePattern, RouteValue, compile_pattern

Handler = TypeVar("Handler", bound=Callable[..., object])

_MARK = "__skygarth_routes__"


class MethodRefused(Invalid):
    """The address exists, but not for this HTTP method.

    Attributes:
        allow: the methods it has, sorted.
    """

    default_code = "SG-ROUTE-005"

    def __init__(self, method: str, path: str, allow: tuple[str, ...]) -> None:
        super().__init__(
            f"this address does not answer to the method. method={method!r} path={path!r}",
            hint=f"it answers to {', '.join(allow)}",
        )
        self.allow = allow


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """One mark: the handler's name, its pattern, its HTTP methods, its pool.

    Attributes:
        name: name of the method that answers.
        pattern: the addresses it answers to, below the component's page.
        methods: HTTP methods in upper case; GET answers HEAD as well.
        pool: the pool of nodes that should do the work; None is any node, or the
            component's own pool.
        fallback: what answers while the pool has no node: ``here`` for the handler itself
            on any node, or the name of another method with the same parameters; None
            for a 503.
        lag_seconds_max: how old the newest thing may be that the pool's node lacks.
    """

    name: str
    pattern: RoutePattern
    methods: tuple[str, ...] = ("GET",)
    pool: str | None = None
    fallback: str | None = None
    lag_seconds_max: float | None = None

    @property
    def answers(self) -> frozenset[str]:
        """The methods it answers to, those included that it answers by itself."""
        implied = {"HEAD", "OPTIONS"} if "GET" in self.methods else {"OPTIONS"}
        return frozenset(implied.union(self.methods))


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """An address as a route reads it."""

    route: RouteSpec
    arguments: Mapping[str, RouteValue]


def route(
    pattern: str,
    *,
    pool: str | None = None,
    methods: tuple[str, ...] = ("GET",),
    fallback: str | None = None,
    max_lag: float | None = None,
) -> Callable[[Handler], Handler]:
    """Mark a component's method as the answer to an address.

    Args:
        pattern: such as ``/{name:slug}``; see `skygarth.routing.route_pattern`.
        pool: the pool of nodes that should do the work.
        methods: the HTTP methods it answers to.
        fallback: what answers while the pool has no node: ``here``, or a method's name.
        max_lag: seconds that a node of the pool may be behind.

    Raises:
        Invalid: the pattern or a method is none, or the method's parameters
            are not ``(self, request)`` and the pattern's placeholders.
    """
    compiled = compile_pattern(pattern)
    if not methods or not all(method.isalpha() and method.isupper() for method in methods):
        raise Invalid(
            f"these are no http methods. methods={methods!r}",
            code="SG-ROUTE-002",
            hint='write methods=("GET", "POST")',
        )

    def mark(handler: Handler) -> Handler:
        _check_handler(handler, compiled)
        spec = RouteSpec(handler.__name__, compiled, methods, pool, fallback, max_lag)
        setattr(handler, _MARK, (*marks_of(handler), spec))
        return handler

    return mark


def marks_of(handler: object) -> tuple[RouteSpec, ...]:
    """The routes that lead to a method; empty where it has none."""
    marks = getattr(handler, _MARK, ())
    assert isinstance(marks, tuple)
    return marks


def _check_handler(handler: Callable[..., object], pattern: RoutePattern) -> None:
    """Refuse a handler that its pattern cannot call."""
    if inspect.iscoroutinefunction(handler):
        raise Invalid(
            f"a handler is a plain function. handler={handler.__qualname__!r}",
            code="SG-ROUTE-002",
            hint="drop async: handlers run in threads, and the repository does not wait",
        )
    taken = list(inspect.signature(handler).parameters)
    expected = {*pattern.names}
    if len(taken) < 2 or set(taken[2:]) != expected:
        raise Invalid(
            f"the route {pattern.text!r} and its handler do not fit. "
            f"handler={handler.__qualname__!r}",
            code="SG-ROUTE-002",
            hint=f"its parameters should be {', '.join(('self', 'request', *pattern.names))}",
        )


class RouteTable:
    """A component's routes, the most specific first.

    Raises:
        Invalid: two routes answer the same method of the same addresses.
    """

    def __init__(self, routes: Iterable[RouteSpec]) -> None:
        self._routes = tuple(sorted(routes, key=lambda spec: spec.pattern.precedence))
        self._names = frozenset(spec.name for spec in self._routes)
        self._fallbacks = frozenset(spec.fallback for spec in self._routes if spec.fallback)
        taken: dict[tuple[object, str], RouteSpec] = {}
        for spec in self._routes:
            for method in spec.methods:
                other = taken.setdefault((spec.pattern.shape, method), spec)
                if other is not spec:
                    raise Invalid(
                        f"two routes answer {method} {spec.pattern.text!r}. "
                        f"handlers={(other.name, spec.name)!r}",
                        code="SG-ROUTE-002",
                        hint="remove one, or give its placeholder a narrower kind",
                    )

    def __contains__(self, name: object) -> bool:
        """Whether some route leads to a handler of this name."""
        return name in self._names

    def may_answer(self, name: str) -> bool:
        """Whether a handler of this name answers: by a route, or as the fallback of one."""
        return name in self._names or (name in self._fallbacks and name != HERE)

    def named(self, name: str) -> RouteSpec | None:
        """The most specific route that leads to a handler."""
        return next((spec for spec in self._routes if spec.name == name), None)

    def __iter__(self) -> Iterator[RouteSpec]:
        """The routes in the order in which they are tried."""
        return iter(self._routes)

    def find(self, path: str, method: str) -> RouteMatch:
        """The route of an address, with the arguments that it holds.

        Raises:
            NotFound: no pattern accepts the path.
            MethodRefused: some do, but not for this method.
        """
        allow: set[str] = set()
        wanted = "GET" if method == "HEAD" else method
        for spec in self._routes:
            arguments = spec.pattern.match(path)
            if arguments is None:
                continue
            if wanted in spec.methods:
                return RouteMatch(spec, arguments)
            allow |= spec.answers
        if allow:
            raise MethodRefused(method, path, tuple(sorted(allow)))
        raise NotFound(f"there is no such page. path={path!r}", code="SG-ROUTE-006")

    def build(self, name: str, values: Mapping[str, RouteValue]) -> str:
        """The path, below the component's page, that leads to a handler.

        Raises:
            Invalid: there is no such handler, or none that takes these values.
        """
        named = [spec for spec in self._routes if spec.name == name]
        fitting = [spec for spec in named if set(spec.pattern.names) == set(values)]
        if name not in self:
            raise Invalid(
                f"no route leads to this handler. name={name!r}",
                code="SG-ROUTE-003",
                hint=f"the handlers are {', '.join(sorted(self._names))}",
            )
        return (fitting or named)[0].pattern.build(values)
