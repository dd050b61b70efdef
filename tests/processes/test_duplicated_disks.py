"""One disk image, started several times at once: each is a node of its own, by itself.

A machine image with a node's folder in it (a snapshot of a running machine, an AMI) is
started as often as it is needed, all at the same moment. Nobody tells the copies who they
are. tests/stories has clones in virtual time; here they are processes.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import httpx2
import pytest
from tests.processes.conftest import MakeNode
from tests.processes.node_process import NodeProcess, wait_for_agreement
from tests.waiting import wait_until

from skygarth.clock.fingerprint import host_fingerprint

pytestmark = pytest.mark.long

COPIES = 3
WRITES = 10


@pytest.fixture
def bucket(tmp_path: Path) -> str:
    """A folder as the bucket."""
    return f"file://{tmp_path / 'bucket'}"


@pytest.fixture
def disk(bucket: str, make_node: MakeNode) -> NodeProcess:
    """A stopped node: what was published, and what only its disk has."""
    node = make_node("image", bucket).start()
    node.write("published", durability="bucket")
    node.call("POST", "sync/pause").raise_for_status()
    node.write("on-the-disk-alone")
    node.stop()
    return node


def test_copies_started_at_once_are_nodes_of_their_own(
    disk: NodeProcess, bucket: str, make_node: MakeNode
) -> None:
    """Each with a new identity; what only the disk had is there once; nobody loses anything."""
    old = disk_incarnation(disk)
    copies = [copied(disk, f"copy-{number}", bucket, make_node) for number in range(COPIES)]
    start_all(copies)
    written = write_at_once(copies)
    wait_for_agreement(*copies, seconds=60)
    incarnations = {incarnation(copy) for copy in copies}

    assert len(incarnations) == COPIES
    assert old not in incarnations
    for copy in copies:
        assert copy.has(written)
        assert titles(copy).count("on-the-disk-alone") == 1
        assert titles(copy).count("published") == 1


def test_copies_that_take_themselves_for_the_original_part_by_themselves(
    disk: NodeProcess, bucket: str, make_node: MakeNode
) -> None:
    """Machines cloned whole, with machine id and inodes, and started at once (REP-23)."""
    copies = [copied(disk, f"twin-{number}", bucket, make_node) for number in range(COPIES)]
    for copy in copies:
        _wear_the_fingerprint_of_its_file(copy)
    start_all(copies)
    written = write_at_once(copies)
    wait_for_agreement(*copies, seconds=60)

    assert len({incarnation(copy) for copy in copies}) == COPIES
    for copy in copies:
        assert copy.has(written)
        assert titles(copy).count("on-the-disk-alone") == 1


def copied(disk: NodeProcess, name: str, bucket: str, make_node: MakeNode) -> NodeProcess:
    """A node on a copy of a stopped node's folder."""
    folder = disk.data.parent / name
    shutil.copytree(disk.data, folder)
    return make_node(name, bucket, data=folder, token=disk.token)


def start_all(copies: list[NodeProcess]) -> None:
    """All at the same moment; each was stopped while paused, and wakes so."""
    for copy in copies:
        copy.begin()
    for copy in copies:
        wait_until(lambda copy=copy: _answers(copy), f"{copy.name} to answer", seconds=60)  # type: ignore[misc]
    for copy in copies:
        copy.call("POST", "sync/resume").raise_for_status()


def write_at_once(copies: list[NodeProcess]) -> list[str]:
    """Each writes beside the others; all that they have written."""

    def write(copy: NodeProcess) -> list[str]:
        return [copy.write(f"{copy.name}-{n}", durability="bucket") for n in range(WRITES)]

    with ThreadPoolExecutor(len(copies)) as pool:
        return [guid for guids in pool.map(write, copies) for guid in guids]


def titles(node: NodeProcess) -> list[str]:
    """Of all articles."""
    items = node.get("article?limit=200")["items"]
    assert isinstance(items, list)
    return [item["fields"]["title"] for item in items]


def incarnation(node: NodeProcess) -> str:
    """Under which identity a node writes."""
    return str(node.get("node")["incarnation"])


def disk_incarnation(node: NodeProcess) -> str:
    """The identity that a stopped node's database holds."""
    connection = apsw.Connection(str(node.database), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return str(connection.execute("SELECT value FROM meta WHERE key = 'incarnation'").get)
    finally:
        connection.close()


def _answers(node: NodeProcess) -> bool:
    try:
        return node.client.get("/livez").status_code == 200
    except httpx2.HTTPError:
        return False


def _wear_the_fingerprint_of_its_file(node: NodeProcess) -> None:
    """Let a copied database believe that it was minted where it lies."""
    connection = apsw.Connection(str(node.database))
    fingerprint = host_fingerprint(node.database)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'fingerprint'", (fingerprint,))
    connection.close()
