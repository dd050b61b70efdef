"""A bucket in memory."""

from __future__ import annotations

from itertools import count

from skygarth.bucket.memory import MemoryBucket


def test_time_is_what_the_clock_says() -> None:
    """Objects carry the time of the clock handed in, so a simulation can set it."""
    ticks = count(1000, 10)
    bucket = MemoryBucket(lambda: next(ticks))

    bucket.put("a", b"")
    bucket.put("b", b"")

    assert [entry.modified_ms for entry in bucket.list("")] == [1000, 1010]
    assert bucket.now_ms() == 1020


def test_without_a_clock_it_does_not_tell_the_time() -> None:
    """No clock is not a clock at zero."""
    bucket = MemoryBucket()
    bucket.put("a", b"")

    assert bucket.now_ms() is None


def test_the_mark_depends_on_the_bytes_alone() -> None:
    """As on S3, putting the same bytes again leaves the etag as it was."""
    bucket = MemoryBucket()
    bucket.put("a", b"same")
    bucket.put("b", b"same")
    bucket.put("c", b"other")

    marks = [entry.etag for entry in bucket.list("")]
    assert marks[0] == marks[1]
    assert marks[0] != marks[2]


def test_what_is_put_does_not_change_with_the_callers_buffer() -> None:
    """The bucket holds bytes of its own, even if it was handed a bytearray."""
    bucket = MemoryBucket()
    buffer = bytearray(b"before")
    bucket.put("a", buffer)  # type: ignore[arg-type]
    buffer[:] = b"after!"

    assert bucket.get("a").body == b"before"
