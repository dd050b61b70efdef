"""Kill -9 at work, on a real S3 server: nothing acknowledged is lost (I4)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx2
import pytest
from tests.processes.conftest import MakeNode
from tests.processes.node_process import NodeProcess, quick_check, wait_for_agreement
from tests.servers.fixtures import Address
from tests.waiting import wait_until

from skygarth.assembly.wiring import open_repository
from skygarth.sample import Article

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("processes")]


class Writer:
    """Writes articles and retitles them until its node dies; remembers what was acknowledged.

    Attributes:
        acknowledged: title by GUID, as last acknowledged.
        unsure: titles that were sent, and not answered.
    """

    def __init__(self, node: NodeProcess, letter: str, durability: str) -> None:
        self.acknowledged: dict[str, str] = {}
        self.unsure: set[str] = set()
        self._node = node
        self._letter = letter
        self._durability = durability
        self._client = httpx2.Client(base_url=f"{node.address}/api/v1", timeout=20)

    def run(self, stopping: Event) -> None:
        """Write until the node does not answer."""
        headers = {"Authorization": f"Bearer {self._node.token}"}
        headers["Prefer"] = f"wait=20, durability={self._durability}"
        number = 0
        with self._client as client:
            while not stopping.is_set():
                number += 1
                name = f"{self._letter}{number}"
                try:
                    answer = client.post(
                        "/article", json={"fields": {"name": name, "title": name}}, headers=headers
                    )
                except httpx2.TransportError:
                    self.unsure.add(name)
                    return
                assert answer.status_code == 201
                assert answer.headers["Skygarth-Durability"] == self._durability
                self.acknowledged[answer.json()["guid"]] = name


def write_until_killed(
    node: NodeProcess, round_number: int, durability: str, enough: int
) -> dict[str, str]:
    """Let three writers go, kill the node in their midst; what was acknowledged."""
    writers = [Writer(node, f"{letter}{round_number}-", durability) for letter in "xyz"]
    stopping = Event()
    with ThreadPoolExecutor(3) as threads:
        running = [threads.submit(writer.run, stopping) for writer in writers]
        try:
            wait_until(
                lambda: sum(len(writer.acknowledged) for writer in writers) >= enough,
                "acknowledged writes",
            )
            node.kill()
        finally:
            stopping.set()
        for each in running:
            each.result()
    return {guid: name for writer in writers for guid, name in writer.acknowledged.items()}


def missing(node: NodeProcess, written: dict[str, str]) -> list[str]:
    """Which of these articles are not as they were acknowledged."""
    return [name for guid, name in written.items() if node.title(guid) != name]


def test_kill_9_while_writing_loses_no_local_commit(
    seaweed_url: Address, make_node: MakeNode
) -> None:
    """Killed three times amid writes: every 201 is there after the start, and on every node."""
    node, other = make_node("a", *seaweed_url), make_node("b", *seaweed_url).start()
    written: dict[str, str] = {}
    for number, enough in enumerate((3, 17, 40)):
        node.start()
        written |= write_until_killed(node, number, "local", enough)
    node.start()

    assert missing(node, written) == []
    wait_for_agreement(node, other)
    assert missing(other, written) == []
    node.stop()
    assert quick_check(node.database) == "ok"


def test_what_the_bucket_acknowledged_survives_the_folder(
    seaweed_url: Address, make_node: MakeNode
) -> None:
    """`Prefer: durability=bucket`: killed, its disk lost, all is there (MBR-9)."""
    node = make_node("a", *seaweed_url).start()
    written = write_until_killed(node, 0, "bucket", 12)
    shutil.rmtree(node.data)
    fresh = make_node("a2", *seaweed_url).start()

    assert len(written) >= 12
    wait_until(lambda: missing(fresh, written) == [], "what was acknowledged")


def import_many(data: Path, batch: int, count: int) -> None:
    """Write many articles into a node's folder from another process, as an import does."""
    with open_repository(data) as repository, repository.transaction(f"batch {batch}") as tx:
        for number in range(count):
            tx.create(Article(name=f"b{batch}-{number}", title=f"title {number}", body="x" * 300))


def log_bytes(node: NodeProcess) -> int:
    """How large the write-ahead log is: it grows while a merge is under way."""
    log = node.database.with_name(node.database.name + "-wal")
    return log.stat().st_size if log.exists() else 0


@pytest.mark.parametrize("source", ["tail", pytest.param("snapshot", marks=pytest.mark.long)])
def test_kill_9_while_merging_ends_in_equal_content(
    seaweed_url: Address, make_node: MakeNode, source: str
) -> None:
    """A node that is killed again and again while it fills itself holds the same in the end."""
    first = make_node("a", *seaweed_url).start()
    for batch in range(4):
        import_many(first.data, batch, 2_000)
        wait_until(lambda: first.sync()["unpublished"] == 0, "the batch to be published")
    if source == "snapshot":
        first.call("POST", "sync/snapshot").raise_for_status()
    late = make_node("b", *seaweed_url)
    late.prepare()
    amid = []
    for threshold in (200_000, 1_200_000, 2_500_000, 4_000_000):
        late.begin()
        wait_until(_grown(late, threshold), "a merge to be under way")
        amid.append(not late.is_ready)
        late.kill()
    assert any(amid), "every kill came too late"
    late.start()
    wait_for_agreement(first, late)

    assert late.get("node")["objects"] == 8_000
    late.stop()
    assert quick_check(late.database) == "ok"


def _grown(node: NodeProcess, threshold: int) -> Callable[[], bool]:
    """Whether files have grown past a size, or the node has come to an end of it."""

    def grown() -> bool:
        size = node.database.stat().st_size + log_bytes(node)
        return size >= threshold or node.is_ready

    return grown
