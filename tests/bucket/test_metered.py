"""Counting requests and what they cost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.metered import Meter, MeteredBucket, Usage
from skygarth.model.errors import NotFound


def test_every_request_counts_in_its_class() -> None:
    """Requests and bytes add up by price class."""
    meter = Meter()
    bucket = MeteredBucket(MemoryBucket(), meter)

    bucket.put("a", b"12345")
    bucket.put_if_absent("a", b"678")
    etag = bucket.get("a").etag
    bucket.get_if_changed("a", etag)
    bucket.get_if_changed("a", '"other"')
    bucket.get_range("a", 1, 2)
    bucket.list("")
    bucket.delete("a")

    assert meter.snapshot() == Usage(
        puts=2, gets=4, gets_unchanged=1, lists=1, deletes=1, bytes_put=8, bytes_got=12
    )
    assert meter.snapshot().requests == 8


def test_a_refused_request_is_billed_too() -> None:
    """A 404 costs what a success costs."""
    meter = Meter()
    with pytest.raises(NotFound):
        MeteredBucket(MemoryBucket(), meter).get("absent")

    assert meter.snapshot() == Usage(gets=1)


@pytest.mark.parametrize(("keys", "pages"), [(0, 1), (1, 1), (1000, 1), (1001, 2), (2000, 2)])
def test_a_listing_is_billed_by_pages(keys: int, pages: int) -> None:
    """Every thousand keys are one request."""
    inner = MemoryBucket()
    for number in range(keys):
        inner.put(f"{number}", b"")
    meter = Meter()
    MeteredBucket(inner, meter).list("")

    assert meter.snapshot().lists == pages


def test_the_clock_costs_a_put_and_a_get() -> None:
    """Asking the bucket for its time is not free, and the meter says so."""
    meter = Meter()
    MeteredBucket(MemoryBucket(), meter).now_ms()

    assert meter.snapshot() == Usage(puts=1, gets=1)


def test_threads_lose_no_count() -> None:
    """Any number of threads may share a meter."""
    meter = Meter()
    bucket = MeteredBucket(MemoryBucket(), meter)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: bucket.put(str(number), b"x"), range(2_000)))

    assert meter.snapshot() == Usage(puts=2_000, bytes_put=2_000)


def test_what_was_used_since_is_a_difference() -> None:
    """Two snapshots of one meter bound a stretch of time."""
    earlier = Usage(puts=1, gets=10, bytes_got=100)
    later = Usage(puts=4, gets=10, lists=1, bytes_got=150)

    assert later.since(earlier) == Usage(puts=3, lists=1, bytes_got=50)


def test_a_month_is_extrapolated() -> None:
    """A node that polls its hint every two seconds and lists every minute stays under 75 cents."""
    a_minute = Usage(gets=30, lists=1)

    assert round(a_minute.dollars_a_month(60), 2) == 0.73
