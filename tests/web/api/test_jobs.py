"""Jobs over HTTP, on a real node that does them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.web.cloud_nodes import Book, CloudNode

from skygarth.repository import JobChange

_names = (f"job-{number}" for number in itertools.count())


class Press:
    """A function that fails as long as it is told to."""

    def __init__(self) -> None:
        self.is_broken = False
        self.printed: list[str] = []

    def __call__(self, change: JobChange) -> None:
        """Print a book."""
        if self.is_broken:
            raise OSError("out of paper")
        self.printed.append(change.job)


@pytest.fixture(scope="module")
def press(node: CloudNode) -> Press:
    """Work for whatever book is new."""
    press = Press()
    register = node.repository.on("created", Book, pool="web", once=True, name="press", tries=1)
    register(press)
    return press


@pytest.fixture
def failed(node: CloudNode, press: Press) -> Iterator[dict[str, object]]:
    """A job that has failed, as it is told."""
    press.is_broken = True
    book = node.repository.create(Book(name=next(_names), title="x"))
    node.waits_for(lambda: _jobs(node.client("reader"), "jobs?failed=true"))
    (job,) = _jobs(node.client("reader"), "jobs")
    assert job["object"] == str(book.guid)
    yield job
    press.is_broken = False


def _jobs(client: TestClient, path: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = client.get(path).raise_for_status().json()["items"]
    return items


def test_a_job_that_is_done_is_told_no_more(node: CloudNode, press: Press) -> None:
    """Only figures remember it."""
    before = len(press.printed)
    node.repository.create(Book(name=next(_names), title="x"))
    node.waits_for(lambda: len(press.printed) > before)
    node.waits_for(lambda: not _jobs(node.client("reader"), "jobs"))
    told = node.client("reader").get("sync").json()["jobs"]

    assert (told["waiting"], told["failed"], told["fault"]) == (0, 0, None)
    assert told["outcomes"]["done"] == len(press.printed)
    assert 'skygarth_job_tries_total{outcome="done"}' in node.app.get("/metrics").text


def test_a_failed_job_is_tried_again_when_somebody_says_so(
    node: CloudNode, press: Press, failed: dict[str, object]
) -> None:
    """It tells why it failed; afterwards it is done and gone (JOB-10)."""
    told = {name: failed[name] for name in ("function", "pool", "owner", "state", "attempts")}
    press.is_broken = False
    node.client("editor").post(f"jobs/{failed['guid']}/retry").raise_for_status()
    node.waits_for(lambda: not _jobs(node.client("reader"), "jobs"))

    assert told == {
        "function": "press",
        "pool": "web",
        "owner": "a",
        "state": "failed",
        "attempts": 1,
    }
    assert failed["fault"] == "OSError: out of paper"
    assert str(failed["guid"]) in press.printed


def test_a_job_is_dropped(node: CloudNode, failed: dict[str, object]) -> None:
    """It will never be done; whoever asks for it is told so."""
    client = node.client("editor")
    answers = [client.delete(f"jobs/{failed['guid']}").status_code for _ in range(2)]

    assert answers == [204, 404]
    assert _jobs(client, "jobs") == []


def test_jobs_come_in_pages(node: CloudNode, press: Press) -> None:
    """The oldest first; the whole number stands beside."""
    press.is_broken = True
    for _ in range(3):
        node.repository.create(Book(name=next(_names), title="x"))
    client = node.client("reader")
    node.waits_for(lambda: len(_jobs(client, "jobs?failed=true")) == 3)
    first = client.get("jobs?limit=2")
    second = client.get(f"jobs?limit=2&after={first.json()['next']}").json()
    for job in _jobs(client, "jobs"):
        node.client("editor").delete(f"jobs/{job['guid']}").raise_for_status()
    press.is_broken = False

    assert [len(first.json()["items"]), len(second["items"]), second["next"]] == [2, 1, None]
    assert first.headers["Skygarth-Count"] == "3"


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [("", "GET", "jobs"), ("reader", "POST", "jobs/x/retry"), ("reader", "DELETE", "jobs/x")],
)
def test_jobs_are_not_everybodys(node: CloudNode, role: str, method: str, path: str) -> None:
    """Readers see them, editors decide."""
    client = node.client(role) if role else node.visitor()

    assert client.request(method, path).status_code in {401, 403}


def test_a_job_that_only_waits_is_not_sent_again(node: CloudNode, press: Press) -> None:
    """There is no such job here, or it has not failed: both are said."""
    del press
    missing = node.client("editor").post("jobs/01890a5d-ac96-774b-bcce-b302099a8057/retry")

    assert (missing.status_code, missing.json()["code"]) == (404, "SG-JOB-404")
