"""One folder, one node; one bucket, one repository: what a node refuses, and what it survives."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pytest
from tests.processes.conftest import MakeNode
from tests.processes.node_process import NodeProcess, quick_check, wait_for_agreement
from tests.waiting import wait_until

from skygarth.cli.agreement import compare_nodes
from skygarth.cli.options import NodeAddress
from skygarth.clock.fingerprint import host_fingerprint


@pytest.fixture
def bucket(tmp_path: Path) -> str:
    """A folder as the bucket."""
    return f"file://{tmp_path / 'bucket'}"


def incarnation(node: NodeProcess) -> str:
    """Under which identity a node writes."""
    return str(node.get("node")["incarnation"])


def test_a_second_node_on_one_folder_is_refused(bucket: str, make_node: MakeNode) -> None:
    """It says which folder, and the first goes on undisturbed (SG-DATA-002)."""
    first = make_node("a", bucket).start()
    second = make_node("a", bucket, data=first.data, token=first.token)
    code, said = second.start_in_vain()

    assert code == 5
    assert "SG-DATA-002" in said
    assert str(first.data) in said
    assert first.title(first.write("page")) == "page"


def test_a_folder_copied_while_stopped_is_two_nodes(bucket: str, make_node: MakeNode) -> None:
    """The copy takes a new identity, and nobody loses anything (I8)."""
    first = make_node("a", bucket).start()
    before = [first.write(f"before-{n}") for n in range(3)]
    first.stop()
    shutil.copytree(first.data, first.data.parent / "copy")
    first.start()
    mine = first.write("by-the-original")
    copy = make_node("a", bucket, data=first.data.parent / "copy", token=first.token).start()
    theirs = copy.write("by-the-copy")
    wait_for_agreement(first, copy)

    assert incarnation(first) != incarnation(copy)
    for node in (first, copy):
        assert node.has([*before, mine, theirs])


def test_a_folder_copied_while_running_is_two_nodes(bucket: str, make_node: MakeNode) -> None:
    """Unpublished writes of the moment are in both, published once or twice, and lost by none."""
    first = make_node("a", bucket).start()
    before = [first.write(f"before-{n}") for n in range(3)]
    first.call("POST", "sync/pause").raise_for_status()
    before += [first.write(f"unpublished-{n}") for n in range(3)]
    first.retitle(before[0], "retitled")
    shutil.copytree(first.data, first.data.parent / "copy")
    copy = make_node("a", bucket, data=first.data.parent / "copy", token=first.token)
    copy.start(ready=False)  # it was copied while paused, and is paused too
    copy.call("POST", "sync/resume").raise_for_status()
    first.call("POST", "sync/resume").raise_for_status()
    mine, theirs = first.write("by-the-original"), copy.write("by-the-copy")
    wait_for_agreement(first, copy)

    assert incarnation(first) != incarnation(copy)
    for node in (first, copy):
        assert node.has([*before, mine, theirs])
        assert node.title(before[0]) == "retitled"
        assert node.get("conflicts")["items"] == []


def test_twins_that_cannot_tell_themselves_apart_part_at_the_bucket(
    bucket: str, make_node: MakeNode
) -> None:
    """A cloned machine has an equal fingerprint: the slot that is taken tells (HAZARD, REP-23)."""
    first = make_node("a", bucket).start()
    before = [first.write(f"before-{n}") for n in range(3)]
    first.stop()
    shutil.copytree(first.data, first.data.parent / "twin")
    twin = make_node("a", bucket, data=first.data.parent / "twin", token=first.token)
    _wear_the_fingerprint_of_its_file(twin)
    first.start()
    twin.start()
    assert incarnation(first) == incarnation(twin)
    mine = [first.write(f"by-the-first-{n}", durability="bucket") for n in range(3)]
    theirs = [twin.write(f"by-the-twin-{n}", durability="bucket") for n in range(3)]
    wait_for_agreement(first, twin)

    assert incarnation(first) != incarnation(twin)
    for node in (first, twin):
        assert node.has([*before, *mine, *theirs])


def _wear_the_fingerprint_of_its_file(node: NodeProcess) -> None:
    """Let a copied database believe that it was minted where it lies."""
    connection = apsw.Connection(str(node.database))
    fingerprint = host_fingerprint(node.database)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'fingerprint'", (fingerprint,))
    connection.close()


def test_a_restored_backup_loses_nothing_that_was_published(
    bucket: str, make_node: MakeNode
) -> None:
    """The bucket is ahead of the database: it reads its own old log as somebody else's (REP-22)."""
    first = make_node("a", bucket).start()
    first.write("in-the-backup")
    first.stop()
    backup = first.database.read_bytes()
    first.start()
    after = [first.write(f"after-{n}", durability="bucket") for n in range(3)]
    old = incarnation(first)
    first.stop()
    with first.database.open("r+b") as file:  # in place: the same file, so the same fingerprint
        file.truncate()
        file.write(backup)
    first.start()
    first.write("since", durability="bucket")
    fresh = make_node("b", bucket).start()
    wait_for_agreement(first, fresh)

    assert incarnation(first) != old
    for node in (first, fresh):
        assert node.has(after)


@pytest.mark.long
def test_another_repositorys_bucket_is_refused(
    bucket: str, tmp_path: Path, make_node: MakeNode
) -> None:
    """Nothing goes into it, and the node serves and takes writes meanwhile (SG-REPOSITORY-001)."""
    other = make_node("o", f"file://{tmp_path / 'other'}").start()
    other.write("theirs", durability="bucket")
    other.stop()
    node = make_node("a", bucket).start()
    guid = node.write("mine", durability="bucket")
    node.stop()
    before = listing(tmp_path / "other")
    node.bucket = other.bucket
    node.start(ready=False)
    wait_until(lambda: "SG-REPOSITORY-001" in node.last_error(), "the refusal")
    written = node.write("meanwhile")

    assert node.title(guid) == "mine"
    assert node.title(written) == "meanwhile"
    assert node.sync()["state"] == "halted"
    node.stop()
    assert before == listing(tmp_path / "other")


def test_a_wiped_bucket_is_not_filled_silently(
    bucket: str, tmp_path: Path, make_node: MakeNode
) -> None:
    """Whoever wiped it may have had a reason: the node asks (SG-REPOSITORY-002)."""
    node = make_node("a", bucket).start()
    guid = node.write("mine", durability="bucket")
    node.stop()
    shutil.rmtree(tmp_path / "bucket")
    (tmp_path / "bucket").mkdir()
    node.start(ready=False)
    wait_until(lambda: "SG-REPOSITORY-002" in node.last_error(), "the refusal")

    assert node.title(guid) == "mine"
    node.stop()
    assert listing(tmp_path / "bucket") == [".skygarth-bucket"]


@pytest.mark.long
def test_an_emptied_bucket_is_refilled_from_a_node(
    bucket: str, tmp_path: Path, make_node: MakeNode
) -> None:
    """The other goes on by itself, a new one fills itself, all with equal content (REP-27)."""
    first, second = make_node("a", bucket).start(), make_node("b", bucket).start()
    guids = [first.write("by-a", durability="bucket"), second.write("by-b", durability="bucket")]
    wait_for_agreement(first, second)
    _empty(tmp_path / "bucket")
    for node in (first, second):
        wait_until(lambda node=node: node.sync()["state"] == "halted", "the halt", seconds=60)  # type: ignore[misc]
        assert node.is_ready
        guids.append(node.write(f"meanwhile-on-{node.name}"))
    refilled = first.call("POST", "sync/refill")
    third = make_node("c", bucket).start()
    wait_for_agreement(first, second, third, seconds=60)

    verdict = _verified(first)

    assert verdict == _verified(third) == "equal"
    assert refilled.status_code == 201
    assert all(node.has(guids) for node in (first, second, third))
    assert "replication has halted" in first.log.read_text()


def _verified(node: NodeProcess) -> str:
    """What `skygarth sync verify` says, told nothing about who is gone (MBR-11)."""
    at = NodeAddress(node=node.address, token=node.token)
    return compare_nodes(at, timeout=20).verdict.value


def _empty(folder: Path) -> None:
    """Remove all objects, and leave the mark of a folder that is a bucket."""
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != ".skygarth-bucket":
            entry.unlink()


def test_a_node_whose_folder_is_deleted_refuses_to_lose_writes(
    bucket: str, make_node: MakeNode
) -> None:
    """It takes no traffic and says why; the next start fills an empty folder (SG-DATA-003)."""
    node = make_node("a", bucket).start()
    guid = node.write("kept", durability="bucket")
    shutil.rmtree(node.data)
    wait_until(lambda: not node.is_ready, "the node to notice")
    told = node.client.get("/readyz").json()
    wait_until(lambda: node.sync()["state"] == "halted", "the halt")
    refused = node.call("POST", "article", {"fields": {"name": "lost", "title": "Lost"}})
    node.stop()
    again = make_node("a2", bucket, data=node.data.parent / "again").start()

    assert told["state"] == "broken"
    assert told["why"].startswith("SG-DATA-003")
    assert (refused.status_code, refused.json()["code"]) == (503, "SG-DATA-003")
    assert again.title(guid) == "kept"


def test_a_damaged_database_is_refused_at_the_start(bucket: str, make_node: MakeNode) -> None:
    """The integrity check names the file and the way out (SG-DATABASE-002, 003)."""
    node = make_node("a", bucket).start()
    for number in range(30):
        node.write(f"page-{number}", "x" * 200)
    node.stop()
    assert quick_check(node.database) == "ok"
    with node.database.open("r+b") as file:
        file.seek(node.database.stat().st_size // 8192 * 4096)
        file.write(b"\xa5" * 4096)
    code, said = node.start_in_vain()

    assert code == 1
    assert "SG-DATABASE-00" in said
    assert str(node.database) in said
    shutil.rmtree(node.data)
    fresh = make_node("a2", bucket, data=node.data).start()
    assert fresh.get("article?limit=1")["items"]


def listing(folder: Path) -> list[str]:
    """Every file of a folder and below."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
