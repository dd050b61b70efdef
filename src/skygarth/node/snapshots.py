"""Taking a snapshot: the whole state at a vector, as chunks that the next one can share (SNP-2)."""

from __future__ import annotations

from dataclasses import dataclass

from skygarth.bucket.port import Bucket
from skygarth.database.port import Database
from skygarth.formats import bucket_keys as keys
from skygarth.formats.catalog import (
    Catalog,
    SnapshotEntry,
    decode_catalog,
    encode_catalog,
)
from skygarth.formats.snapshot import (
    ChunkEntry,
    Manifest,
    chunk_digest,
    encode_chunk,
    encode_manifest,
    vector_hash,
)
from skygarth.model.errors import Unavailable

CHUNK_OBJECTS = 8_000
CATALOG_TRIES = 20
SNAPSHOTS_KEPT = 8


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """What was written: chunks in all, those that were new, and the snapshot's name."""

    entry: SnapshotEntry
    chunks: int
    uploaded: int


def take_snapshot(
    bucket: Bucket,
    database: Database,
    *,
    repository: str,
    node: str,
    now_ms: int,
    chunk_objects: int = CHUNK_OBJECTS,
) -> SnapshotTaken:
    """Write the state of this node as a snapshot, and enter it into the catalog.

    Raises:
        Unavailable: local changes wait to be published (SG-SNAPSHOT-011), or the bucket is away.
    """
    with database.replica().view() as view:
        if view.unpublished:
            raise Unavailable(
                f"local changes wait to be published. changes={view.unpublished}",
                code="SG-SNAPSHOT-011",
                hint="try again in a moment, or on a node that writes less",
            )
        chunks: list[ChunkEntry] = []
        uploaded = 0
        for label, objects, image in view.chunks(chunk_objects):
            body = encode_chunk(image)
            digest = chunk_digest(body)
            uploaded += bucket.put_if_absent(keys.chunk_key(digest), body)
            chunks.append(ChunkEntry(label, digest, objects, len(body)))
        manifest = Manifest(
            repository=repository,
            vector=view.vector,
            created_ms=now_ms,
            node=node,
            chunks=tuple(chunks),
            root=view.digest(),
        )
    name = vector_hash(manifest.vector)
    # The first one stands: a node may be half way through its chunks.
    bucket.put_if_absent(keys.manifest_key(name), encode_manifest(manifest))
    total = sum(chunk.objects for chunk in chunks)
    entry = SnapshotEntry(name, manifest.vector, total, now_ms)
    _enter(bucket, entry)
    return SnapshotTaken(entry, len(chunks), uploaded)


def _enter(bucket: Bucket, entry: SnapshotEntry) -> None:
    """Write the next catalog version; whoever loses the race for its number reads and tries on."""
    for _ in range(CATALOG_TRIES):
        numbers = [keys.parse_catalog_key(found.key) for found in bucket.list(keys.CATALOG_PREFIX)]
        last = max((number for number in numbers if number is not None), default=0)
        known: tuple[SnapshotEntry, ...] = ()
        if last:
            known = decode_catalog(bucket.get(keys.catalog_key(last)).body).snapshots
        kept = (*known, entry)[-SNAPSHOTS_KEPT:]
        body = encode_catalog(Catalog(last + 1, kept))
        if bucket.put_if_absent(keys.catalog_key(last + 1), body):
            return
    raise Unavailable(
        "the catalog changes too often to enter a snapshot",
        code="SG-SNAPSHOT-012",
        hint="try again later",
    )
