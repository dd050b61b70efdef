"""Honest talk is always listened to; lies cost a look a second."""

from __future__ import annotations

from skygarth.model.position import Incarnation, Position
from skygarth.notices.rumours import DOUBT_SECONDS, LOOKS_MAX, RumourBudget


class World:
    """What is really in the bucket, and what time it is."""

    def __init__(self) -> None:
        self.heads: dict[Incarnation, int] = {}
        self.now = 0.0
        self.budget = RumourBudget(lambda name: self.heads.get(name, 0), lambda: self.now)

    def hear(self, log: int, sequence: int) -> bool:
        """A notice comes in; whether it is listened to."""
        return self.budget.admits(Position(Incarnation(f"{log:032x}"), sequence))

    def find(self, log: int, sequence: int) -> None:
        """The segment was there."""
        self.heads[Incarnation(f"{log:032x}")] = sequence


def test_truth_is_listened_to_without_end() -> None:
    """Each look is given back when what was said proves true (NOT-7)."""
    world = World()
    heard = []
    for sequence in range(1, 10 * LOOKS_MAX):
        heard.append(world.hear(0, sequence))
        world.find(0, sequence)

    assert all(heard)


def test_what_is_known_is_no_news() -> None:
    """Old and doubled notices cost nothing (NOT-7)."""
    world = World()
    world.find(0, 5)

    assert not world.hear(0, 5)
    assert world.hear(0, 6)
    assert not world.hear(0, 6)


def test_a_flood_of_lies_empties_the_purse_once() -> None:
    """Ten thousand of them cost what the purse holds, and then a look a second (NOT-7)."""
    world = World()
    at_once = sum(world.hear(log, 1) for log in range(10_000))
    later = 0
    for log in range(10_000, 20_000):
        world.now += 0.01
        later += world.hear(log, 1)

    assert at_once == LOOKS_MAX
    assert 98 <= later <= 101
    assert world.budget.turned_away == 20_000 - at_once - later


def test_lies_about_one_log_cost_as_much_as_about_many() -> None:
    """Saying ever greater numbers is no way around the limit (NOT-7)."""
    world = World()

    assert sum(world.hear(0, sequence) for sequence in range(1, 10_000)) == LOOKS_MAX


def test_a_lie_is_forgotten_after_a_while() -> None:
    """What did not come is not waited for, and may be said again."""
    world = World()
    first = world.hear(0, 9)
    world.now += DOUBT_SECONDS + 1
    world.hear(1, 1)

    assert first
    assert world.hear(0, 9)


def test_a_log_of_which_too_much_was_said_is_looked_into_later() -> None:
    """A lie about a real log makes the truth about it late by a second, not by a minute (NOT-7)."""
    world = World()
    world.find(0, 5)
    for sequence in range(10**6, 10**6 + 100):
        world.hear(0, sequence)
    truth = world.hear(0, 6)
    at_once = world.budget.postponed()
    world.now += 1.0
    later = world.budget.postponed()

    assert not truth
    assert at_once is None
    assert later == Position(Incarnation("0" * 32), 6)
    assert world.budget.postponed() is None


def test_logs_that_nobody_knows_are_not_looked_into_later() -> None:
    """Else a flood of them would be remembered."""
    world = World()
    for log in range(1_000):
        world.hear(log, 1)
    world.now += 1.0

    assert world.budget.postponed() is None


def test_the_truth_is_listened_to_after_a_lie() -> None:
    """That somebody said a greater number is no reason to doubt a smaller one."""
    world = World()

    assert world.hear(0, 10**9)
    assert world.hear(0, 1)
