"""Stamps never go back, and learn from others only what can be true."""

from __future__ import annotations

import threading
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skygarth.clock.hybrid_clock import MEASUREMENT_MS, HybridClock
from skygarth.clock.manual_clock import ManualClock
from skygarth.model.errors import Damaged
from skygarth.model.stamp import STAMP_BYTES, make_stamp, stamp_time, stamp_writer

A, B = b"a" * 16, b"b" * 16
NOW_MS = 1_700_000_000_000
DAY_MS = 86_400_000
Deeds: TypeAlias = list[tuple[str, int]]

DEEDS = st.lists(
    st.tuples(st.sampled_from(["stamp", "jump", "observe"]), st.integers(-40_000, 31_000)),
    max_size=40,
)


@pytest.fixture
def wall() -> ManualClock:
    """The machine's calendar."""
    return ManualClock(NOW_MS * 1_000)


@pytest.fixture
def clock(wall: ManualClock) -> HybridClock:
    """A hybrid clock of writer A."""
    return HybridClock(wall.now_ms, A)


def test_a_stamp_holds_time_counter_and_writer(clock: HybridClock) -> None:
    """48 bits of milliseconds, 16 of counter, 64 of the incarnation (CLK-2)."""
    stamp = clock.stamp()

    assert len(stamp) == STAMP_BYTES
    assert stamp_time(stamp) == (NOW_MS, 0)
    assert A[:8] == stamp_writer(stamp)
    assert stamp == clock.last


def test_stamps_count_within_a_millisecond(clock: HybridClock) -> None:
    """A second stamp of one millisecond is told from the first by the counter."""
    clock.stamp()

    assert stamp_time(clock.stamp()) == (NOW_MS, 1)


def test_a_full_counter_begins_the_next_millisecond(clock: HybridClock) -> None:
    """65,536 stamps of one millisecond borrow from the next one (CLK-3)."""
    clock.observe(make_stamp(NOW_MS, 0xFFFF, B))

    assert stamp_time(clock.stamp()) == (NOW_MS + 1, 0)


def test_stamps_follow_the_machine(clock: HybridClock, wall: ManualClock) -> None:
    """As the calendar goes on, so do stamps, with a fresh counter."""
    clock.stamp()
    wall.advance_us(5_000)

    assert stamp_time(clock.stamp()) == (NOW_MS + 5, 0)


def test_stamps_do_not_follow_a_calendar_set_back(clock: HybridClock, wall: ManualClock) -> None:
    """A clock a day back costs nothing but counts (CLK-3)."""
    before = clock.stamp()
    wall.jump_us(-DAY_MS * 1_000)

    assert before < clock.stamp()
    assert clock.ahead_ms == DAY_MS


def test_an_edit_made_knowingly_wins(clock: HybridClock) -> None:
    """However slow its clock, a node stamps later than what it has observed (CLK-4)."""
    seen = make_stamp(NOW_MS + 20_000, 7, B)
    clock.observe(seen)

    assert seen < clock.stamp()


def test_observing_the_past_changes_nothing(clock: HybridClock) -> None:
    """What is older than our own time teaches nothing."""
    before = clock.stamp()
    clock.observe(make_stamp(NOW_MS - DAY_MS, 0, B))

    assert before == clock.last


def test_a_clock_set_back_does_not_forget_its_database(
    clock: HybridClock, wall: ManualClock
) -> None:
    """What stands in the own database is recalled, however far ahead it is by now (CLK-3)."""
    stored = make_stamp(NOW_MS, 3, B)
    wall.jump_us(-DAY_MS * 1_000)
    clock.recall(stored)
    clock.recall(make_stamp(NOW_MS - DAY_MS, 0, B))

    assert stamp_time(clock.stamp()) == (NOW_MS, 4)


def test_what_teaches_nothing_is_never_refused(clock: HybridClock, wall: ManualClock) -> None:
    """A stamp that was observed stays welcome after the calendar was set back (CLK-4)."""
    seen = make_stamp(NOW_MS, 0, B)
    clock.observe(seen)
    wall.jump_us(-DAY_MS * 1_000)
    clock.observe(seen)

    assert seen[:8] == clock.last[:8]


def test_an_absurd_stamp_is_refused_and_not_learnt(clock: HybridClock) -> None:
    """A clock a day fast cannot poison others (CLK-5)."""
    before = clock.last
    with pytest.raises(Damaged) as caught:
        clock.observe(make_stamp(NOW_MS + DAY_MS, 0, B))

    assert caught.value.code == "SG-CLOCK-001"
    assert before == clock.last


@pytest.mark.parametrize("beyond_ms", [0, 1])
def test_the_bound_grants_the_error_of_measurement(clock: HybridClock, beyond_ms: int) -> None:
    """Others may be ahead by the bound plus what a measurement may be wrong (CLK-5)."""
    stamp = make_stamp(NOW_MS + 30_000 + MEASUREMENT_MS + beyond_ms, 0, B)
    if beyond_ms:
        with pytest.raises(Damaged):
            clock.observe(stamp)
    else:
        clock.observe(stamp)

    assert (stamp[:8] == clock.last[:8]) is (beyond_ms == 0)


def test_the_bound_is_held_against_the_buckets_time(clock: HybridClock) -> None:
    """A slow machine that knows it is slow refuses nobody for its own fault (CLK-5)."""
    clock.calibrate(NOW_MS + 29_000)
    seen = make_stamp(NOW_MS + 29_000 + 29_000, 0, B)
    clock.observe(seen)

    assert (-29_000, seen[:8]) == (clock.offset_ms, clock.last[:8])


@pytest.mark.parametrize(
    ("bucket_ms", "trusted"),
    [(NOW_MS, True), (NOW_MS - 30_000, True), (NOW_MS - 30_001, False), (NOW_MS + 30_001, False)],
)
def test_a_clock_is_trusted_within_the_bound(
    clock: HybridClock, bucket_ms: int, trusted: bool
) -> None:
    """Off by more than the bound, either way, is not trusted (CLK-6)."""
    clock.calibrate(bucket_ms)

    assert trusted is clock.trusted
    assert NOW_MS - bucket_ms == clock.offset_ms


def test_a_slow_answer_does_not_spoil_a_measurement(clock: HybridClock, wall: ManualClock) -> None:
    """A measurement counts for the moment at which it was taken (CLK-6)."""
    measured_at_ms = wall.now_ms()
    wall.advance_us(50_000_000)
    clock.calibrate(NOW_MS - 7, measured_at_ms)

    assert clock.offset_ms == 7


def test_a_mended_clock_is_seen_and_reset(clock: HybridClock, wall: ManualClock) -> None:
    """After a day ahead, hybrid time stands there until it is stepped back (CLK-7)."""
    wall.jump_us(DAY_MS * 1_000)
    clock.stamp()
    wall.jump_us(-DAY_MS * 1_000)
    clock.calibrate(NOW_MS)

    assert (clock.trusted, clock.ahead_ms) == (True, DAY_MS)

    clock.reset_to(NOW_MS - 1)

    assert stamp_time(clock.stamp()) == (NOW_MS, 0)


def test_a_new_identity_goes_on_in_time(clock: HybridClock) -> None:
    """The first stamp under a new name is greater than the last under the old."""
    before = clock.stamp()
    clock.restart(B)
    after = clock.stamp()

    assert B[:8] == stamp_writer(after)
    assert before < after


@given(DEEDS)
def test_time_never_goes_back(deeds: Deeds) -> None:
    """Whatever happens, a stamp is greater than all given and observed before (CLK-3, CLK-4)."""
    wall = ManualClock(NOW_MS * 1_000)
    clock = HybridClock(wall.now_ms, A)
    greatest = b""
    for deed, number in deeds:
        if deed == "jump":
            wall.jump_us(number * 1_000)
        elif deed == "observe":
            seen = make_stamp(wall.now_ms() + number, abs(number) & 0xFFFF, B)
            if number <= 30_000:
                clock.observe(seen)
                greatest = max(greatest, seen)
        else:
            stamp = clock.stamp()
            assert stamp > greatest
            greatest = stamp
    assert clock.stamp() > greatest


@given(st.integers(-50_000, 30_000), st.integers(0, 0xFFFF))
def test_observing_twice_is_observing_once(ahead_ms: int, counter: int) -> None:
    """A segment that comes twice teaches nothing the second time (CLK-4)."""
    clock = HybridClock(lambda: NOW_MS, A)
    seen = make_stamp(NOW_MS + ahead_ms, counter, B)
    clock.observe(seen)
    once = clock.last
    clock.observe(seen)

    assert once == clock.last


def test_threads_never_get_one_stamp_twice() -> None:
    """One clock serves all threads of a process (CLK-2)."""
    clock = HybridClock(lambda: NOW_MS, A)
    given: list[list[bytes]] = [[] for _ in range(4)]
    threads = [
        threading.Thread(target=lambda into=into: into.extend(clock.stamp() for _ in range(2_000)))
        for into in given
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({stamp for part in given for stamp in part}) == 8_000
