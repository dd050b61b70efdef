"""Trying again: the few failures that time heals, within bounds.

Only `Unavailable` is tried again, after a random wait below a bound that
doubles from try to try ("full jitter": nodes that failed together do not
return together; "Exponential Backoff And Jitter", AWS, 2015). A request that
still fails raises its last error; the caller, who keeps an outbox, loses
nothing by that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from skygarth.bucket.port import Bucket, Content, Entry
from skygarth.model.errors import Unavailable

TRIES_MAX = 4
DELAY_SECONDS_FIRST = 0.2
DELAY_SECONDS_MAX = 5.0

Answer = TypeVar("Answer")


class RetryingBucket:
    """A bucket that hides short failures of another.

    A create-only put after a failed try may meet this writer's own object and
    say False. That is not hidden here: only the caller, who reads back, can
    tell its own bytes from another's.

    Args:
        inner: the bucket that may fail.
        sleep: waits so many seconds.
        random: a number from 0 up to but not including 1.
        tries_max: requests made before giving up.
        delay_seconds_first: bound of the first wait.
        delay_seconds_max: bound of every wait.
    """

    def __init__(
        self,
        inner: Bucket,
        *,
        sleep: Callable[[float], None],
        random: Callable[[], float],
        tries_max: int = TRIES_MAX,
        delay_seconds_first: float = DELAY_SECONDS_FIRST,
        delay_seconds_max: float = DELAY_SECONDS_MAX,
    ) -> None:
        assert tries_max >= 1
        assert 0 < delay_seconds_first <= delay_seconds_max
        self._inner = inner
        self._sleep = sleep
        self._random = random
        self._tries_max = tries_max
        self._delay_seconds_first = delay_seconds_first
        self._delay_seconds_max = delay_seconds_max

    @property
    def url(self) -> str:
        """Where the inner bucket is."""
        return self._inner.url

    def get(self, key: str) -> Content:
        """Read an object whole."""
        return self._try(lambda: self._inner.get(key))

    def get_if_changed(self, key: str, etag: str | None) -> Content | None:
        """Read an object unless its mark is still `etag`."""
        return self._try(lambda: self._inner.get_if_changed(key, etag))

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part of an object."""
        return self._try(lambda: self._inner.get_range(key, start, length))

    def put(self, key: str, body: bytes) -> None:
        """Write an object, over whatever is there."""
        self._try(lambda: self._inner.put(key, body))

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Write an object unless its key exists; False may speak of an earlier try's own."""
        return self._try(lambda: self._inner.put_if_absent(key, body))

    def list(self, prefix: str) -> list[Entry]:
        """Every object below a prefix."""
        return self._try(lambda: self._inner.list(prefix))

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        self._try(lambda: self._inner.delete(key))

    def now_ms(self) -> int | None:
        """The bucket's own clock; never older than the answer's own try."""
        return self._try(self._inner.now_ms)

    def close(self) -> None:
        """Close the inner bucket."""
        self._inner.close()

    def _try(self, request: Callable[[], Answer]) -> Answer:
        """Make a request until it is answered or tries run out."""
        for tries in range(1, self._tries_max):
            try:
                return request()
            except Unavailable:
                self._sleep(self._delay_seconds(tries))
        return request()

    def _delay_seconds(self, tries: int) -> float:
        """How long to wait after so many failed tries."""
        chance = self._random()
        assert 0 <= chance < 1
        bound = self._delay_seconds_first * 2.0 ** (tries - 1)
        return chance * min(self._delay_seconds_max, bound)
