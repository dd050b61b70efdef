"""The catalog: which snapshots there are, and what is about to be removed (SNP-6).

A snapshot is entered once its chunks and then its manifest are there (SNP-7),
so whatever a catalog names was whole when it was named.

Catalogs are numbered and never change; the greatest number counts. A node that
takes a snapshot puts the next number, with what the last one said and its own
snapshot behind it, if that number is still free; else it reads again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from skygarth.formats import codes
from skygarth.formats.wire import (
    Count,
    DigestText,
    Sequence,
    Unreadable,
    VectorObject,
    read_json,
    vector_object,
    write_json,
)
from skygarth.model.errors import Damaged, Unsupported
from skygarth.model.position import Incarnation

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class SnapshotEntry:
    """One snapshot that is whole.

    Attributes:
        vector_hash: names its manifest (`skygarth.formats.snapshot.vector_hash`).
        vector: what it stands at.
        objects: how many it holds.
        created_ms: when it was taken, by its author's clock.
    """

    vector_hash: str
    vector: Mapping[Incarnation, int] = field(hash=False)
    objects: int
    created_ms: int


@dataclass(frozen=True, slots=True)
class Catalog:
    """One version of the catalog.

    Attributes:
        number: of this version; the first is 1.
        snapshots: in the order in which they were entered.
        condemned: keys that go once every active node has acknowledged this number.
    """

    number: int
    snapshots: tuple[SnapshotEntry, ...]
    condemned: tuple[str, ...] = ()


class _Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    vector_hash: DigestText
    vector: VectorObject
    objects: Count
    created_ms: Count


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    format: Count
    number: Sequence
    snapshots: tuple[_Snapshot, ...]
    condemned: tuple[str, ...] = ()


def encode_catalog(catalog: Catalog) -> bytes:
    """The catalog as canonical JSON."""
    return write_json(
        _Document(
            format=_FORMAT,
            number=catalog.number,
            snapshots=tuple(
                _Snapshot(
                    vector_hash=entry.vector_hash,
                    vector=vector_object(entry.vector),
                    objects=entry.objects,
                    created_ms=entry.created_ms,
                )
                for entry in catalog.snapshots
            ),
            condemned=catalog.condemned,
        )
    )


def decode_catalog(body: bytes) -> Catalog:
    """The catalog that `encode_catalog` wrote.

    Raises:
        Damaged: it cannot be read (SG-SNAPSHOT-021).
        Unsupported: a later version wrote it (SG-SNAPSHOT-022).
    """
    try:
        document = read_json(body, _Document)
    except Unreadable as cause:
        raise Damaged(
            f"a catalog cannot be read: {cause}",
            code=codes.CATALOG,
            hint="a node can do without: it reads every log from its beginning",
        ) from cause
    if document.format > _FORMAT:
        raise Unsupported(
            f"a catalog has version {document.format} of the format",
            code=codes.CATALOG_VERSION,
            hint="upgrade this node",
        )
    snapshots = tuple(
        SnapshotEntry(entry.vector_hash, entry.vector, entry.objects, entry.created_ms)
        for entry in document.snapshots
    )
    return Catalog(document.number, snapshots, document.condemned)
