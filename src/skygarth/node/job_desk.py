"""The jobs of one node: sees what there is, decides, and lets a worker do it.

One thread looks and decides (`skygarth.node.job_deciding`), another does the jobs,
one after the other. Both are thin: a test calls `step` and `work` itself. Looking is
three questions to the own database; the bucket is asked only where an owner
seems dead, or before the first job after this node may have been taken for dead.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog

from skygarth.model.errors import Conflict, SkygarthError
from skygarth.model.guid import Guid
from skygarth.model.position import Incarnation
from skygarth.node import job_deciding as do
from skygarth.node.claims import Claim
from skygarth.node.job_office import Office
from skygarth.node.job_survey import LOOK_SECONDS, JobSurvey
from skygarth.node.job_work import Outcome, Tried, backoff_seconds, do_job
from skygarth.node.own_card import Tenure
from skygarth.repository import Repository
from skygarth.repository.pool_jobs import PoolJob

RETRY_SECONDS = 5.0
VIEW_SECONDS = 60.0
CLAIM_SECONDS = 30.0
CATCH_UP_SECONDS = 10.0
MINE_MAX = 500
"""So many jobs are handed over in one transaction."""
LEAVING = frozenset({"draining", "drained", "left"})
_log = structlog.get_logger("skygarth.jobs")


@dataclass(frozen=True, slots=True)
class JobFigures:
    """How jobs are doing, as this node sees it.

    Attributes:
        waiting: of the whole cloud, as far as known here; `failed`: those that wait for a person.
        running: GUIDs of those that this node is doing.
        outcomes: how tries ended here since the start.
        adopted: jobs of dead nodes that this node gave to others or took.
        fault: why jobs stand still here; "" if they don't.
    """

    waiting: int
    failed: int
    running: tuple[Guid, ...]
    outcomes: Mapping[str, int]
    adopted: int
    fault: str


class JobDesk:
    """A companion of one node.

    Args:
        patience_seconds: how long another node's job may wait before this one looks after it.
    """

    name = "jobs"

    def __init__(self, office: Office, repository: Repository, *, patience_seconds: float) -> None:
        self._office = office
        self._repository = repository
        self._patience = do.Patience(patience_seconds, max(patience_seconds, VIEW_SECONDS))
        self._survey = JobSurvey(repository)
        self._peers: tuple[do.Peer, ...] = ()
        self._cards_at = do.FOREVER
        self._is_asked = True
        self._is_in_vain = False
        self._entered: set[str] = set()
        self._tenure: Tenure = (Incarnation(""), 0)
        self._running: dict[bytes, Tenure] = {}
        self._due_at: dict[bytes, float] = {}
        self._not_before = do.FOREVER
        self._tries: Counter[str] = Counter()
        self._adopted = 0
        self._fault: SkygarthError | None = None
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._work: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=run, name=f"skygarth-jobs-{what}", daemon=True)
            for what, run in (("desk", self._run), ("worker", self._run_worker))
        ]

    # -- a companion's life -----------------------------------------------------------------

    def start(self) -> None:
        """Do jobs from now on, as soon as the node is ready."""
        self.listen()
        for thread in self._threads:
            thread.start()

    def listen(self) -> None:
        """Choose owners for jobs that are written here, and hear of all jobs."""
        self._repository.choose_owner = self.choose
        self._repository.on("changed", PoolJob)(lambda _event: self._wake.set())

    def withdraw(self) -> None:
        """Hand over what is not at hand, to those who were there when cards were read last."""
        if not self._repository.job_handlers or not self._lock.acquire(timeout=1):
            return  # none, or under way in the bucket: others adopt it when this node has left
        try:
            for instruction in do.decide(self._situation(is_leaving=True), self._patience):
                self._carry_out(instruction)
        finally:
            self._lock.release()

    def stop(self) -> None:
        """End; what is at hand and does not end within a second is done by somebody else."""
        self._stopping.set()
        self._wake.set()
        self._work.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=1)

    # -- what others ask ----------------------------------------------------------------------

    @property
    def figures(self) -> JobFigures:
        """How jobs are doing."""
        fault = self._fault
        if PoolJob.type_name not in self._repository.types:
            return JobFigures(0, 0, (), {}, 0, "")  # looking makes no tables
        jobs = self._repository.query(PoolJob)
        return JobFigures(
            waiting=jobs.where(PoolJob.failed == False).count(),  # noqa: E712 - a condition
            failed=jobs.where(PoolJob.failed == True).count(),  # noqa: E712 - a condition
            running=tuple(Guid(bytes=guid) for guid in sorted([*self._running])),
            outcomes=dict(self._tries),
            adopted=self._adopted,
            fault=f"{fault.code}: {fault.message}" if fault else "",
        )

    def choose(self, pool: str, subject: Guid) -> str:
        """The node that shall do a job; "" if none is known. Waits for nothing."""
        owner = do.owner_of(subject.bytes, do.able_nodes(self._peers, pool))
        self._is_asked, self._is_in_vain = True, self._is_in_vain or owner is None
        return owner or ""

    # -- looking and deciding -----------------------------------------------------------------

    def step(self) -> None:
        """Do what is due; a failure is kept, and tried again later."""
        with self._lock:
            if not self._repository.job_handlers or self._office.monotonic() < self._not_before:
                return
            try:
                for instruction in do.decide(self._situation(), self._patience):
                    self._carry_out(instruction)
            except SkygarthError as fault:
                if self._fault is None or self._fault.code != fault.code:
                    _log.warning("jobs have to wait", code=fault.code, reason=fault.message)
                self._fault = fault
                self._pause()
            else:
                self._fault = None

    def work(self) -> bool:
        """Do the job that was decided on; whether there was one."""
        try:
            guid = self._work.get_nowait()
        except queue.Empty:
            return False
        if guid is not None:
            self._do(guid)
        return True

    def _situation(self, *, is_leaving: bool = False) -> do.Situation:
        office, now = self._office, self._office.monotonic()
        tenure = office.tenure
        if tenure != self._tenure:
            self._tenure = tenure
            self._entered.clear()  # it may have been taken for dead meanwhile (JOB-6)
        self._due_at = {guid: due_at for guid, due_at in self._due_at.items() if due_at > now}
        self._survey.look(office.incarnation, office.pools, self._peers, now)
        return do.Situation(
            me=office.incarnation,
            pools=office.pools,
            now=now,
            is_ready=office.state == "ready",
            is_leaving=is_leaving or office.state in LEAVING,
            is_sure=now < office.alive_until,
            office=frozenset(self._entered),
            peers=self._peers,
            cards_at=self._cards_at,
            mine=self._survey.mine(office.incarnation, self._due_at, MINE_MAX),
            running=frozenset(self._running),
            orphans=self._survey.orphans,
            orphans_since=self._survey.orphans_since,
            others_since=self._survey.others_since,
            is_asked=self._is_asked,
            is_in_vain=self._is_in_vain,
            room=1 - len(self._running),
        )

    # -- carrying out -------------------------------------------------------------------------

    def _carry_out(self, instruction: do.Instruction) -> None:
        match instruction:
            case do.ReadCards():
                self._read_cards()
            case do.Run(job):
                self._running[job] = self._tenure
                self._work.put(job)
            case do.Enter(pool):
                self._under_claim(pool, adopting=False)
            case do.Adopt(pool):
                self._under_claim(pool, adopting=True)
            case do.HandOver(owners):
                self._give(owners, from_me=True)

    def _read_cards(self) -> None:
        began_at = self._office.monotonic()
        self._peers = self._office.peers(afresh=True)
        self._cards_at, self._is_asked, self._is_in_vain = began_at, False, False

    def _under_claim(self, pool: str, *, adopting: bool) -> None:
        """Learn all that was decided in a pool, and give away what nobody does (JOB-6, JOB-7)."""
        claim = self._office.claims.take(f"jobs-{pool}", CLAIM_SECONDS)
        if claim is None:
            self._pause()  # somebody is at it
            return
        try:
            self._read_cards()
            if not self._is_caught_up(pool):
                self._pause()
                return
            self._entered.add(pool)
            if adopting:
                self._adopt(pool, claim)
        finally:
            claim.release()

    def _is_caught_up(self, pool: str) -> bool:
        """Whether this node has applied all that members and owners of a pool's jobs wrote."""
        involved = {peer.incarnation for peer in self._peers if pool in peer.pools}
        involved |= {peer.incarnation for peer in self._peers if peer.is_dead}
        involved |= {Incarnation(job.owner) for job in self._survey.orphans}
        return self._office.catch_up(involved, CATCH_UP_SECONDS)

    def _adopt(self, pool: str, claim: Claim) -> None:
        orphans = self._survey.find_orphans(self._office.incarnation, [pool], self._peers)
        sequence = self._give(do.new_owners(orphans, self._peers), claim=claim)
        if sequence and self._office.wait_durable(sequence, "bucket", CLAIM_SECONDS) != "bucket":
            self._entered.discard(pool)  # what nobody can see has not been decided

    def _give(
        self,
        owners: Mapping[bytes, str],
        *,
        claim: Claim | None = None,
        from_me: bool = False,
    ) -> int:
        """Name new owners in one transaction; the feed's sequence, 0 if nothing was changed."""
        given = 0
        with self._repository.transaction() as tx:
            for guid, owner in owners.items():
                job = self._repository.find(Guid(bytes=guid))
                is_ours = isinstance(job, PoolJob) and (
                    not from_me or job.owner == self._office.incarnation
                )
                if is_ours and job is not None:
                    given += tx.update(job, owner=owner)
            if claim is not None and not claim.is_held:
                raise _too_late()
        self._adopted += 0 if from_me else given
        if given:
            _log.info("jobs were given away", jobs=given, handed_over=from_me)
        assert tx.committed is not None
        return tx.committed.sequence

    def _do(self, guid: bytes) -> None:
        """Do one job; in the worker's thread."""
        tried = Tried(guid, Outcome.LOST)
        try:
            with self._office.working():
                tried = self._tried(guid)
        finally:
            with self._lock:
                self._running.pop(guid, None)
                self._tries[tried.outcome.value] += 1
                wait = RETRY_SECONDS if tried.outcome is Outcome.LOST else 0.0
                if tried.outcome is Outcome.FAILED:
                    wait = backoff_seconds(tried.attempts)
                self._due_at[guid] = self._office.monotonic() + wait
            self._wake.set()

    def _tried(self, guid: bytes) -> Tried:
        job, tenure = self._repository.find(Guid(bytes=guid)), self._running[guid]

        def still_mine(now: PoolJob) -> bool:
            """Whether this node may end a job as it now stands (JOB-4)."""
            office = self._office
            is_sure = office.tenure == tenure and office.monotonic() < office.alive_until
            is_mine = now.owner == office.incarnation and not now.failed
            return is_sure and is_mine and not self._stopping.is_set()

        if not isinstance(job, PoolJob) or not still_mine(job):
            return Tried(guid, Outcome.LOST)
        subscription = self._repository.job_handlers.get(job.handler)
        if subscription is None:
            return Tried(guid, Outcome.LOST)
        return do_job(self._repository, job, subscription, still_mine)

    def _pause(self) -> None:
        self._not_before = self._office.monotonic() + RETRY_SECONDS

    # -- threads --------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
            if not self._stopping.is_set():
                self._guarded(self.step)

    def _run_worker(self) -> None:
        while (guid := self._work.get()) is not None and not self._stopping.is_set():
            self._guarded(partial(self._do, guid))

    def _guarded(self, deed: Callable[[], None]) -> None:
        try:
            deed()
        except Exception:  # noqa: BLE001 - a bug in one round must not end jobs for good
            if not self._stopping.is_set():
                _log.exception("jobs failed on a bug")


def _too_late() -> Conflict:
    return Conflict(
        "the claim ended before jobs could be given away",
        code="SG-JOB-002",
        hint="nothing has to be done: it is tried again, by whoever is next",
    )
