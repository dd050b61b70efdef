"""GUIDs in the order of their making (CLK-8)."""

from __future__ import annotations

import threading
import uuid

from hypothesis import given
from hypothesis import strategies as st

from skygarth.clock.chance import Chance, SeededChance
from skygarth.clock.guid_maker import GuidMaker
from skygarth.clock.manual_clock import ManualClock
from skygarth.clock.wall_clock import WallClock


def test_a_guid_is_a_uuid_of_version_7() -> None:
    """Other programs read version, variant and time off it (CLK-8)."""
    guid = uuid.UUID(bytes=GuidMaker(ManualClock(1_700_000_000_123_000), Chance())())

    assert (guid.version, guid.variant) == (7, uuid.RFC_4122)
    assert guid.int >> 80 == 1_700_000_000_123


@given(st.lists(st.integers(-5_000, 5_000), max_size=60), st.integers())
def test_each_is_greater_than_the_one_before(jumps: list[int], seed: int) -> None:
    """Whatever the calendar does, GUIDs of one process sort as they were made (CLK-8)."""
    clock = ManualClock()
    make = GuidMaker(clock, SeededChance(seed))
    made = [make()]
    for jump in jumps:
        clock.jump_us(jump)
        made.append(make())

    assert sorted(set(made)) == made


def test_all_stay_uuids_while_one_millisecond_lasts() -> None:
    """Counting within a millisecond never reaches version or variant."""
    make = GuidMaker(ManualClock(), SeededChance(3))
    guids = [uuid.UUID(bytes=make()) for _ in range(2_000)]

    assert {(7, uuid.RFC_4122)} == {(guid.version, guid.variant) for guid in guids}


def test_two_processes_of_one_millisecond_differ() -> None:
    """Chance keeps apart what the clock cannot."""
    clock = ManualClock()
    first, second = GuidMaker(clock, Chance()), GuidMaker(clock, Chance())

    assert set() == {first() for _ in range(100)} & {second() for _ in range(100)}


def test_threads_never_get_one_guid_twice() -> None:
    """One maker serves all threads of a process."""
    make = GuidMaker(WallClock(), Chance())
    made: list[list[bytes]] = [[] for _ in range(4)]
    threads = [
        threading.Thread(target=lambda into=into: into.extend(make() for _ in range(2_000)))
        for into in made
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({guid for part in made for guid in part}) == 8_000
    assert all(sorted(part) == part for part in made)
