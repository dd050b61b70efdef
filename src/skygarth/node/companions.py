"""What runs beside a node for as long as it runs, such as its presence in DNS.

The node knows none of them by name. It tells each when it starts, when the node
takes no new traffic, and when it ends; a companion that fails is logged and
stops nobody else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar, runtime_checkable

import structlog

from skygarth.model.errors import SkygarthError

_log = structlog.get_logger("skygarth.node")

Kind = TypeVar("Kind")


class Companion(Protocol):
    """One thing beside a node; its methods return soon and may raise `SkygarthError`.

    Attributes:
        name: what logs and health call it: ``dns``, ``notices``.
    """

    name: str

    def start(self) -> None:
        """The node has started; it may not be ready yet."""

    def withdraw(self) -> None:
        """The node takes no new traffic: be gone from where visitors look, before returning."""

    def stop(self) -> None:
        """The node has published what it had; end."""


@runtime_checkable
class Lingering(Protocol):
    """A companion whose withdrawal takes a while to reach everybody."""

    @property
    def linger_seconds(self) -> float:
        """For so long caches may lead visitors here."""
        ...


class Companions:
    """Those of one node, in the order in which they were added; ended in reverse."""

    def __init__(self) -> None:
        self._companions: list[Companion] = []
        self._withdrawn = False

    def add(self, companion: Companion) -> None:
        """Take one in, before the node starts."""
        self._companions.append(companion)

    def find(self, kind: type[Kind]) -> Kind | None:
        """The one of this kind; None if the node has none."""
        return next((each for each in self._companions if isinstance(each, kind)), None)

    @property
    def linger_seconds(self) -> float:
        """How long visitors may still be led here after `withdraw`."""
        lingering = [
            each.linger_seconds for each in self._companions if isinstance(each, Lingering)
        ]
        return max(lingering, default=0.0)

    def start(self) -> None:
        """Start each."""
        for companion in self._companions:
            _guarded(companion, companion.start, "start")

    def withdraw(self) -> None:
        """Let each be gone from where visitors look; the second time nothing happens."""
        if self._withdrawn:
            return
        self._withdrawn = True
        for companion in reversed(self._companions):
            _guarded(companion, companion.withdraw, "withdraw")

    def return_to_traffic(self) -> None:
        """The node takes traffic again: a later `withdraw` counts anew."""
        self._withdrawn = False

    def stop(self) -> None:
        """End each."""
        for companion in reversed(self._companions):
            _guarded(companion, companion.stop, "stop")


def _guarded(companion: Companion, act: Callable[[], None], what: str) -> None:
    try:
        act()
    except SkygarthError as fault:
        _log.warning(
            "a companion failed",
            companion=companion.name,
            act=what,
            fault=f"{fault.code}: {fault}",
            fix=fault.hint,
        )
