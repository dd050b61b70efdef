"""Jobs over HTTP: which wait, which have failed, and another try."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from skygarth.model.guid import parse_guid
from skygarth.model.json_objects import meta_to_json
from skygarth.model.position import Incarnation
from skygarth.node.job_desk import JobDesk
from skygarth.node.running import RunningNode
from skygarth.repository.job_list import are_there_jobs, drop_job, list_jobs, retry_job
from skygarth.repository.pool_jobs import PoolJob
from skygarth.repository.tokens import Role
from skygarth.web.api.calls import Call, answer, written


def jobs_document(node: RunningNode) -> dict[str, object] | None:
    """How jobs are doing on this node and in the cloud; None where nobody does any."""
    desk = node.companions.find(JobDesk)
    if desk is None:
        return None
    figures = desk.figures
    return {
        "waiting": figures.waiting,
        "failed": figures.failed,
        "running": [str(guid) for guid in figures.running],
        "outcomes": dict(figures.outcomes),
        "adopted": figures.adopted,
        "fault": figures.fault or None,
    }


def list_all_jobs(call: Call) -> Response:
    """``GET jobs?failed=true&limit=50&after=…``: those that are not done, the oldest first."""
    call.require(Role.READER)
    call.refuse_parameters(frozenset({"failed", "limit", "after"}))
    if not are_there_jobs(call.repository):
        return answer({"items": [], "next": None}, headers={"Skygarth-Count": "0"})
    failed = call.wants("failed") if "failed" in call.query else None
    found = list_jobs(call.repository, failed=failed)
    count, limit, after = found.count(), call.limit(), call.query.get("after", "")
    if after:
        found = found.where(PoolJob.guid > parse_guid(after))
    page = found.limit(limit + 1).all()
    following = str(page[limit - 1].guid) if len(page) > limit else None
    items = _told(call, page[:limit])
    return answer({"items": items, "next": following}, headers={"Skygarth-Count": str(count)})


def retry_one_job(call: Call) -> Response:
    """``POST jobs/{guid}/retry``: let a job that has failed be tried again."""
    call.require(Role.EDITOR)
    call.repository.register(PoolJob)
    with call.repository.transaction(author=call.author):
        job = retry_job(call.repository, parse_guid(call.path["guid"]))
    return answer(_told(call, [job])[0], headers=written(call))


def drop_one_job(call: Call) -> Response:
    """``DELETE jobs/{guid}``: let a job never be done."""
    call.require(Role.EDITOR)
    call.repository.register(PoolJob)
    with call.repository.transaction(author=call.author):
        drop_job(call.repository, parse_guid(call.path["guid"]))
    return Response(status_code=204, headers=written(call))


def _told(call: Call, jobs: list[PoolJob]) -> list[dict[str, object]]:
    desk = call.node.companions.find(JobDesk)
    running = frozenset() if desk is None else frozenset(desk.figures.running)
    names = call.node.membership.names()
    return [_document(job, names, is_running=job.guid in running) for job in jobs]


def _document(
    job: PoolJob, names: Mapping[Incarnation, str], *, is_running: bool
) -> dict[str, object]:
    state = "failed" if job.failed else "running" if is_running else "waiting"
    return {
        "guid": str(job.guid),
        "function": job.handler,
        "pool": job.pool,
        "action": job.action,
        "object": job.subject,
        "type": job.subject_type,
        "owner": names.get(Incarnation(job.owner), job.owner[:8]) or None,
        "state": state,
        "attempts": job.attempts,
        "fault": job.fault or None,
        "at": meta_to_json(job)["created"],
    }
