"""A whole cloud in virtual time: nodes, one bucket, and a network that does its worst.

Everything is decided by one seed. Each request travels, is carried out at the
bucket and its answer travels back; each leg takes its time or never ends. Deeds
in a database are done at once, but a node may stop before or after any of them.
"""

from __future__ import annotations

import hashlib
import traceback
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from skygarth.bucket.port import Bucket
from skygarth.bucket.retrying import RetryingBucket
from skygarth.clock.chance import SeededChance
from skygarth.formats import bucket_keys as keys
from skygarth.model.position import Incarnation, Position, Vector
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.phases import Phase
from skygarth.replication.timing import Timing
from skygarth.testing.agenda import Agenda
from skygarth.testing.edit_ledger import EditLedger
from skygarth.testing.faulty_bucket import Fate, FaultyBucket, Request
from skygarth.testing.invariants import against_the_law, tree_of
from skygarth.testing.simulated_node import Backup, Process, SimulatedNode
from skygarth.testing.weather import CALM, Fault, Weather
from skygarth.testing.witnessed_bucket import WitnessedBucket

Answer = TypeVar("Answer")

SIMULATED_TIMING = Timing(poll_ms_max=5_000, list_ms=20_000, list_ms_max=20_000)
STORY_LINES = 120
ANSWER_MS_MAX = 80
TIMEOUT_MS = 4_000
LATE_MS_MAX = 60_000
EVENTS_TO_REST_MAX = 60_000

_FATES = {
    Fault.LOST: Fate.LOST,
    Fault.UNANSWERED: Fate.UNANSWERED,
    Fault.LATE: Fate.LATE,
    Fault.TWICE: Fate.TWICE,
    Fault.STALE: Fate.STALE,
    Fault.DAMAGED: Fate.DAMAGED,
}
_APPLICABLE = {
    Request.GET: {Fault.LOST, Fault.UNANSWERED, Fault.DAMAGED},
    Request.PUT: {Fault.LOST, Fault.UNANSWERED, Fault.LATE, Fault.TWICE},
    Request.LIST: {Fault.LOST, Fault.UNANSWERED, Fault.STALE},
    Request.DELETE: {Fault.LOST, Fault.UNANSWERED, Fault.LATE, Fault.TWICE},
}
_STOPPABLE = (
    do.AdoptRepository,
    do.PackSegment,
    do.MarkPublished,
    do.ApplySegment,
    do.TakeIncarnation,
    do.QuarantineLog,
    do.LoadSnapshot,
)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a node held when somebody looked."""

    node: str
    digest: str
    tree: tuple[object, ...]


class SimulatedCloud:
    """Nodes around a bucket.

    Args:
        seed: decides everything that chance decides.
        weather: which faults happen by themselves; `CALM` for none.
        is_hasty: nodes try a failed request again at once, as real ones do.
        is_unconditional: nodes take the bucket for one that ignores create-only writes.

    Attributes:
        requests: what was asked of each segment's key, in order.
        violations: what must not happen and did.
        happened: how often each kind of fault struck.
        story: the last things that happened, readable.
        decide: what becomes of a node's request, in place of the weather.
    """

    def __init__(
        self,
        seed: int | str,
        *,
        weather: Weather = CALM,
        timing: Timing = SIMULATED_TIMING,
        is_hasty: bool = False,
        is_unconditional: bool = False,
    ) -> None:
        self.agenda = Agenda()
        self.timing = timing
        self.weather = weather
        self.chance = SeededChance(seed)
        self.ledger = EditLedger()
        self.nodes: dict[str, SimulatedNode] = {}
        self.violations: list[str] = []
        self.happened: Counter[Fault] = Counter()
        self.story: deque[str] = deque(maxlen=STORY_LINES)
        self.outage_until_us = 0
        self.decide: Callable[[str, Request, str], Fate] | None = None
        self.spoil_next: Callable[[bytes], bytes] | None = None
        self.spoilt: dict[Incarnation, int] = {}
        self.bucket = WitnessedBucket(lambda: self.agenda.calendar_ms, self.accuse, self._arrived)
        self.is_unconditional = is_unconditional
        self.requests: dict[str, list[Request]] = {}
        self._is_hasty = is_hasty
        self._trace = hashlib.sha256()
        self._looks: dict[frozenset[tuple[str, int]], _Look] = {}
        self._seen: dict[str, tuple[Vector, int]] = {}
        self._damaged: set[tuple[str, str]] = set()

    # -- nodes -----------------------------------------------------------------------

    @property
    def running(self) -> list[SimulatedNode]:
        """Nodes whose process runs."""
        return [node for node in self.nodes.values() if node.is_running]

    @property
    def living(self) -> list[SimulatedNode]:
        """Nodes that run or may be started again."""
        return [node for node in self.nodes.values() if not node.is_lost]

    def add_node(
        self,
        name: str = "",
        *,
        backup: Backup | None = None,
        fingerprint: str = "",
        skew_ms: int = 0,
    ) -> SimulatedNode:
        """A new node, on an empty disk or on a copy; it does not run yet."""
        name = name or f"n{len(self.nodes) + 1}"
        assert name not in self.nodes
        node = SimulatedNode(
            name,
            self,
            self._bucket_for(name),
            self.chance,
            self.ledger,
            backup=backup,
            fingerprint=fingerprint,
            skew_ms=skew_ms,
        )
        self.nodes[name] = node
        return node

    def _bucket_for(self, name: str) -> Bucket:
        faulty = FaultyBucket(
            self.bucket, lambda request, key: self._fate(name, request, key), self._postpone
        )
        if not self._is_hasty:
            return faulty
        return RetryingBucket(
            faulty, sleep=lambda _seconds: None, random=lambda: self.chance.uniform(0, 1)
        )

    # -- the world that nodes meet ------------------------------------------------------

    def tell_story(self, node: str, line: str) -> None:
        """Note what happens, for people and for the trace."""
        told = f"{self.agenda.now_ms:>11.3f} {node:<4} {line}"
        self.story.append(told)
        self._trace.update(told.encode() + b"\n")

    @property
    def trace(self) -> str:
        """A hash of everything that has happened: equal for equal histories."""
        return self._trace.hexdigest()

    def accuse(self, violation: str) -> None:
        """Something happened that must not."""
        self.tell_story("!", violation)
        self.violations.append(violation)

    def strike(self, fault: Fault) -> None:
        """Count a fault."""
        self.happened[fault] += 1

    def send(self, node: SimulatedNode, instruction: do.Instruction) -> None:
        """Let a request travel to the bucket and be carried out there."""
        assert node.process is not None
        process = node.process
        self.agenda.plan(
            self.chance.uniform(1, ANSWER_MS_MAX),
            lambda: self._carry_out(node, process, instruction),
        )

    def _carry_out(
        self, node: SimulatedNode, process: Process, instruction: do.Instruction
    ) -> None:
        if node.process is not process:
            if isinstance(instruction, do.PutSegment) and self.chance.uniform(0, 1) < 0.5:
                self.strike(Fault.ZOMBIE)
                self.tell_story(node.name, f"is dead, yet its {instruction!r} arrives")
                process.conductor.carry_out(instruction)
            return
        answer = self.guarded(node, lambda: process.conductor.carry_out(instruction))
        if answer is None:
            return
        failed = isinstance(answer, ev.RequestFailed)
        delay_ms = self.chance.uniform(100, TIMEOUT_MS) if failed else self._travel_ms()
        self.agenda.plan(delay_ms, lambda: self._deliver(node, process, answer))

    def _travel_ms(self) -> float:
        slow = self.chance.uniform(0, 1) < 0.03
        return self.chance.uniform(1, TIMEOUT_MS if slow else ANSWER_MS_MAX)

    def _deliver(self, node: SimulatedNode, process: Process, answer: ev.Event) -> None:
        if node.process is process:
            self.guarded(node, lambda: node.tell(answer))

    def guarded(self, node: SimulatedNode, deed: Callable[[], Answer]) -> Answer | None:
        """Do something on a node; whatever it raises is a violation, and stops the node."""
        try:
            return deed()
        except Exception as bug:  # noqa: BLE001 - every escape is what we are looking for
            where = traceback.extract_tb(bug.__traceback__)[-1]
            self.accuse(
                f"{node.name}: {type(bug).__name__}: {bug}"
                f" in {where.name} of {where.filename.rpartition('/')[2]}"
            )
            node.process = None
            return None

    def before_deed(self, node: SimulatedNode, instruction: do.Instruction) -> Fault | None:
        """A full disk, or a stop before the deed."""
        if not isinstance(instruction, _STOPPABLE):
            return None
        for fault in (Fault.DISK_FULL, Fault.CRASH):
            if self.chance.uniform(0, 1) < self.weather.deeds.get(fault, 0) / 2:
                self.strike(fault)
                self._start_later(node, fault)
                return fault
        return None

    def after_deed(self, node: SimulatedNode, instruction: do.Instruction) -> Fault | None:
        """A stop right after the deed."""
        if not isinstance(instruction, _STOPPABLE):
            return None
        if self.chance.uniform(0, 1) < self.weather.deeds.get(Fault.CRASH, 0) / 2:
            self.strike(Fault.CRASH)
            self._start_later(node, Fault.CRASH)
            return Fault.CRASH
        return None

    def _start_later(self, node: SimulatedNode, fault: Fault) -> None:
        if fault is Fault.CRASH:
            self.agenda.plan(self.chance.uniform(10, 20_000), lambda: self.start(node))

    def start(self, node: SimulatedNode) -> None:
        """Let a node run, if it does not."""
        if not node.is_running and not node.is_lost:
            self.tell_story(node.name, "starts")
            self.guarded(node, node.start)

    # -- the network -------------------------------------------------------------------

    def _fate(self, name: str, request: Request, key: str) -> Fate:
        if keys.parse_segment_key(key) is not None:
            self.requests.setdefault(key, []).append(request)
        if self.agenda.now_us < self.outage_until_us or self.nodes[name].is_cut:
            return Fate.LOST
        if self.decide is not None:
            return self.decide(name, request, key)
        for fault, share in self.weather.requests.items():
            if fault in _APPLICABLE[request] and self.chance.uniform(0, 1) < share:
                return self._struck(name, fault, key)
        return Fate.FINE

    def _struck(self, name: str, fault: Fault, key: str) -> Fate:
        if fault is Fault.DAMAGED:
            # A second damaged answer for one segment would be the author's fault (REP-40).
            if (name, key) in self._damaged:
                return Fate.FINE
            self._damaged.add((name, key))
        self.strike(fault)
        self.tell_story(name, f"suffers: {fault} ({key})")
        return _FATES[fault]

    def _postpone(self, deed: Callable[[], None]) -> None:
        self.agenda.plan(self.chance.uniform(1, LATE_MS_MAX), deed)

    # -- looking ------------------------------------------------------------------------

    def look_at(self, node: SimulatedNode, *, by_the_law: bool = False) -> None:
        """I3: equal vectors, equal content and tree; I5, I6: and what the law says, if asked."""
        replica = node.database.replica()
        seen = (replica.vector(), node.unpublished)
        if not by_the_law and self._seen.get(node.name) == seen:
            return
        self._seen[node.name] = seen
        with replica.view() as view:
            if view.unpublished or not view.vector or replica.populated():
                return
            at = frozenset(view.vector.items())
            digest = view.digest()
        found = _Look(node.name, digest, tree_of(node.database.reading()))
        first = self._looks.setdefault(at, found)
        if first.digest != found.digest:
            self.accuse(f"I3: {node.name} differs from {first.node} at an equal vector")
            by_the_law = True
        elif first.tree != found.tree:
            self.accuse(
                f"I3: equal objects stand at different places: {first.node} has"
                f" {first.tree!r}, {node.name} has {found.tree!r}"
            )
        if by_the_law:
            for fault in against_the_law(node.database, self.bucket.segments):
                self.accuse(f"{node.name}: {fault}")

    @property
    def is_settled(self) -> bool:
        """Whether every node runs, has published all, and stands where the others stand."""
        return self.unsettled() == ""

    def unsettled(self) -> str:
        """What keeps the cloud from being settled; "" if nothing does."""
        healthy = [node for node in self.living if not self.is_tainted(node)]
        vectors = set()
        for node in self.living:
            if node.process is None:
                return f"{node.name} does not run"
            machine = node.process.replicator
            if machine.phase is not Phase.RUNNING:
                return f"{node.name} is {machine.phase}"
            if node.unpublished:
                return f"{node.name} has {node.unpublished} changes unpublished"
        for node in healthy:
            vectors.add(frozenset(node.database.replica().vector().items()))
        if len(vectors) > 1:
            return f"nodes stand at {len(vectors)} vectors"
        return self._behind(healthy)

    def _behind(self, healthy: list[SimulatedNode]) -> str:
        """Every log of a healthy node must be applied to its end everywhere."""
        for author in healthy:
            identity = author.database.replica().identity()
            for node in self.living:
                applied = node.database.replica().vector().get(identity.incarnation, 0)
                if applied < identity.sequence:
                    return f"{node.name} has not all of {author.name}"
        return ""

    def is_tainted(self, node: SimulatedNode) -> bool:
        """Whether a node holds content that the bucket has lost: others cannot follow it (I9)."""
        vector = node.database.replica().vector()
        return any(vector.get(name, 0) >= from_ for name, from_ in self.spoilt.items())

    def settle(self, milliseconds_max: float = 900_000) -> bool:
        """Let time pass until the cloud is settled; whether it is."""
        end_us = self.agenda.now_us + round(milliseconds_max * 1_000)
        events_max = self.agenda.count + EVENTS_TO_REST_MAX
        while not self.is_settled and self.agenda.now_us < end_us and not self.violations:
            self.agenda.run_for(5_000)
            if self.agenda.count > events_max:
                self.accuse(f"liveness: much ado and no rest: {self.unsettled()}")
        return self.is_settled

    # -- spoiling ------------------------------------------------------------------------

    def _arrived(self, position: Position, body: bytes) -> None:
        """A segment was written; perhaps the disk that it lies on is a bad one."""
        if self.spoil_next is not None and position.incarnation not in self.spoilt:
            spoilt, self.spoil_next = self.spoil_next(body), None
            self.spoilt[position.incarnation] = position.sequence
            self.tell_story("!", f"{position} is spoilt")
            self.bucket.spoil(keys.segment_key(position), spoilt)
