"""Histories of whole clouds, each decided by a seed, each held to what must always hold.

A history: some nodes start and begin to edit; the weather of the seed does what
it does; then everything is mended, each node edits once more, and the cloud has
to come to rest with every node holding the same (I3), nothing lost (I4, I5),
nothing back that was purged (I6), identities apart (I8).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from skygarth.model.position import Incarnation
from skygarth.replication import events as ev
from skygarth.testing.happenings import happen
from skygarth.testing.invariants import published_edits, unfaithful
from skygarth.testing.simulated_cloud import SimulatedCloud
from skygarth.testing.simulated_node import SimulatedNode
from skygarth.testing.weather import CALM, Fault, Weather, draw_weather

STEPS = 80
REST_MS_MAX = 1_800_000
_COPIES = {Fault.CLONE, Fault.TWIN, Fault.ROLLBACK}

Progress = Callable[[int], None]
"""Told how many histories are done."""


@dataclass(frozen=True, slots=True)
class History:
    """What became of one seed.

    Attributes:
        trace: a hash of everything that happened.
        events: how many things happened.
        faults: how often each fault struck.
        violations: what must not happen and did.
        story: its last events; empty if all is well.
    """

    seed: int
    trace: str
    events: int
    commits: int
    segments: int
    faults: Mapping[Fault, int]
    violations: tuple[str, ...]
    story: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SimulationReport:
    """What became of many seeds."""

    histories: tuple[History, ...]

    @property
    def events(self) -> int:
        """How many things happened in all."""
        return sum(history.events for history in self.histories)

    @property
    def failures(self) -> tuple[History, ...]:
        """The histories in which something happened that must not."""
        return tuple(history for history in self.histories if history.violations)

    @property
    def histories_by_fault(self) -> dict[Fault, int]:
        """In how many histories each fault struck."""
        met = Counter(fault for history in self.histories for fault in history.faults)
        return {fault: met[fault] for fault in Fault}


def simulate(
    seeds: Iterable[int],
    *,
    nodes: int | None = None,
    steps: int = STEPS,
    weather: Weather | None = None,
    on_progress: Progress | None = None,
) -> SimulationReport:
    """Run a history for each seed.

    Args:
        seeds: which ones.
        nodes: how many nodes begin; by default three to five, as the seed decides.
        steps: how many edits and happenings a history has before it is mended.
        weather: which faults there are and how often; by default as each seed decides.
        on_progress: told after each history.
    """
    histories = []
    for number, seed in enumerate(seeds, 1):
        histories.append(run_seed(seed, nodes=nodes, steps=steps, weather=weather))
        if on_progress is not None:
            on_progress(number)
    return SimulationReport(tuple(histories))


def run_seed(
    seed: int,
    *,
    nodes: int | None = None,
    steps: int = STEPS,
    weather: Weather | None = None,
) -> History:
    """The history of one seed; the same each time."""
    cloud = SimulatedCloud(seed, is_hasty=seed % 2 == 1)
    drawn = draw_weather(cloud.chance)
    cloud.weather = drawn if weather is None else weather
    count = nodes if nodes is not None else 3 + int(cloud.chance.uniform(0, 3))
    for _ in range(count):
        cloud.start(cloud.add_node())
    _live(cloud, steps)
    if not cloud.violations:
        _come_to_rest(cloud)
    if not cloud.violations:
        _judge(cloud)
    return History(
        seed=seed,
        trace=cloud.trace,
        events=cloud.agenda.count,
        commits=len(cloud.ledger.edits),
        segments=len(cloud.bucket.segments),
        faults=dict(cloud.happened),
        violations=tuple(cloud.violations),
        story=tuple(cloud.story) if cloud.violations else (),
    )


def _live(cloud: SimulatedCloud, steps: int) -> None:
    """Edits and happenings, with time between them."""
    chance = cloud.chance
    for step in range(steps):
        quiet = chance.uniform(0, 1) < 0.05
        cloud.agenda.run_for(chance.uniform(0, 30_000 if quiet else 1_500))
        if cloud.violations:
            return
        if cloud.weather.events and chance.uniform(0, 1) < cloud.weather.event_share:
            events = cloud.weather.events
            happen(cloud, events[int(chance.uniform(0, len(events)))])
        elif cloud.running:
            node = cloud.running[int(chance.uniform(0, len(cloud.running)))]
            commit(cloud, node)
            if step % 10 == 0 and node.is_running:
                cloud.look_at(node, by_the_law=True)
        for node in cloud.running:
            cloud.look_at(node)


def commit(cloud: SimulatedCloud, node: SimulatedNode) -> None:
    """I1: a node that runs takes a local change, whatever the world is like."""
    urgent = cloud.chance.uniform(0, 1) < 0.2
    cloud.tell_story(node.name, "commits")
    cloud.guarded(node, lambda: node.commit_something(urgent=urgent))
    if cloud.chance.uniform(0, 1) < 0.3:
        _notify(cloud)


def _notify(cloud: SimulatedCloud) -> None:
    """Somebody tells somebody how far a log reaches."""
    positions = list(cloud.bucket.segments)
    if positions and cloud.running:
        node = cloud.running[int(cloud.chance.uniform(0, len(cloud.running)))]
        cloud.guarded(node, lambda: node.tell(ev.NoticeHeard(positions[-1])))


def _come_to_rest(cloud: SimulatedCloud) -> None:
    """Mend everything; then every node must soon hold the same (I2, I3)."""
    cloud.weather = CALM
    cloud.outage_until_us = 0
    cloud.spoil_next = None
    cloud.tell_story("", "everything is mended")
    for node in cloud.living:
        node.is_cut = False
        node.clock.skew_ms = max(-20_000, min(20_000, node.clock.skew_ms))
        cloud.start(node)
    cloud.settle(REST_MS_MAX)
    for node in cloud.running:
        commit(cloud, node)
    if not cloud.settle(REST_MS_MAX) and not cloud.violations:
        cloud.accuse(f"liveness: the cloud does not come to rest: {cloud.unsettled()}")


def _judge(cloud: SimulatedCloud) -> None:
    """What must hold of a cloud at rest."""
    healthy = [node for node in cloud.living if not cloud.is_tainted(node)]
    for node in healthy:
        cloud.look_at(node, by_the_law=True)
    identities = Counter(node.database.replica().identity().incarnation for node in cloud.living)
    if max(identities.values()) > 1:
        cloud.accuse(f"I8: {max(identities.values())} nodes share an identity")
    for fault in _lost_or_invented(cloud, healthy):
        cloud.accuse(fault)


def _lost_or_invented(cloud: SimulatedCloud, healthy: list[SimulatedNode]) -> list[str]:
    """I4, I5 by the ledger: what surviving disks and the bucket hold, nobody has lost."""
    if not healthy:
        return []
    node = healthy[0]
    vector: Mapping[Incarnation, int] = node.database.replica().vector()
    segments = [
        segment
        for position, segment in cloud.bucket.segments.items()
        if position.sequence <= vector.get(position.incarnation, 0)
    ]
    held = [edit for each in healthy for edit in each.journal]
    standing = cloud.ledger.standing(held, published_edits(cloud.ledger, segments))
    is_exact = not _COPIES & cloud.happened.keys() and not cloud.spoilt
    return list(unfaithful(node.database.reading(), standing, is_exact=is_exact))
