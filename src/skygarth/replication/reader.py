"""What others write becomes part of this database, one segment after the other.

::

    known ── FetchSegment ──▶ parked ── ApplySegment ──▶ applied
               │ absent: look again, later       │ refused: the author's log stops here (REP-40)
               ▼                                 ▼ failed here: try again, later (REP-34)

A segment that stays absent, though it is known, was removed from the bucket.
If a snapshot covers it, this node is too far behind to read on by segments
(REP-36).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from skygarth.model.position import Position, Vector
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.peers import ABSENCES_MIN, Peers
from skygarth.replication.publishing import Publisher
from skygarth.replication.timing import Backoff, Timing
from skygarth.replication.trouble import Trouble, nowhere, only_in_a_snapshot


class Reader:
    """Fetches, parks and applies what other logs hold.

    Attributes:
        in_snapshot: the vector of the newest snapshot that was looked at.
    """

    def __init__(self, timing: Timing, jitter: Callable[[], float], publisher: Publisher) -> None:
        self.peers = Peers()
        self.backoff = Backoff(timing, jitter)
        self.in_snapshot: Vector = {}
        self._timing = timing
        self._jitter = jitter
        self._publisher = publisher
        self._applying: Position | None = None

    def fetch_next(self, now: float) -> Iterator[do.Instruction]:
        """Requests for what is known and not here."""
        yield from map(do.FetchSegment, self.peers.next_fetches(self._timing.fetches_max, now))

    def fetched(self, position: Position, needs: Vector) -> Iterator[do.Instruction]:
        """A segment is here: it waits until its turn has come and its needs are met."""
        self.peers.was_found(position)
        log = self.peers.log(position.incarnation)
        if position.sequence <= log.applied_through or position.sequence > log.readable_through:
            log.fetching.discard(position.sequence)
            yield do.DiscardSegment(position)
            return
        self.peers.park(position, needs, self._publisher.incarnation)
        # A peer has read what we never wrote: we were rolled back, or have a twin.
        self._publisher.was_read(needs.get(self._publisher.incarnation, 0))

    def not_fetched(self, position: Position) -> None:
        """The request failed."""
        self.peers.log(position.incarnation).fetching.discard(position.sequence)

    def was_absent(self, position: Position, now: float) -> bool:
        """A segment is not there; whether one should find out what snapshots hold (REP-36)."""
        if not self.peers.was_absent(position):
            return False
        doublings = min(self.peers.log(position.incarnation).absences + 1, 16)
        ceiling = min(self._timing.retry_ms_min * 2**doublings, self._timing.retry_ms_max)
        wait = ceiling * (0.5 + 0.5 * self._jitter())
        return self.peers.look_again(position, now, wait) >= ABSENCES_MIN

    def apply_next(self, now: float) -> Iterator[do.Instruction]:
        """The next segment whose turn it is, one at a time."""
        if self._applying is not None or now < self.backoff.until:
            return
        own = {self._publisher.incarnation: self._publisher.sequence}
        position = self.peers.next_apply(own)
        if position is not None:
            self._applying = position
            yield do.ApplySegment(position)

    def applied(self, position: Position) -> None:
        """A segment has become part of the database."""
        self._applying = None
        self.peers.applied(position)
        self.backoff.succeeded()

    def not_applied(self, position: Position, now: float, *, lasting: bool) -> None:
        """The database did not take it: a full disk, or a clock that is wrong (REP-34)."""
        assert position == self._applying
        self._applying = None
        self.backoff.failed(now, lasting=lasting)

    def refused(self, event: ev.SegmentRefused) -> Iterator[do.Instruction]:
        """Transport may damage a segment once; a second time it is the author's (REP-40)."""
        log = self.peers.log(event.position.incarnation)
        sequence = event.position.sequence
        was_applying = self._applying == event.position
        if was_applying:
            self._applying = None
        log.fetching.discard(sequence)
        log.parked.pop(sequence, None)
        if sequence not in log.tried_again and not was_applying:
            log.tried_again.add(sequence)
            return
        yield from map(do.DiscardSegment, self.peers.refuse(event.position))
        yield do.QuarantineLog(event.position, event.code, event.reason)

    def forget_unread(self) -> Iterator[do.Instruction]:
        """Of what was not applied nothing is waited for any more (REP-27)."""
        yield from map(do.DiscardSegment, self.peers.forget_unread())

    @property
    def trouble(self) -> Trouble | None:
        """The first segment that is missing, and whether a snapshot holds what it said."""
        for position in self.peers.missing:
            if position.sequence <= self.in_snapshot.get(position.incarnation, 0):
                return only_in_a_snapshot(position)
            return nowhere(position)
        return None
