"""A bucket in a folder, and what is done to it by killers, racers and full disks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from skygarth.bucket import codes
from skygarth.bucket.folder import INCOMING, MARKER, STRAY_AGE_MS, FolderBucket
from skygarth.bucket.port import Bucket
from skygarth.model.errors import Invalid, NotFound, Unavailable

PREAMBLE = """
import os, signal, sys
from pathlib import Path
from skygarth.bucket.folder import FolderBucket
bucket = FolderBucket(Path(sys.argv[1]))
"""

REQUESTS: list[Callable[[Bucket], object]] = [
    lambda bucket: bucket.get("tail/1"),
    lambda bucket: bucket.get("absent"),
    lambda bucket: bucket.get_range("absent", 0, 1),
    lambda bucket: bucket.put("tail/2", b""),
    lambda bucket: bucket.put_if_absent("tail/2", b""),
    lambda bucket: bucket.list(""),
    lambda bucket: bucket.delete("tail/1"),
    lambda bucket: bucket.now_ms(),
]


def program(text: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """Start a Python program that has opened the bucket in its first argument."""
    command = [sys.executable, "-c", PREAMBLE + dedent(text), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def strays(root: Path) -> list[Path]:
    """Files that lie in the folder for arrivals."""
    return list((root / INCOMING).iterdir())


@pytest.mark.parametrize("step", ["os.fsync", "Path.hardlink_to", "Path.unlink"])
def test_a_writer_killed_within_a_create_leaves_all_or_nothing(tmp_path: Path, step: str) -> None:
    """Killed before its bytes are on disk, before they have a name, or after: no half object."""
    text = f"""
    def die(*arguments, **options):
        os.kill(os.getpid(), signal.SIGKILL)
    {step} = die
    bucket.put_if_absent("tail/1", b"x" * 100_000)
    """
    killed = program(text, tmp_path)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    bucket = FolderBucket(tmp_path)

    named = step == "Path.unlink"
    assert [entry.key for entry in bucket.list("")] == (["tail/1"] if named else [])
    assert len(strays(tmp_path)) == 1
    assert bucket.put_if_absent("tail/1", b"again") is not named
    assert len(bucket.get("tail/1").body) == (100_000 if named else 5)


def test_no_acknowledged_object_is_lost_when_a_writer_is_killed(tmp_path: Path) -> None:
    """Kill -9 in the midst of writing: all that was acknowledged is there, and nothing torn."""
    text = """
    for number in range(100_000):
        bucket.put_if_absent(f"tail/{number:06}", b"%06d" % number * 2_000)
        print(number, flush=True)
    """
    writer = program(text, tmp_path)
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline().strip() for _ in range(60)]
    writer.kill()
    writer.communicate()
    bucket = FolderBucket(tmp_path)

    entries = bucket.list("tail/")
    assert len(entries) >= len(acknowledged)
    assert {entry.size for entry in entries} == {12_000}
    for entry in entries:
        assert bucket.get(entry.key).body == entry.key[-6:].encode() * 2_000


def test_what_killed_writers_left_is_swept_after_a_day(tmp_path: Path) -> None:
    """Opening removes strays older than a day, and leaves younger ones to their writers."""
    bucket = FolderBucket(tmp_path)
    old, young = (tmp_path / INCOMING / name for name in ("old", "young"))
    for path in (old, young):
        path.write_bytes(b"half")
    now_ms = bucket.now_ms()
    assert now_ms is not None
    moment = (now_ms - STRAY_AGE_MS) / 1000 - 60
    os.utime(old, (moment, moment))

    FolderBucket(tmp_path)

    assert strays(tmp_path) == [young]


def test_of_racing_processes_exactly_one_creates(tmp_path: Path) -> None:
    """Three processes on the same 200 keys: each key has one creator and that one's bytes."""
    FolderBucket(tmp_path)
    text = """
    input_ready = sys.stdin.read()
    name = sys.argv[2]
    for number in range(200):
        if bucket.put_if_absent(f"tail/{number:03}", name.encode()):
            print(f"tail/{number:03}")
    """
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", PREAMBLE + dedent(text), str(tmp_path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "abc"
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.close()
    won = {name: _lines(racer) for name, racer in zip("abc", racers, strict=True)}
    bucket = FolderBucket(tmp_path)

    assert sorted(key for keys in won.values() for key in keys) == [
        f"tail/{number:03}" for number in range(200)
    ]
    for name, keys in won.items():
        assert {bucket.get(key).body for key in keys} <= {name.encode()}
    assert strays(tmp_path) == []


def test_writers_and_deleters_of_one_folder_do_not_hinder_each_other(tmp_path: Path) -> None:
    """A delete removes a folder that it empties, yet no put next to it ever fails."""
    FolderBucket(tmp_path)
    text = """
    for number in range(300):
        bucket.put(f"deep/down/{sys.argv[2]}", b"x")
        bucket.delete(f"deep/down/{sys.argv[2]}")
    """
    racers = [program(text, tmp_path, name) for name in "ab"]
    said = [racer.communicate()[1] for racer in racers]

    assert said == ["", ""]
    assert FolderBucket(tmp_path).list("") == []


def test_a_full_disk_is_unavailable_and_leaves_no_litter(tmp_path: Path) -> None:
    """Without space a put says so, removes its file, and works again once there is space."""
    text = """
    from skygarth.bucket import codes
    from skygarth.model.errors import Unavailable
    for write in (bucket.put, bucket.put_if_absent):
        try:
            write("tail/large", bytes(900_000))
        except Unavailable as full:
            assert full.code == codes.DISK_FULL, full
        else:
            raise AssertionError("it fitted")
    assert list(Path(sys.argv[1], ".incoming").iterdir()) == []
    assert bucket.list("") == []
    bucket.put("tail/small", bytes(100_000))
    """
    mounting = 'mount -t tmpfs -o size=512k none "$1" && exec "$2" -c "$3" "$1"'
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", mounting, "sh"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*command[:3], "true"], check=False).returncode
    ):
        pytest.skip("no private mounts here: run it as root, or allow user namespaces")
    ended = subprocess.run(
        [*command, str(tmp_path), sys.executable, PREAMBLE + dedent(text)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_folder_that_may_not_be_used_is_denied(tmp_path: Path) -> None:
    """Opening, reading, writing and listing without the right to say so, each with a hint."""
    bucket = FolderBucket(tmp_path / "bucket")
    bucket.put("tail/1", b"x")
    text = """
    from skygarth.model.errors import Denied, SkygarthError
    root = Path(sys.argv[1])
    root.chmod(0)
    if os.getuid() == 0:
        os.setuid(65534)
    requests = [
        lambda: FolderBucket(root),
        lambda: bucket.get("tail/1"),
        lambda: bucket.put("tail/2", b""),
        lambda: bucket.put_if_absent("tail/2", b""),
        lambda: bucket.list(""),
        lambda: bucket.delete("tail/1"),
    ]
    for request in requests:
        try:
            request()
        except SkygarthError as error:
            print(type(error).__name__, error.code, bool(error.hint))
    """
    denied = program(text, tmp_path / "bucket")
    said, failed = denied.communicate()
    (tmp_path / "bucket").chmod(0o700)

    assert failed == ""
    assert said.splitlines() == ["Denied SG-BUCKET-002 True"] * 6


@pytest.mark.parametrize("gone", ["removed", "unmounted"])
def test_a_vanished_folder_is_unavailable_and_not_made_anew(tmp_path: Path, gone: str) -> None:
    """Without its folder, or with an empty one in its place, every request says so."""
    root = tmp_path / "bucket"
    bucket = FolderBucket(root)
    bucket.put("tail/1", b"x")
    root.rename(tmp_path / "elsewhere")
    if gone == "unmounted":
        root.mkdir()

    for request in REQUESTS:
        with pytest.raises(Unavailable) as raised:
            request(bucket)

        assert raised.value.code == codes.FOLDER_GONE
    assert list(tmp_path.glob("bucket/*")) == []

    shutil.rmtree(root, ignore_errors=True)
    (tmp_path / "elsewhere").rename(root)
    assert bucket.get("tail/1").body == b"x"


def test_a_key_cannot_be_another_ones_beginning(tmp_path: Path) -> None:
    """Where a file system cannot hold both `x` and `x/y`, the second is refused, whole."""
    bucket = FolderBucket(tmp_path)
    bucket.put("x", b"1")
    bucket.put("y/z", b"1")

    for write in (bucket.put, bucket.put_if_absent):
        for key in ("x/y", "y"):
            with pytest.raises(Invalid) as raised:
                write(key, b"2")

            assert raised.value.code == codes.BAD_KEY
    for key in ("x/y", "y"):
        with pytest.raises(NotFound):
            bucket.get(key)
        bucket.delete(key)
    assert [entry.key for entry in bucket.list("")] == ["x", "y/z"]
    assert strays(tmp_path) == []


def test_only_objects_are_listed(tmp_path: Path) -> None:
    """The marker, arrivals and hidden files of file managers are no objects."""
    bucket = FolderBucket(tmp_path)
    bucket.put("tail/1", b"x")
    (tmp_path / ".DS_Store").write_bytes(b"")
    (tmp_path / "tail" / ".nfs0001").write_bytes(b"")
    (tmp_path / INCOMING / "1-1").write_bytes(b"half")

    assert [entry.key for entry in bucket.list("")] == ["tail/1"]
    assert (tmp_path / MARKER).read_text().startswith("A Skygarth bucket")


def test_a_stray_with_our_next_name_is_not_touched(tmp_path: Path) -> None:
    """Process ids come back; a file of a dead namesake is stepped over."""
    bucket = FolderBucket(tmp_path)
    for serial in range(10_000):
        (tmp_path / INCOMING / f"{os.getpid()}-{serial}").touch()

    assert bucket.put_if_absent("a", b"mine")
    assert len(strays(tmp_path)) == 10_000


def test_deleting_leaves_no_empty_folders(tmp_path: Path) -> None:
    """A bucket has no folders, so an empty one must not stay behind."""
    bucket = FolderBucket(tmp_path)
    bucket.put("a/b/c", b"x")
    bucket.put("a/d", b"x")

    bucket.delete("a/b/c")

    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["d"]


def _lines(racer: subprocess.Popen[str]) -> list[str]:
    """What a racer said, once it has ended well."""
    assert racer.stdout is not None
    said = racer.stdout.read().splitlines()
    assert racer.wait() == 0
    racer.stdout.close()
    return said
