"""A component answers for the pages below the place where it is mounted.

It is a class with marked methods, and folders ``templates`` and ``static``
beside its module::

    class Blog(Component):
        @route("/{name:slug}")
        def show(self, request: Request, name: str) -> Response:
            post = request.repository.query(Post).where(Post.name == name).one()
            return self.render("show.html", post=post)

One instance is made for the site. Each request works on its own shallow copy
that knows the request (`bound`), so handlers may run in many threads at once
as long as they change nothing that instances share.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Self

from jinja2 import Environment
from starlette.responses import Response

from skygarth.model.errors import Invalid, NotFound
from skygarth.routing.route_map import HERE
from skygarth.web.assets import Assets
from skygarth.web.conditional import http_date
from skygarth.web.problem import Problem
from skygarth.web.request import Request
from skygarth.web.routes import RouteSpec, RouteTable, marks_of
from skygarth.web.templates import folders_of, make_environment

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a mounted component renders with: its templates and its static files."""

    environment: Environment
    assets: Assets


class Component:
    """Pages of one kind; subclass it and mark methods with `route`.

    Attributes:
        name: what logs, addresses of static files and intents call it; by default
            the class's name as ``sample_site``.
        version: what ``app.json`` may ask for, such as ``2.1``; raise it when nodes
            with the old and the new one would answer differently.
        routes: the marked methods, inherited ones too.
        pool: the pool whose nodes answer its routes, those that name none themselves.
        filters: more Jinja filters for its templates.
    """

    name: ClassVar[str] = "component"
    version: ClassVar[str] = "0"
    routes: ClassVar[RouteTable] = RouteTable(())
    pool: ClassVar[str | None] = None
    filters: ClassVar[Mapping[str, Callable[..., object]]] = MappingProxyType({})

    _surroundings: Surroundings | None = None
    _request: Request | None = None

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if "name" not in cls.__dict__:
            cls.name = _WORD_START.sub("_", cls.__name__).lower()
        cls.routes = RouteTable(_placed(cls, spec) for spec in _marks_in(cls))

    @property
    def request(self) -> Request:
        """The request that this copy answers."""
        assert self._request is not None, "only a bound component has a request"
        return self._request

    def surroundings(self, templates: Path | None, *, reload: bool = False) -> Surroundings:
        """Gather templates and static files.

        Args:
            templates: the application's folder, which covers the component's own.
            reload: look at files anew for each request, while they are edited.
        """
        covering = [templates] if templates is not None else []
        own = folders_of(type(self), Component, "templates")
        statics = folders_of(type(self), Component, "static")
        return Surroundings(
            make_environment([*covering, *own], self.filters, reload=reload),
            Assets(f"/static/{self.name}", statics, reload=reload),
        )

    def bound(self, request: Request, surroundings: Surroundings) -> Self:
        """A copy that answers one request."""
        bound = copy.copy(self)
        vars(bound).update(_request=request, _surroundings=surroundings)
        return bound

    def answer(self) -> Response:
        """Call the handler that the bound request names.

        Raises:
            NotFound: this component has no such handler.
        """
        intent = self.request.intent
        if not self.routes.may_answer(intent.route):
            raise NotFound(
                f"the component {self.name!r} has no such handler. handler={intent.route!r}",
                code="SG-WEB-005",
                hint="this node may run another version of the application",
            )
        response = getattr(self, intent.route)(self.request, **intent.arguments)
        assert isinstance(response, Response), f"{intent.route} returned no response"
        return response

    def render(
        self,
        template: str,
        /,
        *,
        status: int = 200,
        media_type: str = "text/html",
        modified: datetime | None = None,
        **values: object,
    ) -> Response:
        """A page from a template.

        The template sees, besides `values`: ``request``, ``page``, ``url_for``
        and ``static`` (the address of a static file).

        Args:
            template: its name, such as ``index.html``.
            status: the HTTP status.
            media_type: what the template makes.
            modified: when the content last changed, for ``Last-Modified``.
            values: what the template shows.
        """
        assert self._surroundings is not None, "only a bound component renders"
        request = self.request
        text = self._surroundings.environment.get_template(template).render(
            {
                "request": request,
                "page": request.page,
                "url_for": request.url_for,
                "static": self._static,
                **values,
            }
        )
        response = Response(text, status, media_type=media_type)
        if modified is not None:
            response.headers["last-modified"] = http_date(modified)
        return response

    def error(self, problem: Problem) -> Response:
        """The page that a person sees instead of the one that failed.

        Override it, or ``error.html``, for another look.
        """
        return self.render("error.html", status=problem.status, problem=problem)

    def _static(self, name: str) -> str:
        assert self._surroundings is not None
        return self.request.url(self._surroundings.assets.address(name))


def _placed(cls: type[Component], spec: RouteSpec) -> RouteSpec:
    """A route with its component's pool.

    Raises:
        Invalid: its fallback is no method (SG-ROUTE-002).
    """
    if spec.fallback not in {None, HERE} and not callable(getattr(cls, str(spec.fallback), None)):
        raise Invalid(
            f"the fallback of {spec.name!r} is no method. fallback={spec.fallback!r}",
            code="SG-ROUTE-002",
            hint=f"name a method of {cls.__name__}, or {HERE!r}",
        )
    return spec if spec.pool is not None else replace(spec, pool=cls.pool)


def _marks_in(cls: type) -> Iterator[RouteSpec]:
    """The marks of a class and its ancestors; an override without marks keeps the old ones."""
    names = dict.fromkeys(name for ancestor in cls.__mro__ for name in vars(ancestor))
    for name in names:
        marks = (marks_of(vars(ancestor).get(name)) for ancestor in cls.__mro__)
        yield from next(filter(None, marks), ())
