"""Bytes that a released version wrote are read by every version that follows.

The files under `v1` were written once. `pytest --rewrite` writes them anew,
which is right only before a format is released: read the diff.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.formats import samples

from skygarth.formats.catalog import decode_catalog, encode_catalog
from skygarth.formats.records import (
    decode_ack,
    decode_card,
    decode_hint,
    decode_repository,
    encode_record,
)
from skygarth.formats.segment import decode_segment, encode_segment, segment_digest
from skygarth.formats.snapshot import (
    chunk_digest,
    decode_chunk,
    decode_manifest,
    encode_chunk,
    encode_manifest,
)
from skygarth.model.position import Position

STORED = Path(__file__).parent / "v1"
SEGMENT_DIGEST = "350f8e621942dcc07a76cf432e6db7a4de982837633415f029329fe9b2689dbd"
CHUNK_DIGEST = "78da13fc042a9f6cb3b9430489dbf0ee5ad055707fca0072b63445cbd0b4d8a7"
RECORDS: dict[str, tuple[object, bytes, Callable[[bytes], object]]] = {
    "manifest.json": (samples.MANIFEST, encode_manifest(samples.MANIFEST), decode_manifest),
    "catalog.json": (samples.CATALOG, encode_catalog(samples.CATALOG), decode_catalog),
    "repo.json": (
        samples.REPOSITORY_RECORD,
        encode_record(samples.REPOSITORY_RECORD),
        decode_repository,
    ),
    "card.json": (samples.CARD, encode_record(samples.CARD), decode_card),
    "ack.json": (samples.ACK, encode_record(samples.ACK), decode_ack),
    "hint.json": (samples.HINT, encode_record(samples.HINT), decode_hint),
}


@pytest.fixture(autouse=True)
def _stored(rewrite: bool) -> None:
    """Write the golden files where that was asked for."""
    if rewrite:
        image = samples.database_image()
        (STORED / "segment.bin").write_bytes(encode_segment(samples.header(), image))
        (STORED / "chunk.bin").write_bytes(encode_chunk(image))
        for name, (_, body, _) in RECORDS.items():
            (STORED / name).write_bytes(body)


def test_a_stored_segment_is_read() -> None:
    """Header, rows and identity of a segment of version 1 are what they were (SEG-1, SEG-3)."""
    body = (STORED / "segment.bin").read_bytes()
    segment = decode_segment(body, expected=Position(samples.A, 3), repository=samples.REPOSITORY)

    assert segment.header == samples.header()
    assert samples.rows_of_image(segment.image) == samples.ROWS
    assert segment.digest == segment_digest(body) == SEGMENT_DIGEST


def test_a_segments_header_is_written_as_stored() -> None:
    """Magic, version and canonical header come out byte for byte (SEG-1, FMT-1)."""
    stored = (STORED / "segment.bin").read_bytes()
    end = 14 + int.from_bytes(stored[10:14], "big")
    written = encode_segment(samples.header(), samples.database_image())

    assert written[:end] == stored[:end]


def test_a_stored_chunk_is_read() -> None:
    """A chunk of version 1 has the rows and the name that it had (SNP-1, SNP-2)."""
    body = (STORED / "chunk.bin").read_bytes()
    image = decode_chunk(body, CHUNK_DIGEST)

    assert samples.rows_of_image(image) == samples.ROWS
    assert chunk_digest(body) == CHUNK_DIGEST


def test_a_chunks_header_is_written_as_stored() -> None:
    """Magic, version and canonical header come out byte for byte (SNP-1)."""
    stored = (STORED / "chunk.bin").read_bytes()
    end = 14 + int.from_bytes(stored[10:14], "big")

    assert encode_chunk(samples.database_image())[:end] == stored[:end]


@pytest.mark.parametrize("name", RECORDS)
def test_a_stored_record_is_read_and_written(name: str) -> None:
    """JSON of version 1 gives the value that was meant, and the value gives these bytes (FMT-1)."""
    value, written, decode = RECORDS[name]
    stored = (STORED / name).read_bytes()

    assert decode(stored) == value
    assert written == stored
