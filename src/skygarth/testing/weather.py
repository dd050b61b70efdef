"""Which faults a history has, and how often: decided by its seed.

A history with every fault at once teaches little: the faults hide each other.
So each seed draws a weather of its own (swarm testing: Groce and others, 2012):
some kinds of fault are on, others off, and those that are on are rare or
frequent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from skygarth.clock.chance import Chance


class Fault(StrEnum):
    """Everything that may go wrong in a simulated cloud."""

    LOST = "request lost"
    UNANSWERED = "answer lost"
    LATE = "write arrives late"
    TWICE = "write arrives twice"
    STALE = "stale listing"
    DAMAGED = "answer damaged on the way"
    OUTAGE = "bucket outage"
    CUT = "node cut off"
    CRASH = "crash"
    DISK_FULL = "disk full"
    ZOMBIE = "write of a dead process"
    CLONE = "clone that knows it"
    TWIN = "clone that does not know it"
    ROLLBACK = "backup restored"
    CLOCK_SKEW = "clock off within the bound"
    CLOCK_WRONG = "clock a day off"
    POISON = "segment spoilt at rest"
    ABSURD = "segment that cannot be merged"
    RUMOUR = "false notice"
    JOIN = "node joins"
    LEAVE = "node lost for good"
    SNAPSHOT = "snapshot taken"


REQUEST_FAULTS = (
    Fault.LOST,
    Fault.UNANSWERED,
    Fault.LATE,
    Fault.TWICE,
    Fault.STALE,
    Fault.DAMAGED,
)
DEED_FAULTS = (Fault.CRASH, Fault.DISK_FULL)
EVENTS = (
    Fault.OUTAGE,
    Fault.CUT,
    Fault.CLONE,
    Fault.TWIN,
    Fault.ROLLBACK,
    Fault.CLOCK_SKEW,
    Fault.CLOCK_WRONG,
    Fault.POISON,
    Fault.ABSURD,
    Fault.RUMOUR,
    Fault.JOIN,
    Fault.LEAVE,
    Fault.SNAPSHOT,
)

SHARE_ON = 0.4
"""How many kinds of fault are on, on average."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Chances of faults.

    Attributes:
        requests: chance of each request fault, by kind, for one request.
        deeds: chance of each fault of a deed in the database.
        events: which things happen between edits.
        event_share: share of the world's doings that are such events.
    """

    requests: Mapping[Fault, float] = field(default_factory=dict)
    deeds: Mapping[Fault, float] = field(default_factory=dict)
    events: tuple[Fault, ...] = ()
    event_share: float = 0.0

    @property
    def kinds(self) -> set[Fault]:
        """Every fault that may happen."""
        return {*self.requests, *self.deeds, *self.events}


CALM = Weather()
"""Nothing goes wrong."""


def draw_weather(chance: Chance) -> Weather:
    """A weather by chance."""

    def chosen(kinds: tuple[Fault, ...]) -> tuple[Fault, ...]:
        return tuple(kind for kind in kinds if chance.uniform(0, 1) < SHARE_ON)

    requests = {
        kind: (0.01, 0.05, 0.2)[int(chance.uniform(0, 3))] for kind in chosen(REQUEST_FAULTS)
    }
    deeds = {kind: (0.005, 0.03)[int(chance.uniform(0, 2))] for kind in chosen(DEED_FAULTS)}
    events = chosen(EVENTS)
    # One author whose log is refused stops all who depend on it: one such history at a time.
    if Fault.POISON in events and Fault.ABSURD in events:
        events = tuple(kind for kind in events if kind is not Fault.ABSURD)
    return Weather(requests, deeds, events, (0.1, 0.25)[int(chance.uniform(0, 2))])
