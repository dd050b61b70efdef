"""Which repository a bucket holds, and when it may become one."""

from __future__ import annotations

import pytest

from skygarth.bucket.memory import MemoryBucket
from skygarth.bucket.port import Entry
from skygarth.clock.chance import SeededChance
from skygarth.formats import bucket_keys as keys
from skygarth.formats.records import RepositoryRecord, encode_record
from skygarth.formats.snapshot import vector_hash
from skygarth.model.errors import Conflict, NotFound
from skygarth.model.position import Incarnation, Position
from skygarth.node.founding import FORMAT, Founding, repository_of

AUTHOR = Incarnation("a" * 32)
HOME = "home"


def _founding(bucket: MemoryBucket) -> Founding:
    return Founding(bucket, SeededChance("founding"), probe=False)


@pytest.mark.parametrize(
    "key",
    [
        keys.segment_key(Position(AUTHOR, 1)),
        keys.manifest_key(vector_hash({AUTHOR: 1})),
        keys.card_key(AUTHOR),
    ],
    ids=["tail", "snap", "node"],
)
def test_a_bucket_that_lost_its_record_gets_no_second_one(key: str) -> None:
    """What is left of a repository is not mixed with another (BKT-10)."""
    bucket = MemoryBucket()
    bucket.put(key, b"something")
    with pytest.raises(Conflict) as refused:
        _founding(bucket).find(create=True)

    assert refused.value.code == "SG-REPOSITORY-003"
    assert key in refused.value.message
    assert "skygarth sync refill" in refused.value.hint
    assert repository_of(bucket) == ""


@pytest.mark.parametrize("key", ["probe/clock/now", keys.HINT_KEY, "holiday.jpg"])
def test_what_is_no_repositorys_is_no_obstacle(key: str) -> None:
    """A bucket may hold what people put there (BKT-3), and what a store was tried out with."""
    bucket = MemoryBucket()
    bucket.put(key, b"something")

    assert _founding(bucket).find(create=True) == repository_of(bucket) != ""


class FoundedMeanwhile(MemoryBucket):
    """Another node founds the repository, and writes, while this one lists."""

    def list(self, prefix: str) -> list[Entry]:
        """Everything below a prefix; then it is founded already."""
        self.put(keys.REPOSITORY_KEY, encode_record(RepositoryRecord(HOME, FORMAT, ())))
        self.put(keys.segment_key(Position(AUTHOR, 1)), b"something")
        return super().list(prefix)


def test_who_comes_second_joins() -> None:
    """Segments that stand there are those of the one who was faster (BKT-10)."""
    assert _founding(FoundedMeanwhile()).find(create=True) == HOME


class NoBucket(MemoryBucket):
    """There is none."""

    def get(self, key: str) -> object:  # type: ignore[override]
        """Nothing to read from."""
        raise NotFound("no such bucket", code="SG-BUCKET-005")


def test_a_bucket_that_does_not_exist_is_no_empty_one() -> None:
    """Nothing is founded where nothing is."""
    with pytest.raises(NotFound):
        _founding(NoBucket()).find(create=True)
