"""What a bucket holds is counted by kind, and seldom."""

from __future__ import annotations

from skygarth.bucket.memory import MemoryBucket
from skygarth.clock.manual_clock import ManualClock
from skygarth.formats.bucket_keys import card_key, segment_key
from skygarth.model.errors import Unavailable
from skygarth.model.position import Incarnation, Position
from skygarth.web.watching.bucket_census import FRESH_SECONDS, BucketCensus, Kind

A = Incarnation("a" * 32)


class CountingBucket(MemoryBucket):
    """A bucket that knows how often it was listed.

    Attributes:
        is_away: whether listings fail.
    """

    lists = 0
    is_away = False

    def list(self, prefix: str) -> list:  # type: ignore[type-arg]
        """List and count."""
        self.lists += 1
        if self.is_away:
            raise Unavailable("the bucket is away", code="SG-BUCKET-001")
        return super().list(prefix)


def test_keys_and_bytes_are_counted_by_kind() -> None:
    """What is none of ours is counted, too: it is stored all the same."""
    bucket = MemoryBucket()
    bucket.put(segment_key(Position(A, 1)), b"12345")
    bucket.put(segment_key(Position(A, 2)), b"123")
    bucket.put(card_key(A), b"{}")
    bucket.put("holiday.jpg", b"1234")
    census = BucketCensus(bucket, ManualClock().monotonic).count()

    assert census.kinds == {"segments": Kind(2, 8), "cards": Kind(1, 2), "other": Kind(1, 4)}
    assert census.total == Kind(4, 14)
    assert census.grown_bytes is None


def test_growth_is_told_from_the_second_count_on() -> None:
    """By bytes and by the time between."""
    clock, bucket = ManualClock(), MemoryBucket()
    census = BucketCensus(bucket, clock.monotonic)
    bucket.put("tail/x", b"1")
    census.count()
    clock.sleep(700)
    bucket.put("tail/y", b"123")
    second = census.count()

    assert (second.grown_bytes, second.grown_seconds) == (3, 700)


def test_whoever_looks_again_within_ten_minutes_costs_nothing() -> None:
    """Listing is billed: a page that stays open must not show up on the bill."""
    clock, bucket = ManualClock(), CountingBucket()
    census = BucketCensus(bucket, clock.monotonic)
    census.count()
    for _ in range(20):
        census.look()
        clock.sleep(FRESH_SECONDS / 25)

    assert bucket.lists <= 2


def test_a_bucket_that_is_away_leaves_what_was_known() -> None:
    """The count from before stands, with its age."""
    clock, bucket = ManualClock(), CountingBucket()
    census = BucketCensus(bucket, clock.monotonic)
    census.count()
    clock.sleep(3_000)
    bucket.is_away = True
    census._run()
    known = census.known

    assert known is not None
    assert known.seconds_ago == 3_000
