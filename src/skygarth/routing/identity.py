"""Who asks, as nodes tell each other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks.

    Attributes:
        name: the user's name; empty for a visitor whom we do not know.
        roles: what the user may be, such as ``editor``.
    """

    name: str = ""
    roles: frozenset[str] = frozenset()

    @property
    def is_known(self) -> bool:
        """Whether this is somebody rather than anybody."""
        return bool(self.name)


VISITOR = Identity()
"""Anybody."""
