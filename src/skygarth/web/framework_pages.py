"""The pages that every site has, whatever is mounted: errors, and what an error's code means.

Problem details name ``/problems/<code>`` as their type, and RFC 9457 wishes that
such an address tells a person more. It does, on every node, without the network.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from starlette.responses import Response

from skygarth.model.errors import SkygarthError
from skygarth.web.component import Component
from skygarth.web.problem import FAMILIES
from skygarth.web.request import Request
from skygarth.web.routes import route

PREFIX = "/problems/"


@dataclass(frozen=True, slots=True)
class _Family:
    """A family of errors, as the page tells of it."""

    status: int
    title: str
    meaning: str
    is_meant: bool


class FrameworkPages(Component):
    """Answers where no component is mounted, and for the framework's own addresses."""

    name = "skygarth"

    @route("/problems/{code:token}")
    def problem(self, request: Request, code: str) -> Response:  # noqa: ARG002 - all take it
        """What a code means, and what each family of errors asks of its reader."""
        families = [
            _Family(status, title, _meaning(family), family.default_code == code)
            for family, status, title in FAMILIES
            if family is not SkygarthError
        ]
        return self.render("problem.html", code=code, families=families)


def _meaning(family: type[Exception]) -> str:
    """The first sentence of a family's description."""
    return (inspect.getdoc(family) or "").split("\n\n", 1)[0]
