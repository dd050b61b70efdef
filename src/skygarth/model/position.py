"""Where a log stands: (incarnation, sequence), and a vector of such positions.

Sequences of one incarnation begin at 1 and have no gaps, so "applied through 7"
says everything about that log (REP-3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NewType

Incarnation = NewType("Incarnation", str)
"""A writer's identity: 32 hexadecimal digits, minted with its database."""

INCARNATION_DIGITS = 32
SEQUENCE_DIGITS = 16

Vector = Mapping[Incarnation, int]
"""Applied through which sequence, by incarnation; an absent one means 0."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """One segment's place in the world."""

    incarnation: Incarnation
    sequence: int

    def __post_init__(self) -> None:
        assert self.sequence >= 1
        assert len(self.incarnation) == INCARNATION_DIGITS

    @property
    def next(self) -> Position:
        """The position that follows in the same log."""
        return Position(self.incarnation, self.sequence + 1)

    def __str__(self) -> str:
        return f"{self.incarnation[:8]}-{self.sequence}"

    def is_named(self, name: str) -> bool:
        """Whether a person means this one: in the short form above, or whole."""
        return name in {str(self), f"{self.incarnation}-{self.sequence}"}


def covers(vector: Vector, needed: Vector) -> bool:
    """Whether `vector` is at or past `needed` in every log."""
    return all(vector.get(incarnation, 0) >= through for incarnation, through in needed.items())


def merged(vectors: Iterable[Vector]) -> dict[Incarnation, int]:
    """The least vector that covers all of these."""
    result: dict[Incarnation, int] = {}
    for vector in vectors:
        for incarnation, through in vector.items():
            result[incarnation] = max(through, result.get(incarnation, 0))
    return result


def missing(vector: Vector, needed: Vector) -> dict[Incarnation, int]:
    """What `vector` lacks of `needed`: incarnation to the sequence it should reach."""
    return {
        incarnation: through
        for incarnation, through in needed.items()
        if vector.get(incarnation, 0) < through
    }
