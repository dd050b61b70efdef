"""An emptied bucket gets its content back: what is written, in which order, and what is refused."""

from __future__ import annotations

import pytest
from tests.node.test_conductor import HOME, FaultyMemory, Rig

from skygarth.clock.manual_clock import ManualClock
from skygarth.formats import bucket_keys as keys
from skygarth.formats.records import RepositoryRecord, encode_record
from skygarth.model.errors import Conflict, NotFound, Unavailable
from skygarth.model.position import Incarnation, Position
from skygarth.node.founding import FORMAT, repository_of
from skygarth.node.populating import newest_snapshot
from skygarth.node.refilling import refill, refuse_refill, stands
from skygarth.replication import events as ev
from skygarth.replication import instructions as do

STRANGER = Incarnation("f" * 32)


class Watched(FaultyMemory):
    """A bucket that remembers in which order keys were made."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock.now_ms)
        self.made: list[str] = []

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Write, and remember."""
        self.made.append(key)
        return super().put_if_absent(key, body)

    def wipe(self) -> None:
        """Remove everything."""
        for entry in self.list(""):
            self.delete(entry.key)
        self.made.clear()


@pytest.fixture
def bucket() -> Watched:
    """A bucket with a repository."""
    bucket = Watched(ManualClock())
    bucket.put(keys.REPOSITORY_KEY, encode_record(RepositoryRecord(HOME, FORMAT, ())))
    return bucket


@pytest.fixture
def rig(bucket: Watched) -> Rig:
    """A node that has published one note."""
    rig = Rig("a", bucket, ManualClock())
    rig.ask(do.FindRepository(create=False))
    rig.ask(do.AdoptRepository(HOME))
    rig.note(1)
    rig.publish()
    return rig


def _digest(rig: Rig) -> str:
    return rig.replica.identity().digest


def test_the_record_comes_last(rig: Rig, bucket: Watched) -> None:
    """Whoever finds the record finds the content too (REP-27)."""
    bucket.wipe()
    answer = rig.ask(do.RefillBucket())

    assert answer == ev.BucketRefilled({rig.incarnation: 1})
    assert bucket.made[-1] == keys.REPOSITORY_KEY
    assert repository_of(bucket) == HOME
    newest = newest_snapshot(bucket)
    assert newest is not None
    assert (newest.vector, newest.objects) == ({rig.incarnation: 1}, 1)


def test_the_snapshot_of_a_refill_is_the_newest(rig: Rig, bucket: Watched) -> None:
    """Even where an older one was taken by a node whose clock was ahead (REP-27)."""
    refill(bucket, rig.database, repository=HOME, node="a", now_ms=5_000)
    rig.note(2)
    rig.publish(2, previous=_digest(rig))
    taken = refill(bucket, rig.database, repository=HOME, node="a", now_ms=1_000)

    assert newest_snapshot(bucket) == taken.entry


def test_unpublished_changes_come_first(rig: Rig, bucket: Watched) -> None:
    """A snapshot never holds what no position names: the machine tries again (REP-27)."""
    bucket.wipe()
    rig.note(2)
    answer = rig.ask(do.RefillBucket())

    assert isinstance(answer, ev.RequestFailed)
    assert not answer.lasting
    assert isinstance(answer.fault, Unavailable)
    assert repository_of(bucket) == ""


def test_anothers_bucket_is_refused(rig: Rig, bucket: Watched) -> None:
    """By its record, and by what is left of it where that is lost (REP-27)."""
    bucket.put(keys.REPOSITORY_KEY, encode_record(RepositoryRecord("other", FORMAT, ())))
    answer = rig.ask(do.RefillBucket())
    assert isinstance(answer, ev.RequestFailed)
    assert answer.lasting
    assert isinstance(answer.fault, Conflict)
    assert answer.fault.code == "SG-REPOSITORY-008"
    bucket.delete(keys.REPOSITORY_KEY)
    refuse_refill(bucket, HOME, rig.replica.vector())

    with pytest.raises(Conflict):
        refuse_refill(bucket, "a-third", rig.replica.vector())


def test_a_snapshot_of_another_repository_is_refused(rig: Rig, bucket: Watched) -> None:
    """Where only that is left of it."""
    bucket.wipe()
    refill(bucket, rig.database, repository="other", node="o", now_ms=1)
    bucket.delete(keys.REPOSITORY_KEY)

    with pytest.raises(Conflict) as refused:
        refuse_refill(bucket, HOME, rig.replica.vector())
    assert refused.value.code == "SG-REPOSITORY-008"


def test_a_node_that_lacks_what_is_there_is_refused(rig: Rig, bucket: Watched) -> None:
    """Unless it can read that on, segment by segment (SG-REPOSITORY-009, REP-27)."""
    refill(bucket, rig.database, repository=HOME, node="a", now_ms=1)
    refuse_refill(bucket, HOME, {STRANGER: 4})
    bucket.delete(keys.segment_key(Position(rig.incarnation, 1)))

    with pytest.raises(Conflict) as refused:
        refuse_refill(bucket, HOME, {STRANGER: 4})
    assert refused.value.code == "SG-REPOSITORY-009"


def test_a_bucket_that_is_not_there_proves_nothing(bucket: Watched) -> None:
    """No segment is gone because a folder was not mounted (REP-26)."""
    bucket.fault = NotFound("no such bucket", code="SG-BUCKET-005")

    with pytest.raises(Unavailable):
        stands(bucket, Position(STRANGER, 1))


def test_a_log_is_proven_by_a_look(rig: Rig, bucket: Watched) -> None:
    """What stands there is not read any further (REP-26)."""
    position = Position(rig.incarnation, 1)
    assert rig.ask(do.ProveLog(position)) == ev.LogProven(position, stands=True)
    bucket.wipe()

    assert rig.ask(do.ProveLog(position)) == ev.LogProven(position, stands=False)
