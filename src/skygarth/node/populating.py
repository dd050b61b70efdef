"""A new node fills itself from the bucket's newest snapshot (SNP-4 to SNP-6).

Chunks are fetched some ahead of the one that is being loaded, verified against
the digest that names them, and remembered in the commit that loads them, so a
node that is killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from skygarth.bucket.port import Bucket
from skygarth.database.port import Replica
from skygarth.formats import bucket_keys as keys
from skygarth.formats.catalog import SnapshotEntry, decode_catalog
from skygarth.formats.snapshot import ChunkEntry, Manifest, decode_chunk, decode_manifest
from skygarth.model.errors import NotFound, Unavailable
from skygarth.model.position import Vector

Ahead = Callable[[Callable[[ChunkEntry], bytes], Iterable[ChunkEntry]], Iterator[bytes]]
"""Applies a function to entries, in order; may run some ahead of its reader."""

Progress = Callable[[int, int], None]
"""Told (chunks loaded, chunks in all)."""


def newest_snapshot(bucket: Bucket) -> SnapshotEntry | None:
    """The newest snapshot that the catalog names; None if there is none."""
    numbers = [keys.parse_catalog_key(entry.key) for entry in bucket.list(keys.CATALOG_PREFIX)]
    known = [number for number in numbers if number is not None]
    if not known:
        return None
    catalog = decode_catalog(bucket.get(keys.catalog_key(max(known))).body)
    return max(catalog.snapshots, key=lambda entry: entry.created_ms, default=None)


class SnapshotReader:
    """Finds and loads a snapshot."""

    def __init__(
        self,
        bucket: Bucket,
        replica: Replica,
        *,
        ahead: Ahead = map,
        progress: Progress | None = None,
    ) -> None:
        self._bucket = bucket
        self._replica = replica
        self._ahead = ahead
        self._progress = progress
        self._found: SnapshotEntry | None = None

    def find(self) -> Vector | None:
        """The vector of the newest snapshot, or of the one that is half loaded; None if none.

        Raises:
            Unavailable: the one that is half loaded has gone (SG-SNAPSHOT-010).
        """
        begun = next(iter(self._replica.populated()), "")
        if begun:
            # Chunks of two snapshots do not fit each other: the same object stands in both.
            name = begun.partition("/")[0]
            self._found = SnapshotEntry(name, self._manifest(name).vector, 0, 0)
        else:
            self._found = newest_snapshot(self._bucket)
        return None if self._found is None else self._found.vector

    def load(self) -> Vector:
        """Load the snapshot that was found, going on where an earlier attempt stopped.

        Raises:
            Unavailable: the bucket does not answer, or a part has gone: look again.
        """
        assert self._found is not None, "a snapshot is found before it is loaded"
        manifest = self._manifest(self._found.vector_hash)
        try:
            self._load_chunks(self._found.vector_hash, manifest)
        except NotFound as cause:
            raise _gone(self._found.vector_hash) from cause
        self._replica.finish_populating(manifest.vector)
        return manifest.vector

    def _manifest(self, name: str) -> Manifest:
        try:
            body = self._bucket.get(keys.manifest_key(name)).body
        except NotFound as cause:
            raise _gone(name) from cause
        return decode_manifest(body, expected=name)

    def _load_chunks(self, name: str, manifest: Manifest) -> None:
        done = self._replica.populated()
        wanted = [entry for entry in manifest.chunks if f"{name}/{entry.digest}" not in done]
        total = len(manifest.chunks)
        bodies = self._ahead(self._fetch, wanted)
        for number, (entry, image) in enumerate(zip(wanted, bodies, strict=True)):
            self._replica.populate(image, f"{name}/{entry.digest}")
            if self._progress is not None:
                self._progress(total - len(wanted) + number + 1, total)

    def _fetch(self, entry: ChunkEntry) -> bytes:
        body = self._bucket.get(keys.chunk_key(entry.digest)).body
        return decode_chunk(body, entry.digest)


def _gone(name: str) -> Unavailable:
    return Unavailable(
        f"a part of the snapshot has gone. vector='{name}'",
        code="SG-SNAPSHOT-010",
        hint="the node tries again; if that does not help, start it with an empty data folder",
    )
