"""Whole nodes that do jobs: one each, also where the one that is at it is killed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from tests.processes.node_process import NodeProcess, wait_for_agreement
from tests.waiting import wait_until

HERE = Path(__file__).parent
GALLERY = HERE.parents[1] / "examples" / "thumbnails"
PICTURE = "P2\n4 2\n255\n" + " ".join(["100"] * 8)


@dataclass
class JobNode(NodeProcess):
    """A node with an application of its own, in some pools.

    Attributes:
        application: as ``module:attribute``.
    """

    application: str = "slow_jobs:application"
    pools: str = "media"

    def _command(self) -> list[str]:
        words = super()._command()
        return [*words, self.application, "--pools", self.pools]

    def items(self, type_name: str) -> list[dict[str, object]]:
        """The fields of all objects of a type."""
        answer = self.call("GET", f"{type_name}?limit=1000").raise_for_status().json()
        return [item["fields"] for item in answer["items"]]

    def create(self, type_name: str, **fields: str) -> str:
        """A new object; its GUID."""
        answer = self.call("POST", type_name, {"fields": fields}).raise_for_status()
        return str(answer.json()["guid"])


def knows_token(node: JobNode) -> bool:
    """Whether a node has heard of the token that all of them use."""
    return node.call("GET", "node").is_success


def sees_all_ready(nodes: list[JobNode]) -> bool:
    """Whether the first node sees by their cards that all are ready."""
    items = nodes[0].get("nodes?fresh=true")["items"]
    assert isinstance(items, list)
    return [item["state"] for item in items] == ["ready"] * len(nodes)


@pytest.fixture
def nodes(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[list[JobNode]]:
    """A node for pages and two for media."""
    folder, application = getattr(request, "param", (HERE, "slow_jobs:application"))
    made: list[JobNode] = []
    for name, pool in (("w", "web"), ("m1", "media"), ("m2", "media")):
        environ = {
            "SLOW_JOBS": str(tmp_path),
            "SLOW_JOBS_NODE": name,
            "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]),
        }
        token = made[0].token if made else ""
        node = JobNode(name, tmp_path / name, f"file://{tmp_path / 'bucket'}", environ, token)
        node.application, node.pools = application, pool
        made.append(node)
        node.start()
        wait_until(partial(knows_token, node), "the token")
    wait_until(partial(sees_all_ready, made), "all cards")
    yield made
    for node in made:
        node.close()


def begun(tmp_path: Path) -> dict[str, list[str]]:
    """Which nodes have begun a job, by job."""
    found: dict[str, list[str]] = {}
    for path in tmp_path.iterdir():
        job, _, node = path.name.partition(" ")
        if node:
            found.setdefault(job, []).append(node)
    return found


@pytest.mark.long
def test_a_job_survives_the_death_of_the_node_that_is_at_it(
    nodes: list[JobNode], tmp_path: Path
) -> None:
    """Another one does it once the first is silent; what it writes stands there once (JOB-7)."""
    web, *media = nodes
    for number in range(20):
        web.create("order", what=f"quick {number}")
    wait_until(lambda: len(web.items("receipt")) == 20, "all quick orders", seconds=60)
    quick = begun(tmp_path)

    web.create("order", what="slow")
    wait_until(lambda: len(begun(tmp_path)) == 21, "the slow order to begin", seconds=60)
    ((job, owner),) = [(job, who[0]) for job, who in begun(tmp_path).items() if job not in quick]
    killed = next(node for node in media if node.name == owner)
    other = next(node for node in media if node.name != owner)
    killed.kill()
    wait_until(lambda: len(begun(tmp_path)[job]) == 2, "another to begin it", seconds=60)
    (tmp_path / "go").touch()
    wait_until(lambda: len(web.items("receipt")) == 21, "the slow order", seconds=60)
    killed.start()
    wait_for_agreement(*nodes, seconds=60)

    assert all(len(who) == 1 for who in quick.values()), quick
    assert {owner for who in quick.values() for owner in who} == {"m1", "m2"}
    receipts = [each for each in killed.items("receipt") if each["what"] == "slow"]
    assert receipts == [{"what": "slow", "by": other.name}]
    assert len(begun(tmp_path)[job]) == 2
    assert web.get("jobs")["items"] == []


@pytest.mark.long
@pytest.mark.parametrize("nodes", [(GALLERY, "gallery:application")], indirect=True)
def test_the_example_makes_thumbnails(nodes: list[JobNode]) -> None:
    """A photo that is sent to the web has its thumbnail everywhere soon after (docs/jobs.md)."""
    web = nodes[0]
    photo = web.create("photo", name="cat", image=PICTURE)
    wait_until(lambda: web.items("thumbnail"), "the thumbnail", seconds=60)
    wait_for_agreement(*nodes, seconds=60)

    picture = "P2\n4 2\n255\n100 100 100 100\n100 100 100 100\n"
    assert [node.items("thumbnail") for node in nodes] == [[{"photo": photo, "image": picture}]] * 3
