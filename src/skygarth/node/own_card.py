"""What a node's card says: who and where it is, how it stands, how busy and how well it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from itertools import islice
from typing import Protocol, TypeAlias

from skygarth.clock.port import Clock
from skygarth.formats.records import FORMER_MAX, Card
from skygarth.model.position import Incarnation
from skygarth.node.membership import OVERDUE_SECONDS, OVERDUE_TIMES
from skygarth.node.traffic import IDLE, Load, Traffic
from skygarth.node.traits import NodeTraits

DATING_SECONDS = 3.0
"""A store may tell whole seconds, and clocks go a little fast or slow: so much is given away."""

Tenure: TypeAlias = tuple[Incarnation, int]
"""A time through which nobody could take a node for dead: whose, and its number."""


class Facts(Protocol):
    """What changes about a node while it runs."""

    @property
    def incarnation(self) -> Incarnation:
        """The writer's identity as of now."""
        ...

    @property
    def state(self) -> str:
        """In which state it is."""
        ...

    @property
    def vector(self) -> dict[Incarnation, int]:
        """Applied through, by log."""
        ...

    def lag_seconds(self) -> float:
        """How far it is behind."""
        ...


class OwnCard:
    """Makes this node's card.

    Attributes:
        unwell: names whatever the node depends on and is not well with.
        tenure: since when it has been sure of being taken for alive (JOB-5).

    Args:
        former: the identities that the database wrote under before, oldest first, and by which
            names; asked for once for each identity, for it needs the database.
    """

    def __init__(
        self,
        facts: Facts,
        traits: NodeTraits,
        traffic: Traffic,
        clock: Clock,
        former: Callable[[], Mapping[Incarnation, str]] = dict,
    ) -> None:
        self.unwell: Callable[[], Iterable[str]] = tuple
        self._facts = facts
        self._traits = traits
        self._traffic = traffic
        self._clock = clock
        self._ask_former = former
        self._former: tuple[Incarnation, dict[Incarnation, str]] = (Incarnation(""), {})
        self._started_ms = clock.now_ms()
        self._load: Load = IDLE
        self._found_unwell: tuple[str, ...] = ()
        self.tenure: Tenure = (Incarnation(""), 0)
        self._alive_until = float("-inf")

    def measure(self) -> None:
        """Look how busy and how well the node is: too dear for every card."""
        self._load, self._found_unwell = self._traffic.measure(), tuple(self.unwell())

    def was_written(self, incarnation: Incarnation, began_at: float) -> None:
        """A card that was put from this moment on (monotonic seconds) stands in the bucket."""
        whose, number = self.tenure
        if whose != incarnation or began_at >= self._alive_until:
            self.tenure = (incarnation, number + 1)  # others may have thought it dead meanwhile
        sure = OVERDUE_TIMES * self._traits.card_seconds + OVERDUE_SECONDS - DATING_SECONDS
        self._alive_until = began_at + sure

    @property
    def alive_until(self) -> float:
        """Until when nobody can take the node for dead, by its monotonic clock (MBR-2)."""
        return self._alive_until if self.tenure[0] == self._facts.incarnation else float("-inf")

    def make(self) -> Card:
        """The card as of now."""
        facts, traits = self._facts, self._traits
        return Card(
            incarnation=facts.incarnation,
            name=traits.name,
            address=traits.address,
            pools=traits.pools,
            versions={"skygarth": version("skygarth")},
            state=facts.state,
            started_ms=self._started_ms,
            written_ms=self._clock.now_ms(),
            lag_seconds=facts.lag_seconds(),
            vector=facts.vector,
            components=traits.components,
            load=self._load.at_once,
            requests_per_second=self._load.requests_per_second,
            unwell=self._found_unwell,
            every_seconds=traits.card_seconds,
            former=self._former_of(facts.incarnation),
        )

    def _former_of(self, incarnation: Incarnation) -> dict[Incarnation, str]:
        """Whom this database went by before it took an identity (MBR-11), from memory."""
        if self._former[0] != incarnation:
            newest = islice(reversed([*self._ask_former().items()]), FORMER_MAX)
            self._former = (incarnation, {who: name for who, name in newest if who != incarnation})
        return self._former[1]
