"""Short names for positions and vectors in tests of the machine."""

from __future__ import annotations

from skygarth.model.position import Incarnation, Position
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.replicator import Replicator
from skygarth.replication.timing import Timing

A, B, C, OWN = (Incarnation(letter * 32) for letter in "abcd")
TIMING = Timing(poll_ms_min=100, poll_ms_max=1_000, list_ms=10_000, list_ms_max=10_000)


def at(log: Incarnation, sequence: int) -> Position:
    """A position."""
    return Position(log, sequence)


def replicator(timing: Timing = TIMING) -> Replicator:
    """A machine without jitter."""
    return Replicator(timing, lambda: 0.5)


def started(
    *, sequence: int = 0, moved: bool = False, repository: str = "repo", vector: object = None
) -> ev.Started:
    """A database that knows where it stands."""
    known = {B: 1} if vector is None else vector
    assert isinstance(known, dict)
    digest = "head" if sequence else ""
    return ev.Started(repository, OWN, sequence, digest, moved, known)


def running(
    *,
    sequence: int = 0,
    heads: dict[Incarnation, int] | None = None,
    timing: Timing = TIMING,
) -> Replicator:
    """A machine that has started, met its repository and measured its clock, at time 0."""
    machine = replicator(timing)
    machine.step(started(sequence=sequence), 0)
    machine.step(ev.RepositoryFound("repo"), 0)
    machine.step(ev.TailListed({B: 1, OWN: sequence} | (heads or {})), 0)
    machine.step(ev.ClockMeasured(trusted=True), 0)
    machine.step(ev.HintSeen(None), 0)
    return machine


def packed(machine: Replicator, now: float = 0, digest: str = "new") -> list[do.Instruction]:
    """Let the machine pack a local change; what it does with the segment."""
    machine.step(ev.LocalChanged(1, urgent=True), now)
    position = machine.publisher.next_position
    return machine.step(ev.SegmentPacked(position, digest, 7), now)
