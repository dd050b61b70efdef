"""What a node tells of its replication and of what that costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from skygarth.bucket.metered import Meter
from skygarth.bucket.port import Bucket
from skygarth.clock.hybrid_clock import HybridClock
from skygarth.clock.port import Clock
from skygarth.database.port import Database
from skygarth.model.position import Incarnation
from skygarth.node.lag import LagWatch
from skygarth.node.runtime import Runtime
from skygarth.node.status import CostStatus, PeerStatus, SyncStatus

Names = Callable[[Iterable[Incarnation]], Mapping[Incarnation, str]]
"""Names of nodes by incarnation, as far as they are known."""


class Reporter:
    """Puts together what many parts know."""

    def __init__(
        self,
        runtime: Runtime,
        database: Database,
        bucket: Bucket,
        meter: Meter,
        clock: Clock,
        hybrid_clock: HybridClock,
        lag: LagWatch,
        names: Names,
    ) -> None:
        self._runtime = runtime
        self._machine = runtime.replicator
        self._database = database
        self._bucket = bucket
        self._meter = meter
        self._clock = clock
        self._hybrid_clock = hybrid_clock
        self._lag = lag
        self._names = names
        self._started_ms = clock.now_ms()
        self._started_at = clock.monotonic()

    def sync_status(self) -> SyncStatus:
        """How replication is doing."""
        machine = self._machine
        unpublished, _ = self._database.replica().unpublished()
        failures = machine.backoff.failures or machine.publisher.backoff.failures
        return SyncStatus(
            state="paused" if machine.is_paused else str(machine.phase),
            bucket=self._bucket.url,
            bucket_reachable=not failures,
            unpublished=unpublished,
            sequence=machine.publisher.sequence,
            peers=tuple(self._peers()),
            clock_offset_ms=self._hybrid_clock.offset_ms,
            clock_trusted=self._hybrid_clock.trusted,
            last_error=self.last_error(),
            paused=machine.is_paused,
            last_progress_seconds=self._clock.monotonic() - self._runtime.last_progress,
            in_trouble=machine.trouble is not None,
        )

    def _peers(self) -> Iterable[PeerStatus]:
        logs = dict(self._machine.peers.logs)
        lags, names = self._lag.by_log(), self._names(logs)
        refused = self._database.replica().quarantined()
        for incarnation, log in sorted(logs.items()):
            yield PeerStatus(
                incarnation=incarnation,
                name=names.get(incarnation, incarnation[:8]),
                known_through=log.known_through,
                applied_through=log.applied_through,
                lag_seconds=lags.get(incarnation, 0.0),
                parked=len(log.parked),
                quarantined=refused.get(incarnation),
            )

    def last_error(self) -> str:
        """Why replication stands still, or what it lacks, and the way out; "" if all is well."""
        machine = self._machine
        if self._runtime.fault:
            return self._runtime.fault
        if machine.halted is not None:
            return f"{machine.halted.code}: {machine.halted.reason}; {machine.halted.hint}"
        failing = machine.backoff.failures or machine.publisher.backoff.failures
        fault, trouble = machine.last_fault, machine.trouble
        if failing and fault is not None:
            return f"{fault.code}: {fault}"
        return f"{trouble.code}: {trouble.reason}; {trouble.hint}" if trouble else ""

    def cost(self) -> CostStatus:
        """Requests since the start, and what a month at this rate costs."""
        usage = self._meter.snapshot()
        seconds = max(self._clock.monotonic() - self._started_at, 1.0)
        return CostStatus(
            requests={
                "put": usage.puts,
                "get": usage.gets,
                "list": usage.lists,
                "delete": usage.deletes,
            },
            bytes_sent=usage.bytes_put,
            bytes_received=usage.bytes_got,
            dollars=usage.dollars() if self._pays else 0.0,
            dollars_month=usage.dollars_a_month(seconds) if self._pays else 0.0,
            seconds=seconds,
            since_ms=self._started_ms,
        )

    @property
    def _pays(self) -> bool:
        """Whether requests cost money; looking into a folder does not."""
        return self._bucket.url.startswith(("s3:", "gs:", "az:"))
