"""Who asks the site: whoever shows a token, as everywhere else; anybody otherwise."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers

from skygarth.repository import Repository
from skygarth.repository.tokens import TokenVerifier
from skygarth.routing.identity import VISITOR, Identity


class Callers:
    """Reads the identity of a request from its headers.

    Args:
        repository: holds the tokens.
        now_us: microseconds since 1970 UTC.
    """

    def __init__(self, repository: Repository, now_us: Callable[[], int]) -> None:
        self._tokens = TokenVerifier(repository)
        self._now_us = now_us

    def __call__(self, headers: Headers) -> Identity:
        """Whoever holds the token; a visitor without one, or with one that does not count."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return VISITOR
        holder = self._tokens.verify(token.strip(), self._now_us())
        return VISITOR if holder is None else Identity(holder.name, frozenset({str(holder.role)}))
