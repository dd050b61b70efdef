"""The machine's time and chance as a router takes them, in a node and in a front-end alike."""

from __future__ import annotations

from skygarth.clock.chance import Chance, SeededChance
from skygarth.clock.wall_clock import WallClock
from skygarth.routing.router import Means


def means_of(clock: WallClock, chance: Chance) -> Means:
    """The machine's time and chance, as a router takes them.

    Which of two nodes is asked is no secret: numbers that are drawn without the system do.
    """
    dice = SeededChance(chance.bytes(16).hex())
    return Means(
        monotonic=clock.monotonic,
        now_ms=clock.now_ms,
        draw=lambda: dice.uniform(0, 1),
        octets=chance.bytes,
    )
