"""One contract, every bucket: memory, a folder, three real S3 servers of different makes, sealed.

rclone's server stands for stores without conditional writes: there the
contract is that a node notices, and says SG-BUCKET-004.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Barrier

import pytest
from tests.sealed_repositories import SealedRepository

from skygarth.bucket import Bucket, codes
from skygarth.bucket.folder import FolderBucket
from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.object_store_connecting import object_store_at
from skygarth.bucket.probe import ProbeReport, conditional_writes, probe_bucket
from skygarth.bucket.sealed import SealedBucket
from skygarth.model.errors import Invalid, NotFound

CONDITIONAL = ["memory", "folder", "sealed", "seaweed", "ceph"]
S3 = ["seaweed", "ceph", "rclone"]
ALL = ["memory", "folder", "sealed", *S3]


def _params(kinds: list[str]) -> list[object]:
    """Kinds of buckets, with what each needs to run: a server, and one worker to run it on."""
    return [
        pytest.param(kind, marks=[pytest.mark.server, pytest.mark.xdist_group(kind)])
        if kind in S3
        else kind
        for kind in kinds
    ]


every_bucket = pytest.mark.parametrize("kind", _params(ALL))
every_conditional_bucket = pytest.mark.parametrize("kind", _params(CONDITIONAL))


@pytest.fixture
def bucket(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Bucket:
    """An empty bucket of this kind, bare, so that nothing hides what the store does."""
    if kind == "memory":
        return MemoryBucket(lambda: time.time_ns() // 1_000_000)
    if kind == "folder":
        return FolderBucket(tmp_path / "bucket")
    if kind == "sealed":
        memory = MemoryBucket(lambda: time.time_ns() // 1_000_000)
        return SealedRepository(memory).member("a").bucket
    url, environ = request.getfixturevalue(f"{kind}_url")
    return object_store_at(url, environ)


def _listed(bucket: Bucket) -> list[str]:
    """Every key that the test has put; a sealed repository's own are left out."""
    every = [entry.key for entry in bucket.list("")]
    return [key for key in every if key != "repo.json" and not key.startswith("keys/")]


def _sealing(bucket: Bucket) -> int:
    """How many bytes this bucket adds to an object of a short key."""
    if not isinstance(bucket, SealedBucket):
        return 0
    bucket.put("size/a-1", b"")
    (entry,) = bucket.list("size/")
    bucket.delete("size/a-1")
    return entry.size


@every_bucket
def test_what_is_put_can_be_got(bucket: Bucket) -> None:
    """A put is seen whole by the next get, with its size in the listing and the bucket's time."""
    body = bytes(range(256)) * 20

    bucket.put("tail/a-1", body)

    content = bucket.get("tail/a-1")
    (entry,) = bucket.list("tail/")
    assert body == content.body
    assert ("tail/a-1", len(body)) == (entry.key, entry.size - _sealing(bucket))
    assert abs(content.modified_ms - entry.modified_ms) < 2_000


@every_bucket
def test_put_overwrites(bucket: Bucket) -> None:
    """Of several puts on one key, however quick, readers see the last."""
    for number in range(20):
        bucket.put("hint", f"{number:04}".encode())

        assert f"{number:04}".encode() == bucket.get("hint").body


@every_bucket
def test_an_empty_object_is_an_object(bucket: Bucket) -> None:
    """No bytes are something else than no object."""
    bucket.put("tail/a-0", b"")

    assert bucket.get("tail/a-0").body == b""
    assert [entry.size - _sealing(bucket) for entry in bucket.list("tail/")] == [0]


@every_bucket
def test_a_large_object_comes_back_whole(bucket: Bucket) -> None:
    """Sixteen MiB, the largest segment, go in one request."""
    body = bytes(range(251)) * (16 * 1024 * 1024 // 251)

    bucket.put("large", body)

    assert body == bucket.get("large").body
    assert body[5_000_000:5_001_000] == bucket.get_range("large", 5_000_000, 1_000)


@every_bucket
@pytest.mark.parametrize(
    "read",
    [
        lambda bucket: bucket.get("absent/key"),
        lambda bucket: bucket.get_if_changed("absent/key", None),
        lambda bucket: bucket.get_if_changed("absent/key", '"0123"'),
        lambda bucket: bucket.get_range("absent/key", 0, 1),
    ],
    ids=["get", "get_if_changed without etag", "get_if_changed", "get_range"],
)
def test_reading_an_absent_key_says_not_found(
    bucket: Bucket, read: Callable[[Bucket], object]
) -> None:
    """Every way of reading raises NotFound with one code and the key in its message."""
    with pytest.raises(NotFound, match="absent/key") as raised:
        read(bucket)

    assert raised.value.code == codes.NO_KEY


@every_bucket
def test_an_unchanged_object_is_not_sent_again(bucket: Bucket) -> None:
    """With the last etag one learns that nothing changed, or gets what did."""
    bucket.put("hint", b"one")
    etag = bucket.get("hint").etag
    assert etag is not None

    assert bucket.get_if_changed("hint", etag) is None
    bucket.put("hint", b"two")
    changed = bucket.get_if_changed("hint", etag)
    assert changed is not None
    assert changed.body == b"two"
    assert bucket.get_if_changed("hint", changed.etag) is None


@every_bucket
def test_a_change_of_same_size_is_always_seen(bucket: Bucket) -> None:
    """Overwriting back and forth within one tick of a clock never hides the last content."""
    for number in range(30):
        before = bucket.get("hint").etag if number else None
        bucket.put("hint", b"ab"[number % 2 : number % 2 + 1])

        seen = bucket.get_if_changed("hint", before)

        assert seen is not None
        assert b"ab"[number % 2 : number % 2 + 1] == seen.body


@every_bucket
@pytest.mark.parametrize(
    ("start", "length", "expected"), [(0, 3, b"012"), (4, 2, b"45"), (8, 99, b"89")]
)
def test_a_part_can_be_read(bucket: Bucket, start: int, length: int, expected: bytes) -> None:
    """A range gives its bytes, and fewer where the object ends before."""
    bucket.put("part", b"0123456789")

    assert expected == bucket.get_range("part", start, length)


@every_bucket
def test_a_range_beyond_the_end_is_refused(bucket: Bucket) -> None:
    """A range that begins where the object ends or later is the caller's mistake."""
    bucket.put("part", b"0123456789")

    with pytest.raises(Invalid) as raised:
        bucket.get_range("part", 10, 1)

    assert raised.value.code == codes.BAD_RANGE


@every_bucket
def test_listing_is_sorted_and_complete(bucket: Bucket) -> None:
    """All keys below a prefix are listed by the order of their bytes, whatever the store does."""
    keys = ["log/0001-b", "log/0001-a", "log/0010-a", "log/Z", "log/z", "log/é", "logs/1", "a"]
    for key in keys:
        bucket.put(key, b"x")

    assert sorted(keys, key=str.encode) == _listed(bucket)
    assert [
        *("log/0001-a", "log/0001-b", "log/0010-a", "log/Z", "log/z", "log/é"),
    ] == [entry.key for entry in bucket.list("log/")]
    assert [entry.key for entry in bucket.list("log/0001")] == ["log/0001-a", "log/0001-b"]
    assert [entry.key for entry in bucket.list("log/z")] == ["log/z"]
    assert bucket.list("nothing/") == []


@every_bucket
def test_listing_goes_through_all_pages(bucket: Bucket) -> None:
    """More than a thousand keys, a page of S3, are listed to the last."""
    keys = [f"tail/{number:08x}" for number in range(1_050)]
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda key: bucket.put(key, b"x"), keys))

    assert keys == [entry.key for entry in bucket.list("tail/")]


@every_bucket
def test_deleting_is_final_and_repeatable(bucket: Bucket) -> None:
    """A deleted key is gone from gets and listings; deleting it again is fine."""
    bucket.put("tail/1", b"x")
    bucket.put("tail/2", b"x")

    bucket.delete("tail/1")
    bucket.delete("tail/1")
    bucket.delete("never/was")

    assert _listed(bucket) == ["tail/2"]
    with pytest.raises(NotFound):
        bucket.get("tail/1")


@every_bucket
def test_a_deleted_key_can_be_written_again(bucket: Bucket) -> None:
    """Nothing of a deleted object is in the way of a new one."""
    bucket.put("deep/down/key", b"old")
    bucket.delete("deep/down/key")

    assert bucket.put_if_absent("deep/down/key", b"new")

    assert bucket.get("deep/down/key").body == b"new"


@every_bucket
def test_any_valid_key_is_held(bucket: Bucket) -> None:
    """Spaces, signs of addresses, letters of all scripts, long parts: all come back unchanged."""
    keys = ["a b/c d", "100%/x+y=z&q", "ключ/鍵", "q?#/;:@,$!~*'()", "x/" + "l" * 200, "e/a..b"]
    for key in keys:
        bucket.put(key, key.encode())

    assert [key.encode() for key in keys] == [bucket.get(key).body for key in keys]
    assert sorted(keys, key=str.encode) == _listed(bucket)


@every_bucket
@pytest.mark.parametrize(
    "key",
    [
        *("", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".hidden"),
        *("a\\b", "a\nb", "a\0", "x" * 201, "y/" * 450 + "z", "\ud800"),
    ],
)
def test_no_request_takes_a_key_that_some_store_would_mangle(bucket: Bucket, key: str) -> None:
    """What could leave a folder or come back under another name is refused before it is sent."""
    requests: list[Callable[[], object]] = [
        lambda: bucket.get(key),
        lambda: bucket.get_if_changed(key, None),
        lambda: bucket.get_range(key, 0, 1),
        lambda: bucket.put(key, b""),
        lambda: bucket.put_if_absent(key, b""),
        lambda: bucket.delete(key),
    ]
    for request in requests:
        with pytest.raises(Invalid) as raised:
            request()

        assert raised.value.code == codes.BAD_KEY


@every_conditional_bucket
def test_only_the_first_create_succeeds(bucket: Bucket) -> None:
    """A create of an existing key says False and changes nothing."""
    assert bucket.put_if_absent("tail/1", b"first")
    assert not bucket.put_if_absent("tail/1", b"second")

    assert bucket.get("tail/1").body == b"first"


@every_conditional_bucket
def test_of_racing_creates_exactly_one_succeeds(bucket: Bucket, kind: str) -> None:
    """Eight writers on one key, several times: one True each, and its bytes stay."""
    # SeaweedFS settles a contended create in two seconds, all others in milliseconds.
    for lap in range(2 if kind == "seaweed" else 10):
        key = f"race/{lap}"
        start = Barrier(8)

        def create(number: int, key: str = key, start: Barrier = start) -> bool:
            start.wait()
            return bucket.put_if_absent(key, bytes([number]))

        with ThreadPoolExecutor(8) as racers:
            won = list(racers.map(create, range(8)))

        assert won.count(True) == 1
        assert bytes([won.index(True)]) == bucket.get(key).body


@every_bucket
def test_the_bucket_tells_its_own_time(bucket: Bucket) -> None:
    """Its clock lies within two seconds of this machine's, as all are on this machine."""
    told = bucket.now_ms()

    assert told is not None
    assert abs(told - time.time() * 1000) < 2_000


@every_conditional_bucket
def test_a_good_store_passes_its_probe(bucket: Bucket) -> None:
    """A store with conditional writes gives a report without findings and is left as it was."""
    report = _report(bucket)

    assert report.verdict == "ok"
    assert bucket.list("probe/t1/") == []
    assert conditional_writes(bucket, "t2")
    assert bucket.list("probe/t2/") == []


@pytest.mark.parametrize("kind", _params(["rclone"]))
def test_a_store_without_conditional_writes_is_found_out(bucket: Bucket) -> None:
    """Where If-None-Match is ignored, the probe says SG-BUCKET-004, why, and what to do."""
    report = _report(bucket)

    bad = [finding for finding in report.findings if finding.verdict == "bad"]
    assert not conditional_writes(bucket, "t2")
    assert {codes.IGNORED_IF_NONE_MATCH} == {finding.code for finding in bad}
    assert bad[0].probed == "two creates of one key both succeeded"
    assert "allow_unconditional" in bad[0].fix


def _report(bucket: Bucket) -> ProbeReport:
    """A probe by this machine's clock, whose stopwatch always takes one millisecond."""
    ticks = count()
    return probe_bucket(
        bucket,
        "t1",
        stopwatch=lambda: next(ticks) / 1000,
        now_ms=lambda: time.time_ns() // 1_000_000,
    )
