"""Which faults a history has."""

from __future__ import annotations

from skygarth.clock.chance import SeededChance
from skygarth.testing.weather import (
    DEED_FAULTS,
    EVENTS,
    REQUEST_FAULTS,
    Fault,
    draw_weather,
)


def test_a_seed_draws_its_weather() -> None:
    """The same each time."""
    assert draw_weather(SeededChance(1)) == draw_weather(SeededChance(1))


def test_weathers_differ() -> None:
    """Each kind is on in some histories and off in others: faults must not hide each other."""
    weathers = [draw_weather(SeededChance(seed)) for seed in range(60)]
    kinds = {*REQUEST_FAULTS, *DEED_FAULTS, *EVENTS}

    assert all(any(kind in weather.kinds for weather in weathers) for kind in kinds)
    assert all(any(kind not in weather.kinds for weather in weathers) for kind in kinds)


def test_every_fault_has_a_way_to_happen() -> None:
    """Writes of dead processes come with stops; all others are drawn."""
    assert set(Fault) == {*REQUEST_FAULTS, *DEED_FAULTS, *EVENTS, Fault.ZOMBIE}
