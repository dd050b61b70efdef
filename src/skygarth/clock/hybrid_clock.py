"""Stamps: a clock that follows the machine's, never goes back, and learns from others.

A stamp says when a field got its value (`skygarth.model.stamp`). The greater
stamp shows, so a stamp must be greater than whatever its author had seen.
Hybrid time gives that: it is the machine's time, or one more than the greatest
time given or observed so far, whichever is greater (CLK-3). Its counter of 16
bits stands right below the milliseconds, so when a millisecond runs out of
counts, adding one carries into the next millisecond by itself.

Everywhere that time matters:

1. *Which of two concurrent values shows.* A clock that is fast wins against
   one that is right. Nothing is lost by it: the other value is set aside.
   HAZARD: a clock that is a day fast would win all day. So nobody observes or
   applies a stamp from beyond the bound (CLK-5), and a node whose clock is off
   by more than the bound publishes nothing (CLK-6).
2. *An edit made knowingly always wins*, however slow its author's clock: its
   author had observed the stamp it replaces (CLK-4). HAZARD: a stamp must be
   observed before a local change is stamped that builds on it: observe, then
   commit the merge, then let others read it.
3. *The bound itself* is measured against the bucket's clock, which all nodes
   share; two nodes never compare clocks. HAZARD: S3 tells whole seconds. A
   measurement may be early by a second and by the way of the answer, so what
   comes from others is granted `MEASUREMENT_MS` more than we grant ourselves.
4. *A clock that was wrong and is right again.* Hybrid time stands where the
   wrong clock left it, perhaps a day ahead, and would keep all new stamps
   there. `ahead_ms` shows it; the node stamps its unpublished changes anew and
   calls `reset_to` (CLK-7). HAZARD: only changes that nobody else has seen may
   be stamped anew. Where stamps from ahead were published, they stay.
5. *After a restart*, or after another process wrote to the same database,
   this clock knows less than the database: whoever writes recalls its greatest
   stamp before giving one (`recall`). HAZARD: `observe` would not do. Where the
   machine's clock was set back in the meantime, the database's own stamps are
   from beyond the bound, and refusing them would refuse every local write.
6. *A new identity* keeps the time and changes the writer (`restart`): the
   first stamp under the new name is greater than the last under the old.
7. *GUIDs, `created`, `revised`, `published`* are the machine's time, for
   people and for order of storage; merging never looks at them.
8. *Waiting and polling* use the monotonic clock; a jump of the calendar neither
   hurries nor stalls a node.
9. *Deletion* is never decided by time alone: every active node must have
   acknowledged first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from skygarth.model.errors import Damaged
from skygarth.model.stamp import MILLISECONDS_MAX, STAMP_BYTES, Stamp

MEASUREMENT_MS = 2_000
"""By how much a measurement of the bucket's clock may be wrong: whole seconds, and the way."""


class HybridClock:
    """Gives stamps and observes those of others. Threads may share one.

    Args:
        wall_ms: the machine's milliseconds since 1970; may jump.
        writer: the incarnation's 16 bytes.
        offset_ms_max: how far a clock may be off before its stamps are refused.

    Attributes:
        offset_ms: the machine's clock minus the bucket's, as last measured; 0 before.
    """

    def __init__(
        self, wall_ms: Callable[[], int], writer: bytes, *, offset_ms_max: int = 30_000
    ) -> None:
        assert len(writer) == 16
        assert offset_ms_max >= 0
        self.offset_ms = 0
        self.offset_ms_max = offset_ms_max
        self._wall_ms = wall_ms
        self._writer = writer[:8]
        self._last = 0
        self._lock = threading.Lock()

    @property
    def last(self) -> Stamp:
        """The greatest time given or observed, with this writer's name."""
        return Stamp(self._last.to_bytes(8, "big") + self._writer)

    @property
    def trusted(self) -> bool:
        """Whether the machine's clock is within the bound of the bucket's (CLK-6)."""
        return abs(self.offset_ms) <= self.offset_ms_max

    @property
    def ahead_ms(self) -> int:
        """How far hybrid time is ahead of the bucket's; negative in a quiet time.

        More than the bound under a trusted clock means: the clock was wrong and
        is mended, and others would refuse our stamps until `reset_to` (CLK-7).
        """
        return (self._last >> 16) - self._bucket_ms()

    def stamp(self) -> Stamp:
        """A stamp greater than every one given or observed (CLK-3)."""
        with self._lock:
            now = self._wall_ms() << 16
            last = self._last
            self._last = last = now if now > last else last + 1
            return Stamp(last.to_bytes(8, "big") + self._writer)

    def observe(self, stamp: bytes) -> None:
        """Learn of a stamp that a verified segment brought; later stamps are greater (CLK-4).

        A stamp that is not greater than `last` teaches nothing and is never refused.

        Raises:
            Damaged: it is from beyond the bound (SG-CLOCK-001); nothing is learnt (CLK-5).
        """
        assert len(stamp) == STAMP_BYTES
        time = int.from_bytes(stamp[:8], "big")
        with self._lock:
            if time > self._last:
                self._refuse_absurd(time >> 16)
                self._last = time

    def recall(self, stamp: bytes) -> None:
        """Stand behind a stamp of this node's own database, whatever the time is (CLK-3).

        It was given here or verified when it came, so it is never refused.
        """
        assert len(stamp) == STAMP_BYTES
        with self._lock:
            self._last = max(self._last, int.from_bytes(stamp[:8], "big"))

    def calibrate(self, bucket_ms: int, measured_at_ms: int | None = None) -> None:
        """Compare the machine's clock with the bucket's (CLK-6).

        Args:
            bucket_ms: the bucket's time, milliseconds since 1970.
            measured_at_ms: the machine's time when it was read; this moment unless given.
        """
        with self._lock:
            wall_ms = self._wall_ms() if measured_at_ms is None else measured_at_ms
            self.offset_ms = wall_ms - bucket_ms

    def restart(self, writer: bytes) -> None:
        """Go on under a new incarnation (16 bytes); time goes on too."""
        assert len(writer) == 16
        with self._lock:
            self._writer = writer[:8]

    def reset_to(self, milliseconds: int) -> None:
        """Step hybrid time back after the machine's clock was mended (CLK-7).

        `milliseconds` must be later than every stamp that others may have seen,
        and the caller stamps anew whatever it had stamped beyond: only then does
        a stamp still name one change.
        """
        assert 0 <= milliseconds <= MILLISECONDS_MAX
        with self._lock:
            self._last = milliseconds << 16

    def _bucket_ms(self) -> int:
        """The bucket's time as far as we know it; the machine's before the first measurement."""
        return self._wall_ms() - self.offset_ms

    def _refuse_absurd(self, milliseconds: int) -> None:
        ahead_ms = milliseconds - self._bucket_ms()
        if ahead_ms > self.offset_ms_max + MEASUREMENT_MS:
            raise Damaged(
                "a stamp is from beyond the bound that clocks must keep. "
                f"ahead_ms='{ahead_ms}' offset_ms_max='{self.offset_ms_max}'",
                code="SG-CLOCK-001",
                hint="set the clock of the node that wrote it, or of this one, by NTP",
            )
