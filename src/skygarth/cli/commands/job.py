"""``skygarth job``: the work that changes ask of a pool, as long as it is not done."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Group, RenderableType

from skygarth.cli.answers import JobAnswer, Page
from skygarth.cli.faults import DONE, FINDING
from skygarth.cli.node_client import NodeClient, part
from skygarth.cli.options import NEAREST, SPEAK, NodeAddress, Output
from skygarth.cli.terminal import Terminal, shortened, table

app = App(name="job", help="The work that changes ask of a pool.", help_format="plaintext")


@app.command(name="list")
def list_jobs(
    *,
    failed: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    limit: int = 50,
    exit_code: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    output: Output = SPEAK,
    at: NodeAddress = NEAREST,
) -> int:
    """Print the jobs that are not done, the oldest first.

    Args:
        failed: Only those that were tried in vain as often as they may be.
        limit: How many at most.
        exit_code: Exit with 3 where any has failed.
    """
    asked: dict[str, str | int] = {"limit": limit}
    with NodeClient(at) as client:
        answer = client.get(
            "jobs", Page[JobAnswer], params=asked | ({"failed": "true"} if failed else {})
        )
    items = answer.value.items
    Terminal(output).facts(answer.raw, lambda: _list_drawn(items))
    return FINDING if exit_code and any(job.state == "failed" for job in items) else DONE


@app.command
def retry(guid: str, /, *, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Let a job that has failed be tried again.

    Args:
        guid: As `skygarth job list` prints it.
    """
    with NodeClient(at) as client:
        client.post(f"jobs/{part(guid)}/retry", JobAnswer)
    Terminal(output).done("it is tried again")


@app.command
def drop(guid: str, /, *, output: Output = SPEAK, at: NodeAddress = NEAREST) -> None:
    """Let a job never be done.

    Args:
        guid: As `skygarth job list` prints it.
    """
    with NodeClient(at) as client:
        client.delete(f"jobs/{part(guid)}", etag=None)
    Terminal(output).done("dropped")


def _list_drawn(items: list[JobAnswer]) -> RenderableType:
    if not items:
        return "none"
    rows = [
        (job.guid, job.function, job.pool, f"{job.type} {job.action}", job.owner, _state(job))
        for job in items
    ]
    faults = [f"{job.guid}: {shortened(job.fault)}" for job in items if job.fault]
    jobs = table(["job", "function", "pool", "change", "owner", "state"], rows)
    return Group(jobs, *(["", *faults] if faults else []))


def _state(job: JobAnswer) -> str:
    if not job.attempts:
        return job.state
    return f"{job.state} after {job.attempts} {'try' if job.attempts == 1 else 'tries'}"
