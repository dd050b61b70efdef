"""An emptied bucket gets its content back from a node that holds it (REP-27).

The snapshot is written first and the repository's record last: whoever finds
the record finds the content too, and until then every node waits.
"""

from __future__ import annotations

from skygarth.bucket.port import Bucket
from skygarth.database.port import Database
from skygarth.formats import bucket_keys as keys
from skygarth.formats.records import RepositoryRecord, encode_record
from skygarth.formats.segment import decode_segment_header
from skygarth.formats.snapshot import decode_manifest
from skygarth.model.errors import Conflict, Damaged, NotFound, Unavailable
from skygarth.model.position import Incarnation, Position, Vector
from skygarth.node.founding import FORMAT, repository_of
from skygarth.node.populating import newest_snapshot
from skygarth.node.snapshots import SnapshotTaken, take_snapshot


def refill(
    bucket: Bucket, database: Database, *, repository: str, node: str, now_ms: int
) -> SnapshotTaken:
    """Put a snapshot of this database and the repository's record into the bucket.

    Raises:
        Unavailable: local changes wait to be published, or the bucket is away.
        Conflict: the bucket holds what is not this node's, or what it lacks.
    """
    assert repository, "who has met no repository has nothing to refill"
    refuse_refill(bucket, repository, database.replica().vector())
    newest = newest_snapshot(bucket)
    if newest is not None:
        now_ms = max(now_ms, newest.created_ms + 1)  # whoever begins empty takes the newest
    taken = take_snapshot(bucket, database, repository=repository, node=node, now_ms=now_ms)
    record = RepositoryRecord(repository, FORMAT, ())
    bucket.put_if_absent(keys.REPOSITORY_KEY, encode_record(record))
    if repository_of(bucket) != repository:
        raise _another(repository_of(bucket))
    return taken


def refuse_refill(bucket: Bucket, repository: str, vector: Vector) -> None:
    """Raise if this bucket must not be refilled from a database that stands at `vector`.

    Raises:
        Conflict: it holds another repository or its remains (SG-REPOSITORY-008), or a
            snapshot of what this node lacks and could not read any more (SG-REPOSITORY-009).
    """
    for found in (repository_of(bucket), _author_of_tail(bucket)):
        if found and found != repository:
            raise _another(found)
    newest = newest_snapshot(bucket)
    if newest is None:
        return
    manifest = bucket.get(keys.manifest_key(newest.vector_hash)).body
    found = decode_manifest(manifest, expected=newest.vector_hash).repository
    if found != repository:
        raise _another(found)
    for incarnation, through in newest.vector.items():
        known = vector.get(incarnation, 0)
        if known < through and not stands(bucket, Position(incarnation, known + 1)):
            raise _lacks(incarnation, known, through)


def stands(bucket: Bucket, position: Position) -> bool:
    """Whether there is an object in a slot, whatever it is.

    Raises:
        Unavailable: there is no bucket to look into.
    """
    try:
        bucket.get(keys.segment_key(position))
    except NotFound as absent:
        if absent.code != "SG-BUCKET-404":
            raise Unavailable(absent.message, code=absent.code, hint=absent.hint) from absent
        return False
    except Damaged:
        return True  # of a sealed bucket, where somebody put what none of us did
    return True


def _author_of_tail(bucket: Bucket) -> str:
    """The repository that the first segment names; "" if there is none."""
    for entry in bucket.list(keys.TAIL_PREFIX):
        if keys.parse_segment_key(entry.key) is not None:
            return decode_segment_header(bucket.get(entry.key).body).repository
    return ""


def _another(found: str) -> Conflict:
    return Conflict(
        f"the bucket holds another repository, or what is left of one. found={found!r}",
        code="SG-REPOSITORY-008",
        hint="point the node at its own bucket, or give it an empty one",
    )


def _lacks(incarnation: Incarnation, known: int, through: int) -> Conflict:
    return Conflict(
        "the bucket holds a snapshot of what this node lacks. "
        f"log='{incarnation}' known={known} in_snapshot={through}",
        code="SG-REPOSITORY-009",
        hint="refill from the node that took it; or, if this one holds what matters, empty the"
        " bucket first, and start that node with an empty data folder",
    )
