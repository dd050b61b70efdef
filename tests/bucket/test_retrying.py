"""Trying again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.port import Bucket, Content, Entry
from skygarth.bucket.retrying import RetryingBucket
from skygarth.model.errors import Denied, NotFound, SkygarthError, TimedOut, Unavailable


class Failing(MemoryBucket):
    """Answers only after so many failures; may write before it fails, as real stores do."""

    def __init__(self, failures: list[SkygarthError], *, writes_first: bool = False) -> None:
        super().__init__()
        self.failures = failures
        self.writes_first = writes_first
        self.closed = False

    def get(self, key: str) -> Content:
        """Fail, or read."""
        self._fail()
        return super().get(key)

    def list(self, prefix: str) -> list[Entry]:
        """Fail, or list."""
        self._fail()
        return super().list(prefix)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Fail, perhaps after writing, or write."""
        if self.writes_first and self.failures:
            super().put_if_absent(key, body)
        self._fail()
        return super().put_if_absent(key, body)

    def close(self) -> None:
        """Remember it."""
        self.closed = True

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)


def retrying(inner: Bucket, waits: list[float], chance: float = 0.5) -> RetryingBucket:
    """Four tries with noted waits."""
    return RetryingBucket(
        inner,
        sleep=waits.append,
        random=lambda: chance,
        tries_max=4,
        delay_seconds_first=1.0,
        delay_seconds_max=3.0,
    )


def test_a_short_failure_is_not_noticed() -> None:
    """Unavailable and TimedOut are tried again until an answer comes."""
    waits: list[float] = []
    inner = Failing([Unavailable("a"), TimedOut("b")])
    inner.put("key", b"body")

    assert retrying(inner, waits).get("key").body == b"body"
    assert waits == [0.5, 1.0]


def test_a_long_failure_is_raised_after_all_tries() -> None:
    """The last of four tries raises what it met, and no wait follows it."""
    waits: list[float] = []
    inner = Failing([Unavailable(str(number)) for number in range(9)])

    with pytest.raises(Unavailable, match=r"^3$"):
        retrying(inner, waits).list("")

    assert waits == [0.5, 1.0, 1.5]


@pytest.mark.parametrize("error", [Denied("no"), NotFound("no")])
def test_what_time_does_not_heal_is_raised_at_once(error: SkygarthError) -> None:
    """Anything but Unavailable costs one request."""
    waits: list[float] = []

    with pytest.raises(type(error)):
        retrying(Failing([error]), waits).get("key")

    assert waits == []


@pytest.mark.parametrize(("chance", "expected"), [(0.0, [0, 0, 0]), (0.75, [0.75, 1.5, 2.25])])
def test_waits_are_random_below_a_doubling_bound(chance: float, expected: list[float]) -> None:
    """Full jitter: any wait from nothing up to the bound, and the bound has a bound."""
    waits: list[float] = []
    with pytest.raises(Unavailable):
        retrying(Failing([Unavailable("") for _ in range(4)]), waits, chance).get("key")

    assert waits == expected


def test_a_create_whose_answer_was_lost_says_false() -> None:
    """The second try meets the first one's own object, which only the caller can recognise."""
    inner = Failing([Unavailable("answer lost")], writes_first=True)

    assert not retrying(inner, []).put_if_absent("tail/1", b"mine")
    assert inner.get("tail/1").body == b"mine"


def test_every_request_is_handed_on() -> None:
    """Nothing of the port is lost in the wrapper."""
    inner = Failing([])
    bucket = retrying(inner, [])
    requests: list[Callable[[], object]] = [
        lambda: bucket.put("a", b"0123"),
        lambda: bucket.put_if_absent("b", b""),
        lambda: bucket.get("a").body,
        lambda: bucket.get_if_changed("a", None) is not None,
        lambda: bucket.get_range("a", 1, 2),
        lambda: bucket.delete("b"),
        lambda: [entry.key for entry in bucket.list("")],
        lambda: bucket.now_ms(),
        lambda: bucket.url,
    ]

    assert [request() for request in requests] == [
        *(None, True, b"0123", True, b"12", None, ["a"], None, "memory://"),
    ]
    bucket.close()
    assert inner.closed
