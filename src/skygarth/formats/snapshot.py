"""A snapshot: the whole state through a vector, as a manifest and its chunks (SNP-1).

A chunk is a SQLite image with a range of one type's rows as they stand, stamps
included, framed like a segment and named by the SHA-256 of its object: whoever
has the name can tell whether the bytes are right (SNP-2). The manifest stands
under the hash of its vector and lists the chunks in the order of loading. It
names the root: the digest of the logical content, which is equal wherever the
vector is, whatever the images' bytes are (SNP-3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from skygarth.formats import codes
from skygarth.formats.framing import FrameKind, read_frame, write_frame
from skygarth.formats.wire import (
    Count,
    DigestText,
    Unreadable,
    VectorObject,
    read_json,
    vector_object,
    write_json,
)
from skygarth.model.errors import Damaged
from skygarth.model.position import Incarnation, Vector

CHUNK = FrameKind(
    name="snapshot chunk",
    magic=b"SKYGCHK\n",
    short=codes.CHUNK_SHORT,
    hash=codes.CHUNK_HASH,
    foreign=codes.CHUNK_MAGIC,
    header=codes.CHUNK_HEADER,
    version=codes.CHUNK_VERSION,
    size=codes.CHUNK_SIZE,
    packing=codes.CHUNK_PACKING,
    image=codes.IMAGE,
)


@dataclass(frozen=True, slots=True)
class ChunkEntry:
    """One line of a manifest.

    Attributes:
        label: what is inside, for people and for progress, such as ``article 3``.
        digest: SHA-256 of the chunk's object, hexadecimal: its name, and its token when loading.
        objects: how many it holds.
        bytes: size of the object in the bucket.
    """

    label: str
    digest: DigestText
    objects: Count
    bytes: Count


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot consists of.

    Attributes:
        vector: what the state contains: applied through, by incarnation.
        created_ms: when it was taken, by its author's clock, for people.
        node: name of the node that took it, for people.
        chunks: in the order of loading.
        root: digest of the logical content, hexadecimal.
    """

    repository: str
    vector: Mapping[Incarnation, int] = field(hash=False)
    created_ms: int
    node: str
    chunks: tuple[ChunkEntry, ...]
    root: str


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest's wire form."""

    format: Count
    repository: str
    vector: VectorObject
    created_ms: Count
    node: str
    chunks: tuple[ChunkEntry, ...]
    root: DigestText


class _ChunkHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What stands before a chunk's image: nothing that varies while the content does not."""

    key_id: str | None = None
    image_bytes: Count


_FORMAT = 1


def vector_hash(vector: Vector) -> str:
    """The name of exactly this vector: SHA-256, hexadecimal; logs at 0 do not count (SNP-4)."""
    return hashlib.sha256(write_json(vector_object(vector))).hexdigest()


# -- manifests ------------------------------------------------------------------------


def encode_manifest(manifest: Manifest) -> bytes:
    """The manifest as canonical JSON."""
    return write_json(
        _Document(
            format=_FORMAT,
            repository=manifest.repository,
            vector=vector_object(manifest.vector),
            created_ms=manifest.created_ms,
            node=manifest.node,
            chunks=manifest.chunks,
            root=manifest.root,
        )
    )


def decode_manifest(body: bytes, *, expected: str = "") -> Manifest:
    """The manifest that `encode_manifest` wrote.

    Args:
        body: the object, as fetched.
        expected: the vector hash in the key it was fetched by; "" to trust any.

    Raises:
        Damaged: it cannot be read, or stands at another vector (SG-SNAPSHOT-020).
        Unsupported: a later version wrote it (SG-SNAPSHOT-022).
    """
    try:
        document = read_json(body, _Document)
    except Unreadable as cause:
        raise _bad_manifest(str(cause)) from cause
    if document.format > _FORMAT:
        raise CHUNK.too_new(
            f"its manifest has version {document.format} of the format", codes.CATALOG_VERSION
        )
    if expected and vector_hash(document.vector) != expected:
        raise _bad_manifest(f"its vector is not the one of its key. expected='{expected}'")
    return Manifest(
        repository=document.repository,
        vector=document.vector,
        created_ms=document.created_ms,
        node=document.node,
        chunks=document.chunks,
        root=document.root,
    )


def _bad_manifest(fault: str) -> Damaged:
    return Damaged(
        f"a snapshot's manifest cannot be used: {fault}",
        code=codes.MANIFEST,
        hint="take a new snapshot: skygarth sync snapshot",
    )


# -- chunks ---------------------------------------------------------------------------


def encode_chunk(image: bytes) -> bytes:
    """The object to upload: equal images give equal bytes under one zstd (SNP-2)."""
    return write_frame(CHUNK, write_json(_ChunkHeader(image_bytes=len(image))), image)


def chunk_digest(body: bytes) -> str:
    """The name of a chunk: SHA-256 of the whole object, hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def decode_chunk(body: bytes, digest: str) -> bytes:
    """The image of a fetched chunk, verified against the name it was fetched by (SNP-2).

    Raises:
        Damaged: it is not that chunk, or not what its author wrote
            (SG-CHUNK-001 to 004, 009 to 011, SG-SEGMENT-012).
        Unsupported: a later version wrote it (006), or it is sealed (007).
    """
    frame = read_frame(CHUNK, body)
    if frame.digest != digest:
        raise CHUNK.damaged(f"it is another. digest='{frame.digest}'", codes.CHUNK_NAME)
    try:
        header = read_json(frame.header, _ChunkHeader)
    except Unreadable as cause:
        raise CHUNK.damaged(f"its header is wrong: {cause}", codes.CHUNK_HEADER) from cause
    if header.key_id is not None:
        raise CHUNK.too_new(f"it is sealed. key_id='{header.key_id}'", codes.CHUNK_SEALED)
    return frame.image(header.image_bytes)
