"""The bucket of a simulated cloud, and a witness of all that is written there.

The witness sees each segment that arrives and holds its author to the protocol:
one position, one content, for ever (I7); no stamp from beyond the bound (I10).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.port import Content, Entry
from skygarth.formats import bucket_keys as keys
from skygarth.formats.segment import SegmentHeader, decode_segment, decode_segment_header
from skygarth.model.position import Position
from skygarth.model.stamp import stamp_time
from skygarth.testing.segments_by_the_law import Changes, changes_of_image

STAMP_AHEAD_MS_MAX = 33_000
"""The bound on clocks (30 s) and what a measurement may be wrong by."""


@dataclass(frozen=True, slots=True)
class WrittenSegment:
    """A segment as its author uploaded it."""

    header: SegmentHeader
    digest: str
    changes: Changes


class WitnessedBucket:
    """A bucket in memory.

    Args:
        clock_ms: the bucket's clock.
        accuse: told of each thing that must not happen.
        arrived: told of each segment that is written, after it was.
    """

    def __init__(
        self,
        clock_ms: Callable[[], int],
        accuse: Callable[[str], None],
        arrived: Callable[[Position, bytes], None],
    ) -> None:
        self.segments: dict[Position, WrittenSegment] = {}
        self._memory = MemoryBucket(clock_ms)
        self._clock_ms = clock_ms
        self._accuse = accuse
        self._arrived = arrived

    @property
    def url(self) -> str:
        """What messages call it."""
        return self._memory.url

    def get(self, key: str) -> Content:
        """Read an object whole."""
        return self._memory.get(key)

    def get_if_changed(self, key: str, etag: str | None) -> Content | None:
        """Read an object unless its mark is still `etag`."""
        return self._memory.get_if_changed(key, etag)

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part of an object."""
        return self._memory.get_range(key, start, length)

    def put(self, key: str, body: bytes) -> None:
        """Write an object, over whatever is there."""
        self._memory.put(key, body)
        self._witness(key, body)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Write an object unless its key exists."""
        written = self._memory.put_if_absent(key, body)
        if written:
            self._witness(key, body)
        return written

    def list(self, prefix: str) -> list[Entry]:
        """Every object below a prefix."""
        return self._memory.list(prefix)

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        self._memory.delete(key)

    def now_ms(self) -> int | None:
        """The bucket's clock."""
        return self._clock_ms()

    def close(self) -> None:
        """Nothing to let go of."""

    def spoil(self, key: str, body: bytes) -> None:
        """Replace what stands under a key, as a failing disk does."""
        self._memory.put(key, body)

    def _witness(self, key: str, body: bytes) -> None:
        position = keys.parse_segment_key(key)
        if position is None:
            return
        header = decode_segment_header(body)
        segment = decode_segment(body, expected=position, repository=header.repository)
        known = self.segments.get(position)
        if known is not None and known.digest != segment.digest:
            self._accuse(f"I7: {position} was written twice, with different bytes")
        ahead_ms = stamp_time(header.stamp_max)[0] - self._clock_ms()
        if ahead_ms > STAMP_AHEAD_MS_MAX:
            self._accuse(f"I10: {position} was published with stamps {ahead_ms} ms ahead")
        changes = changes_of_image(segment.image)
        self.segments[position] = WrittenSegment(header, segment.digest, changes)
        self._arrived(position, body)
