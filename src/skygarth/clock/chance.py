"""The only source of chance (CLK-1), and what must come from it: identities.

`Chance` draws from the operating system; `SeededChance` draws the same numbers
each time it is made with the same seed, so a whole simulated cloud replays.
"""

from __future__ import annotations

import os
import random
from typing import TypeAlias

from skygarth.model.position import INCARNATION_DIGITS, Incarnation

Octets: TypeAlias = bytes
"""The builtin's name, inside a class that has a method called `bytes`."""


class Chance:
    """Unpredictable bytes and numbers. Threads may share one."""

    def __init__(self) -> None:
        self._numbers: random.Random = random.SystemRandom()

    def bytes(self, count: int) -> Octets:
        """So many random bytes."""
        assert count >= 0
        return os.urandom(count)

    def uniform(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        assert low <= high
        return self._numbers.uniform(low, high)


class SeededChance(Chance):
    """The same draws for the same seed. Not for identities outside a simulation."""

    def __init__(self, seed: int | str) -> None:
        super().__init__()
        self._numbers = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def bytes(self, count: int) -> Octets:
        """So many bytes, determined by the seed and the draws before."""
        assert count >= 0
        return self._numbers.randbytes(count)


def mint_incarnation(chance: Chance) -> Incarnation:
    """A new writer's identity: 128 random bits as hexadecimal digits.

    Its first 64 bits end every stamp that the writer gives. They must differ
    between any two writers that ever share a repository; at a million writers
    the odds of a collision are 3 in 100 million (CLK-2).
    """
    incarnation = Incarnation(chance.bytes(INCARNATION_DIGITS // 2).hex())
    assert len(incarnation) == INCARNATION_DIGITS
    return incarnation
