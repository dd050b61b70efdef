"""How far every log is known, fetched and applied.

For each log three marks move forward: `known_through` (a listing, a hint or
another segment says that it exists), fetched (it lies here, verified),
`applied_through` (it is part of the database). A segment is applied when it is
the next of its log and everything its author had seen is applied too; until then
it is parked (REP-33).

What only a notice says stays apart: it is worth one look, and nothing more (REP-35).
What a listing or a hint said, nobody has read, and neither says any more, was somebody
else's mistake, and is not known any more once it was looked for in vain (REP-37).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from skygarth.model.position import Incarnation, Position, Vector, covers, missing

ABSENCES_MIN = 2
"""A known segment is missing when it was looked for so often in vain."""


@dataclass(slots=True)
class PeerLog:
    """One log, as far as this node knows it."""

    known_through: int = 0
    read_through: int = 0
    """How far somebody has read: this node, the author of a segment that needs it, a snapshot."""
    applied_through: int = 0
    rumoured_through: int = 0
    fetching: set[int] = field(default_factory=set)
    parked: dict[int, Vector] = field(default_factory=dict)
    refused_from: int | None = None
    tried_again: set[int] = field(default_factory=set)
    absent: int = 0
    absences: int = 0
    look_again_at: float = float("-inf")

    @property
    def missing(self) -> int | None:
        """The sequence that was looked for in vain again and again, though it is known."""
        is_missed = self.absences >= ABSENCES_MIN and self.absent <= self.readable_through
        return self.absent if is_missed else None

    @property
    def readable_through(self) -> int:
        """The last sequence that may be applied."""
        if self.refused_from is None:
            return self.known_through
        return min(self.known_through, self.refused_from - 1)

    @property
    def next_rumoured(self) -> int | None:
        """The first sequence of which only a notice spoke, if it may be read and is not here."""
        sequence = self.known_through + 1
        is_refused = self.refused_from is not None and sequence >= self.refused_from
        if sequence > self.rumoured_through or is_refused:
            return None
        return None if sequence in self.fetching or sequence in self.parked else sequence

    @property
    def is_caught_up(self) -> bool:
        """Whether all that is known and not refused is applied."""
        return self.applied_through >= self.readable_through


class Peers:
    """All logs but the own one; a former identity's log counts as a peer's (REP-21)."""

    def __init__(self) -> None:
        self.logs: dict[Incarnation, PeerLog] = {}
        self._listed: Mapping[Incarnation, int] = {}
        self._hinted: Mapping[Incarnation, int] = {}

    @property
    def vector(self) -> dict[Incarnation, int]:
        """Applied through, by log."""
        return {name: log.applied_through for name, log in list(self.logs.items())}

    @property
    def are_caught_up(self) -> bool:
        """Whether everything known is applied."""
        return all(log.is_caught_up for log in self.logs.values())

    def log(self, incarnation: Incarnation) -> PeerLog:
        """A log's marks; a new log begins at 0."""
        return self.logs.setdefault(incarnation, PeerLog())

    def learn(self, heads: Mapping[Incarnation, int], own: Incarnation) -> bool:
        """Somebody says that logs reach this far; whether that is news."""
        news = False
        for incarnation, through in heads.items():
            if incarnation != own and through > self.log(incarnation).known_through:
                self.log(incarnation).known_through = through
                news = True
        return news

    def listed(self, heads: Mapping[Incarnation, int], own: Incarnation) -> bool:
        """A listing shows logs that reach this far; whether that is news."""
        self._listed = heads
        self._forget_hearsay()
        return self.learn(heads, own)

    def hinted(self, heads: Mapping[Incarnation, int], own: Incarnation) -> bool:
        """The hint says that logs reach this far; whether that is news."""
        self._hinted = heads
        self._forget_hearsay()
        return self.learn(heads, own)

    def _forget_hearsay(self) -> None:
        """What was looked for in vain, nobody has read and nobody speaks of, never was (REP-37)."""
        for incarnation, log in self.logs.items():
            said = (log.read_through, self._listed.get(incarnation, 0))
            if log.missing is not None and log.missing > max(
                *said, self._hinted.get(incarnation, 0)
            ):
                log.known_through = log.missing - 1
                log.absent, log.absences, log.look_again_at = 0, 0, float("-inf")

    @property
    def heads(self) -> dict[Incarnation, int]:
        """How far each log reaches, to tell others; nothing that was looked for in vain."""
        return {
            name: log.known_through if log.missing is None else log.read_through
            for name, log in self.logs.items()
        }

    @property
    def has_false_hint(self) -> bool:
        """Whether the hint names what nobody can find; whoever reads it would look in vain, too."""
        return any(
            log.missing is not None and log.read_through < log.missing <= self._hinted.get(name, 0)
            for name, log in self.logs.items()
        )

    def rumour(self, position: Position, own: Incarnation) -> None:
        """A notice says that a log reaches this far: look once (REP-35)."""
        if position.incarnation == own:
            return
        log = self.log(position.incarnation)
        log.rumoured_through = max(log.rumoured_through, position.sequence)

    def was_absent(self, position: Position) -> bool:
        """A segment is not there; whether it was known, and should be."""
        log = self.log(position.incarnation)
        log.fetching.discard(position.sequence)
        if position.sequence <= log.known_through:
            return True
        log.rumoured_through = 0
        if log == PeerLog():
            del self.logs[position.incarnation]
        return False

    def look_again(self, position: Position, now: float, wait: float) -> int:
        """A known segment is not there: nothing more of its log is fetched for a while.

        Returns:
            how often it was looked for in vain; requests of one round count once.
        """
        log = self.log(position.incarnation)
        log.absent = min(log.absent or position.sequence, position.sequence)
        if now >= log.look_again_at:
            log.absences += 1
            log.look_again_at = now + wait
        return log.absences

    def was_found(self, position: Position) -> None:
        """A segment is there, whoever spoke of it."""
        log = self.log(position.incarnation)
        log.known_through = max(log.known_through, position.sequence)
        log.read_through = max(log.read_through, position.sequence)
        if log.absent and position.sequence <= log.absent:
            log.absent, log.absences, log.look_again_at = 0, 0, float("-inf")

    def looks_again_at(self, now: float) -> float:
        """When the next log that was looked into in vain is worth a look; never: infinity."""
        times = [log.look_again_at for log in self.logs.values() if not log.is_caught_up]
        return min((time for time in times if time > now), default=float("inf"))

    @property
    def missing(self) -> Iterator[Position]:
        """Segments that are known and were looked for in vain."""
        for incarnation, log in list(self.logs.items()):
            if log.missing is not None and log.applied_through < log.missing:
                yield Position(incarnation, log.missing)

    def forget_unread(self) -> list[Position]:
        """Know no further than what is applied; the parked segments that go with it."""
        dropped = []
        for incarnation, log in self.logs.items():
            dropped += [Position(incarnation, sequence) for sequence in log.parked]
            log.parked.clear()
            log.known_through = log.read_through = log.applied_through
            log.rumoured_through = 0
            log.absent, log.absences, log.look_again_at = 0, 0, float("-inf")
        return dropped

    def next_fetches(self, limit: int, now: float = float("inf")) -> Iterator[Position]:
        """What to fetch next: of every log the next few that are known and not here."""
        under_way = sum(len(log.fetching) for log in self.logs.values())
        ahead = max(1, limit // max(1, sum(not log.is_caught_up for log in self.logs.values())))
        for incarnation, log in self.logs.items():
            if now < log.look_again_at:
                continue
            first = log.applied_through + 1
            last = min(log.readable_through, log.applied_through + ahead)
            for sequence in range(first, last + 1):
                if under_way >= limit:
                    return
                if sequence not in log.fetching and sequence not in log.parked:
                    log.fetching.add(sequence)
                    under_way += 1
                    yield Position(incarnation, sequence)
            rumoured = log.next_rumoured
            if rumoured is not None and rumoured <= first + limit and under_way < limit:
                log.fetching.add(rumoured)
                under_way += 1
                yield Position(incarnation, rumoured)

    def park(self, position: Position, needs: Vector, own: Incarnation) -> None:
        """A segment is here; what it needs exists somewhere, even if no listing said so yet."""
        log = self.log(position.incarnation)
        log.fetching.discard(position.sequence)
        log.parked[position.sequence] = needs
        self.learn(needs, own)
        self.were_read(needs, own)

    def were_read(self, vector: Vector, own: Incarnation) -> None:
        """Somebody has read logs that far: a segment's author, or whoever made a snapshot."""
        for incarnation, through in vector.items():
            if incarnation != own:
                log = self.log(incarnation)
                log.read_through = max(log.read_through, through)

    def next_apply(self, own: Mapping[Incarnation, int]) -> Position | None:
        """A parked segment whose turn it is and whose needs are met; None if there is none."""
        vector = self.vector | dict(own)
        for incarnation, log in self.logs.items():
            sequence = log.applied_through + 1
            needs = log.parked.get(sequence)
            if sequence <= log.readable_through and needs is not None and covers(vector, needs):
                return Position(incarnation, sequence)
        return None

    def applied(self, position: Position) -> None:
        """A segment has become part of the database."""
        log = self.log(position.incarnation)
        assert position.sequence == log.applied_through + 1, "a log is applied without gaps"
        log.applied_through = position.sequence
        log.known_through = max(log.known_through, position.sequence)
        log.read_through = max(log.read_through, position.sequence)
        log.parked.pop(position.sequence, None)
        log.tried_again.discard(position.sequence)

    def waits_for(self, incarnation: Incarnation) -> dict[Incarnation, int]:
        """What the next parked segment of a log needs and this node lacks."""
        log = self.log(incarnation)
        needs = log.parked.get(log.applied_through + 1, {})
        return missing(self.vector, needs)

    def stand_at(self, vector: Vector, own: Incarnation) -> list[Position]:
        """A snapshot was loaded; the parked segments that it made needless."""
        dropped: list[Position] = []
        self.were_read(vector, own)
        for incarnation, through in vector.items():
            if incarnation == own:
                continue
            log = self.log(incarnation)
            log.applied_through = max(log.applied_through, through)
            log.known_through = max(log.known_through, through)
            for sequence in [entry for entry in log.parked if entry <= through]:
                del log.parked[sequence]
                dropped.append(Position(incarnation, sequence))
        return dropped

    def refuse(self, position: Position) -> list[Position]:
        """Refuse a log from a position on; the parked segments behind it."""
        log = self.log(position.incarnation)
        log.fetching.clear()
        log.refused_from = position.sequence
        dropped = [Position(position.incarnation, sequence) for sequence in log.parked]
        log.parked.clear()
        return dropped
