"""Doing one job: its function, its end and its writes in one commit, and what a failure leaves.

The function runs without a transaction until it first writes; from then on all
that it writes is one transaction, whose last change is the tombstone of the job.
Just before the commit the job is looked at once more: whoever lost it in the
meantime keeps nothing of what he did (JOB-4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import structlog

from skygarth.model.errors import Conflict, SkygarthError
from skygarth.model.guid import Guid
from skygarth.repository import Repository
from skygarth.repository.pool_jobs import (
    FAULT_LENGTH_MAX,
    JobChange,
    JobSubscription,
    PoolJob,
    Work,
)

BACKOFF_SECONDS_MIN = 2.0
BACKOFF_SECONDS_MAX = 600.0
BACKOFF_TIMES = 4.0
_log = structlog.get_logger("skygarth.jobs")


class Outcome(Enum):
    """How a try ended."""

    DONE = "done"
    FAILED = "failed"
    GIVEN_UP = "given up"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Tried:
    """A try, and how it ended.

    Attributes:
        attempts: how often the job was tried in vain by now.
    """

    guid: bytes
    outcome: Outcome
    attempts: int = 0


class Lost(Conflict):
    """The job is another's by now, or nobody's any more: keep nothing."""


def backoff_seconds(attempts: int) -> float:
    """How long to wait after so many tries in vain (JOB-10)."""
    assert attempts >= 1
    return min(BACKOFF_SECONDS_MIN * BACKOFF_TIMES ** (attempts - 1), BACKOFF_SECONDS_MAX)


def do_job(
    repository: Repository,
    job: PoolJob,
    subscription: JobSubscription,
    still_mine: Callable[[PoolJob], bool],
) -> Tried:
    """Call a job's function, and end the job together with what that wrote (JOB-4).

    Args:
        still_mine: whether this node may end the job as it now stands; asked in the
            transaction that ends it.
    """
    attempt = job.attempts + 1
    change = JobChange(
        job=str(job.guid),
        action=job.action,
        type_name=job.subject_type,
        guid=Guid(job.subject),
        at=job.meta.created,
        attempt=attempt,
        repository=repository,
    )
    try:
        with repository.working(Work(job.handler, change.guid)):
            subscription.handler(change)
            _end(repository, job, still_mine)
    except Lost as lost:
        _log.warning("a job was lost while it was done", job=change.job, reason=lost.message)
        return Tried(job.guid_bytes, Outcome.LOST, job.attempts)
    except (Exception, SystemExit) as fault:  # noqa: BLE001 - whatever it is, it is kept for a person
        return _failed(repository, job, subscription, fault, still_mine)
    return Tried(job.guid_bytes, Outcome.DONE, job.attempts)


def _end(repository: Repository, job: PoolJob, still_mine: Callable[[PoolJob], bool]) -> None:
    with repository.transaction() as tx:
        now = repository.find(job.guid)
        if not isinstance(now, PoolJob) or not still_mine(now):
            raise Lost(
                "it is another node's by now, or done",
                code="SG-JOB-001",
                hint="nothing has to be done: what this node wrote for it was undone",
            )
        tx.purge(now)


def _failed(
    repository: Repository,
    job: PoolJob,
    subscription: JobSubscription,
    fault: BaseException,
    still_mine: Callable[[PoolJob], bool],
) -> Tried:
    """Keep why it failed, for the next owner and for people."""
    attempts = job.attempts + 1
    is_last = attempts >= subscription.tries
    facts = {"job": str(job.guid), "handler": job.handler, "object": job.subject}
    if is_last:
        _log.error("a job failed for the last time", **facts, exc_info=fault)
    else:
        _log.warning("a job failed and is tried again", **facts, fault=_told(fault))
    with repository.transaction() as tx:
        now = repository.find(job.guid)
        if not isinstance(now, PoolJob) or not still_mine(now):
            return Tried(job.guid_bytes, Outcome.LOST, attempts)
        tx.update(now, attempts=attempts, fault=_told(fault), failed=is_last)
    return Tried(job.guid_bytes, Outcome.GIVEN_UP if is_last else Outcome.FAILED, attempts)


def _told(fault: BaseException) -> str:
    code = f"{fault.code}: " if isinstance(fault, SkygarthError) else f"{type(fault).__name__}: "
    return f"{code}{fault}".replace("\0", "")[:FAULT_LENGTH_MAX]
