"""Jobs as people see them: which wait, which have failed, and what can be done about those.

Any node can tell and decide, for a job is an object like any other: the owner hears
of it as of every change.
"""

from __future__ import annotations

from skygarth.model.errors import Conflict, NotFound
from skygarth.model.guid import Guid
from skygarth.repository.pool_jobs import PoolJob
from skygarth.repository.query import Query
from skygarth.repository.repository import Repository


def are_there_jobs(repository: Repository) -> bool:
    """Whether this repository has ever heard of any: asking makes no tables."""
    return PoolJob.type_name in repository.types


def list_jobs(repository: Repository, *, failed: bool | None = None) -> Query[PoolJob]:
    """Jobs that are not done, the oldest first.

    Args:
        failed: only those that wait for a person, or only the others; None for all.
    """
    found = repository.query(PoolJob).order_by(PoolJob.guid.asc())
    return found if failed is None else found.where(PoolJob.failed == failed)


def find_job(repository: Repository, guid: Guid) -> PoolJob:
    """The job with this GUID.

    Raises:
        NotFound: there is none (SG-JOB-404).
    """
    repository.register(PoolJob)
    found = repository.find(guid)
    if not isinstance(found, PoolJob):
        raise NotFound(
            f"there is no such job. guid='{guid}'",
            code="SG-JOB-404",
            hint="it may be done; `skygarth job list` shows those that are not",
        )
    return found


def retry_job(repository: Repository, guid: Guid) -> PoolJob:
    """Let a job that has failed be tried again, as often as the first time (JOB-10).

    Raises:
        NotFound: there is no such job (SG-JOB-404).
        Conflict: it has not failed (SG-JOB-003).
    """
    job = find_job(repository, guid)
    if not job.failed:
        raise Conflict(
            f"this job has not failed. guid='{guid}' attempts={job.attempts}",
            code="SG-JOB-003",
            hint="it is tried by itself; `skygarth job list` tells when it has been given up",
        )
    job.update(failed=False, attempts=0)
    return job


def drop_job(repository: Repository, guid: Guid) -> None:
    """Let a job never be done. Raises NotFound (SG-JOB-404)."""
    find_job(repository, guid).purge()
