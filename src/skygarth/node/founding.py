"""Which repository a bucket holds, and founding the first one.

A bucket without `repo.json` is empty, or it was emptied, or somebody lost that
one object. Only the first may become a new repository: founded beside another
one's objects, the new one would be mixed with them (BKT-10).
"""

from __future__ import annotations

from skygarth.bucket.port import Bucket
from skygarth.bucket.probe import conditional_writes
from skygarth.clock.chance import Chance
from skygarth.formats import bucket_keys as keys
from skygarth.formats.records import RepositoryRecord, decode_repository, encode_record
from skygarth.model.errors import Conflict, NotFound, Unsupported

FORMAT = 1
_OURS = (keys.TAIL_PREFIX, keys.SNAPSHOT_PREFIX, keys.NODE_PREFIX, keys.TRUST_PREFIX)
"""What no bucket holds that was never a repository."""


class Founding:
    """Finds the repository of a bucket, or makes it one.

    Args:
        probe: find out whether the bucket keeps create-only PUTs (REP-15).
    """

    def __init__(self, bucket: Bucket, chance: Chance, *, probe: bool) -> None:
        self._bucket = bucket
        self._chance = chance
        self._unproven = probe

    def find(self, *, create: bool) -> str:
        """The repository's id; "" if the bucket holds none and none was to be created.

        Raises:
            NotFound: there is no such bucket.
            Conflict: it holds a repository's objects without its record (SG-REPOSITORY-003).
            Unsupported: it ignores create-only PUTs (SG-BUCKET-004), or is of a later version.
        """
        repository = repository_of(self._bucket)
        if not repository and create:
            repository = self._found()
        if repository:
            self._prove_conditional_writes()
        return repository

    def _found(self) -> str:
        """Make the bucket a repository; of several nodes that do so at once one succeeds."""
        found = next((entries[0].key for p in _OURS if (entries := self._bucket.list(p))), "")
        # Somebody may have founded it, and written, between our look and the listing.
        repository = repository_of(self._bucket)
        if repository:
            return repository
        if found:
            raise Conflict(
                "the bucket holds a repository's objects, but not its record repo.json:"
                f" a second repository founded here would be mixed with them. found='{found}'",
                code="SG-REPOSITORY-003",
                hint="if the bucket was emptied, run `skygarth sync refill` on the node that holds"
                " most; if only repo.json is lost, put it back; otherwise use an empty bucket."
                " This node looks again by itself",
            )
        record = RepositoryRecord(self._chance.bytes(16).hex(), FORMAT, ())
        self._bucket.put_if_absent(keys.REPOSITORY_KEY, encode_record(record))
        return decode_repository(self._bucket.get(keys.REPOSITORY_KEY).body).repository

    def _prove_conditional_writes(self) -> None:
        """Without create-only PUTs two holders of one identity could overwrite each other."""
        if not self._unproven:
            return
        if not conditional_writes(self._bucket, self._chance.bytes(8).hex()):
            raise Unsupported(
                f"{self._bucket.url} ignored If-None-Match",
                code="SG-BUCKET-004",
                hint="two processes sharing an identity could overwrite segments:"
                " upgrade the store, or accept with allow_unconditional = true",
            )
        self._unproven = False


def repository_of(bucket: Bucket) -> str:
    """The id in the bucket's `repo.json`; "" if there is none.

    Raises:
        NotFound: there is no such bucket.
        Damaged, Unsupported: the record cannot be read, or is of a later version.
    """
    try:
        return decode_repository(bucket.get(keys.REPOSITORY_KEY).body).repository
    except NotFound as absent:
        if absent.code != "SG-BUCKET-404":
            raise
        return ""
