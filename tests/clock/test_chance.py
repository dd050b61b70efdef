"""Chance, and identities that come from it."""

from __future__ import annotations

import re

from skygarth.clock.chance import Chance, SeededChance, mint_incarnation


def test_one_seed_gives_the_same_draws() -> None:
    """A simulation replays because its chance does (CLK-1)."""
    first, second = SeededChance(7), SeededChance(7)

    assert [first.bytes(9), first.uniform(0, 5)] == [second.bytes(9), second.uniform(0, 5)]


def test_other_seeds_give_other_draws() -> None:
    """A seed is not decoration."""
    assert SeededChance(7).bytes(16) != SeededChance(8).bytes(16)


def test_the_machines_chance_does_not_repeat() -> None:
    """Two draws of 128 bits are never equal."""
    chance = Chance()

    assert chance.bytes(16) != chance.bytes(16)


def test_numbers_lie_where_asked() -> None:
    """`uniform` stays within its bounds."""
    draws = [chance.uniform(2.0, 3.0) for chance in (Chance(), SeededChance(1)) for _ in range(50)]

    assert all(2.0 <= draw <= 3.0 for draw in draws)


def test_an_incarnation_is_32_hexadecimal_digits() -> None:
    """An identity is 128 random bits in a form that fits keys and headers (CLK-9)."""
    minted = {mint_incarnation(Chance()) for _ in range(50)}

    assert len(minted) == 50
    assert all(re.fullmatch(r"[0-9a-f]{32}", name) for name in minted)
