"""A cloud whose node ``a`` stops at one chosen step, once, and is started again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from skygarth.replication import instructions as do
from skygarth.testing.faulty_bucket import Fate, Request
from skygarth.testing.simulated_cloud import SimulatedCloud
from skygarth.testing.simulated_node import SimulatedNode, StoppedHere
from skygarth.testing.weather import Fault

RESTART_MS = 500


@dataclass(frozen=True)
class Step:
    """A step that writes: a deed of the replicator, struck before or after it."""

    deed: type
    after: bool

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} {self.deed.__name__}"


class CrashingCloud(SimulatedCloud):
    """Calm weather, but for one stop of node ``a``."""

    def __init__(self, step: Step | None = None) -> None:
        super().__init__("crash")
        self.step = step
        self.has_struck = False
        self._acting = ""

    def before_deed(self, node: SimulatedNode, instruction: do.Instruction) -> Fault | None:
        """Stop here, if this is the step."""
        self._acting = node.name
        return self._strike(node, Step(type(instruction), after=False))

    def after_deed(self, node: SimulatedNode, instruction: do.Instruction) -> Fault | None:
        """Stop here, if this is the step."""
        return self._strike(node, Step(type(instruction), after=True))

    def _strike(self, node: SimulatedNode, step: Step) -> Fault | None:
        if self.has_struck or node.name != "a" or step != self.step:
            return None
        self._restart_later()
        return Fault.CRASH

    def _restart_later(self) -> None:
        """Whoever supervises the node starts it again."""
        self.has_struck = True
        self.agenda.plan(RESTART_MS, lambda: self.start(self.nodes["a"]))

    @contextmanager
    def stopping_within(self, owner: object, name: str) -> Iterator[None]:
        """Stop inside a transaction: when `name` has done its part, before the commit."""
        original: Callable[..., object] = getattr(owner, name)

        def struck(*given: object, **named: object) -> object:
            result = original(*given, **named)
            if self._acting == "a" and not self.has_struck:
                self._restart_later()
                raise StoppedHere(f"within {name}")
            return result

        with patch.object(owner, name, struck):
            yield

    def stop_in_upload(self, fate: Fate) -> None:
        """Stop while the next segment is under way; `fate` is what becomes of it."""

        def decide(name: str, request: Request, key: str) -> Fate:
            if name != "a" or request is not Request.PUT or not key.startswith("tail/"):
                return Fate.FINE
            if self.has_struck:
                return Fate.FINE
            self._restart_later()
            self.agenda.plan(0, lambda: self.nodes["a"].stop("in an upload"))
            return fate

        self.decide = decide
