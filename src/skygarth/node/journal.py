"""What a node tells its log of replication: each change of its condition, once.

The machine is stepped many times a second, and a bucket that is away makes every
step fail alike. So nothing is said of steps; before and after are compared, and
only what an operator may want to know of is said: what, why, and the way out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from skygarth.model.errors import SkygarthError
from skygarth.model.position import Incarnation
from skygarth.replication import events as ev
from skygarth.replication import instructions as do
from skygarth.replication.phases import Phase
from skygarth.replication.replicator import Replicator
from skygarth.replication.trouble import Trouble

FAILURES_MIN = 2
"""One request that fails is nobody's business; the bucket is away when the next one fails too."""

_OF_THIS_MACHINE = "SG-DATABASE"
_log = structlog.get_logger("skygarth.replication")


@dataclass(frozen=True, slots=True)
class _Condition:
    """What is compared."""

    halted: do.Halt | None = None
    trouble: Trouble | None = None
    is_ready: bool = False
    is_failing: bool = False
    is_paused: bool = False
    clock_is_trusted: bool = True


class Journal:
    """Compares, and speaks.

    Args:
        name_of: a node's name by its incarnation, from memory.
        clock_offset_ms: how far this machine's clock is off the bucket's.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        machine: Replicator,
        bucket: str,
        *,
        name_of: Callable[[Incarnation], str],
        clock_offset_ms: Callable[[], int],
        monotonic: Callable[[], float],
    ) -> None:
        self._machine = machine
        self._bucket = bucket
        self._name_of = name_of
        self._clock_offset_ms = clock_offset_ms
        self._monotonic = monotonic
        self._last = _Condition()
        self._failing_since = 0.0
        self._started_at = monotonic()

    def heard(self, event: ev.Event) -> None:
        """An event is about to be taken in."""
        match event:
            case ev.IncarnationTaken(incarnation):
                _log.info("the node writes under a new identity from here on", now=incarnation)
            case ev.SnapshotLoaded(vector):
                _log.info("the node has filled itself from a snapshot", logs=len(vector))
            case ev.BucketRefilled(vector):
                _log.info("the bucket is refilled from this node", logs=len(vector))
            case ev.ClockMeasured(trusted):
                self._say_clock(trusted=trusted)
            case ev.ClockJumped():
                _log.info("this machine's clock has jumped: it is measured before more is sent")

    def told(self, instruction: do.Instruction) -> None:
        """The machine wants something done."""
        match instruction:
            case do.TakeIncarnation(reason):
                old = self._machine.publisher.incarnation
                _log.info("the node leaves its identity", why=reason, was=old)
            case do.QuarantineLog(position, code, reason):
                _log.warning(
                    "the log of a node is refused from here on; all others are read as ever",
                    node=self._name_of(position.incarnation),
                    incarnation=position.incarnation,
                    segment=position.sequence,
                    why=f"{code}: {reason}",
                    fix="`skygarth sync quarantine` says what to put right",
                )
            case do.ReleaseLog(incarnation):
                _log.info("a refused log is read again", node=self._name_of(incarnation))

    def compare(self) -> None:
        """A step was taken: say what it has changed."""
        machine, last = self._machine, self._last
        failures = max(machine.backoff.failures, machine.publisher.backoff.failures)
        is_failing = failures >= FAILURES_MIN or (failures > 0 and last.is_failing)
        now = replace(
            last,
            halted=machine.halted,
            trouble=machine.trouble,
            is_ready=last.is_ready or machine.is_ready,
            is_failing=is_failing,
            is_paused=machine.is_paused,
        )
        if now == last:
            return
        self._last = now
        if now.halted != last.halted:
            self._say_halt(now.halted)
        if now.trouble != last.trouble:
            self._say_trouble(now.trouble)
        if now.is_failing != last.is_failing:
            self._say_failing(machine.last_fault if is_failing else None)
        if now.is_paused != last.is_paused:
            _log.info("replication is paused" if now.is_paused else "replication goes on")
        if now.is_ready != last.is_ready:
            seconds = round(self._monotonic() - self._started_at, 3)
            logs = len(machine.vector)
            _log.info("the node has caught up with all it knows of", seconds=seconds, logs=logs)

    def _say_halt(self, halt: do.Halt | None) -> None:
        if halt is None:
            refilling = self._machine.phase is Phase.REFILLING
            _log.info("replication goes on", with_="a refill" if refilling else "its own bucket")
            return
        _log.warning(
            "replication has halted; the node serves on",
            why=f"{halt.code}: {halt.reason}",
            fix=halt.hint,
        )

    @staticmethod
    def _say_trouble(trouble: Trouble | None) -> None:
        if trouble is None:
            _log.info("what replication lacked is found or needed no more")
            return
        _log.warning(
            "something does not mend itself",
            why=f"{trouble.code}: {trouble.reason}",
            fix=trouble.hint,
        )

    def _say_failing(self, fault: SkygarthError | None) -> None:
        if fault is None:
            seconds = round(self._monotonic() - self._failing_since, 3)
            _log.info("replication works again", bucket=self._bucket, after_seconds=seconds)
            return
        self._failing_since = self._monotonic()
        is_local = fault.code.startswith(_OF_THIS_MACHINE)
        _log.warning(
            "the database cannot be written; what others write waits"
            if is_local
            else "the bucket does not do what is asked of it; the node serves on, and tries again",
            bucket=self._bucket,
            why=f"{fault.code}: {fault.message}",
            fix=fault.hint,
        )

    def _say_clock(self, *, trusted: bool) -> None:
        if trusted == self._last.clock_is_trusted:
            return
        self._last = replace(self._last, clock_is_trusted=trusted)
        offset = self._clock_offset_ms()
        if trusted:
            _log.info("this machine's clock is right again: publishing goes on", offset_ms=offset)
            return
        _log.warning(
            "this machine's clock is too far from the bucket's: nothing is published under it",
            offset_ms=offset,
            fix="set the clock right (NTP); the node measures again by itself",
        )
