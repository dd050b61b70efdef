"""The web framework: components with typed routes, answered from a node's own database."""

from skygarth.web.component import Component
from skygarth.web.intent import Identity, Intent, Page
from skygarth.web.problem import Problem, problem_of
from skygarth.web.request import Request
from skygarth.web.routes import route
from skygarth.web.site import Site

__all__ = [
    "Component",
    "Identity",
    "Intent",
    "Page",
    "Problem",
    "Request",
    "Site",
    "problem_of",
    "route",
]
