"""Measuring in turns: every contender once a round, the next round in another order.

A machine that others use too changes its speed from one second to the next.
Contenders that take turns meet the same seconds, so the ratio of two of them in
one round says more than the medians of each alone; we take the median of the
ratios of all rounds.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

Work: TypeAlias = Callable[[], int]
"""Does so many operations, and is timed."""

Prepare: TypeAlias = Callable[[int], Work]
"""Makes ready for the round with this number, and is not timed."""


@dataclass(frozen=True)
class Rates:
    """Operations a second of each contender, by round."""

    by_round: Mapping[str, Sequence[float]]

    def median(self, name: str) -> float:
        """The median rate of one contender."""
        return median(self.by_round[name])

    def ratio(self, mine: str, theirs: str) -> float:
        """The median over rounds of how many times as fast `mine` is."""
        pairs = zip(self.by_round[mine], self.by_round[theirs], strict=True)
        return median(one / other for one, other in pairs)

    def fastest(self, among: Sequence[str]) -> str:
        """Who of these is fastest."""
        return max(among, key=self.median)


def alternate(contenders: Mapping[str, Prepare], rounds: int, *, warm_up: bool = True) -> Rates:
    """Let each contender work once a round.

    Args:
        contenders: by name.
        rounds: how many count; with `warm_up` one more comes first that does not.
    """
    assert rounds > 0
    gc.collect()
    gc.freeze()  # what one contender's libraries have loaded must not slow another's collections
    names = list(contenders)
    rates: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds + warm_up):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            rate = _rate(contenders[name], number)
            if number or not warm_up:
                rates[name].append(rate)
    return Rates(rates)


def _rate(prepare: Prepare, number: int) -> float:
    work = prepare(number)
    gc.collect()
    began = time.perf_counter()
    operations = work()
    return operations / (time.perf_counter() - began)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all values does not exceed."""
    assert 0 < share <= 1
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
