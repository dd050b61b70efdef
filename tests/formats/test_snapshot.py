"""Manifests and chunks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.formats.samples import MANIFEST, A, B, database_image, framed

from skygarth.formats.snapshot import (
    CHUNK,
    chunk_digest,
    decode_chunk,
    decode_manifest,
    encode_chunk,
    encode_manifest,
    vector_hash,
)
from skygarth.model.errors import Damaged, Unsupported


def test_a_manifest_survives_the_bucket() -> None:
    """What was encoded is decoded, under the hash of its vector (SNP-4)."""
    body = encode_manifest(MANIFEST)

    assert decode_manifest(body, expected=vector_hash(MANIFEST.vector)) == MANIFEST
    assert decode_manifest(body) == MANIFEST


def test_a_manifest_at_another_vector_is_refused() -> None:
    """A manifest counts only under the name of its own vector (SNP-4)."""
    with pytest.raises(Damaged) as caught:
        decode_manifest(encode_manifest(MANIFEST), expected=vector_hash({A: 4}))

    assert caught.value.code == "SG-SNAPSHOT-020"


def test_a_vector_has_one_name() -> None:
    """Neither order nor logs at 0 change it; everything else does (SNP-4)."""
    assert vector_hash({A: 1, B: 2}) == vector_hash({B: 2, A: 1})
    assert vector_hash({A: 1}) == vector_hash({A: 1, B: 0})
    assert vector_hash({A: 1}) != vector_hash({A: 2})


def test_a_later_manifest_is_not_called_damaged() -> None:
    """Whoever meets the future is told to upgrade."""
    body = encode_manifest(MANIFEST).replace(b'"format":1', b'"format":2')
    with pytest.raises(Unsupported, match="upgrade this node") as caught:
        decode_manifest(body)

    assert caught.value.code == "SG-SNAPSHOT-022"


def test_garbage_is_no_manifest() -> None:
    """A manifest that cannot be read says what to do."""
    with pytest.raises(Damaged, match="skygarth sync snapshot"):
        decode_manifest(encode_manifest(replace(MANIFEST, root="short")))


def test_a_chunk_survives_the_bucket() -> None:
    """An image comes back as it was, under the name of its object (SNP-2)."""
    body = encode_chunk(database_image())

    assert decode_chunk(body, chunk_digest(body)) == database_image()


def test_equal_images_are_one_chunk() -> None:
    """Snapshots share what did not change: nothing in a chunk says when or by whom (SNP-1)."""
    assert encode_chunk(database_image()) == encode_chunk(bytes(database_image()))


def test_another_chunk_is_refused() -> None:
    """Whole and valid is not enough: it must be the one that was asked for (SNP-2)."""
    with pytest.raises(Damaged) as caught:
        decode_chunk(encode_chunk(database_image()), "0" * 64)

    assert caught.value.code == "SG-CHUNK-009"


@pytest.mark.parametrize(
    ("header", "kind", "code"),
    [
        (b"nonsense", Damaged, "SG-CHUNK-004"),
        (b'{"image_bytes":0}', Damaged, "SG-CHUNK-010"),
        (b'{"image_bytes":9,"key_id":"k"}', Unsupported, "SG-CHUNK-007"),
        (b'{"image_bytes":9}', Damaged, "SG-CHUNK-011"),
    ],
)
def test_each_fault_of_a_chunk_has_its_code(
    header: bytes, kind: type[Exception], code: str
) -> None:
    """A chunk is refused for the first thing that is wrong (SEG-2, SEG-9)."""
    body = framed(CHUNK.magic, header, b"payload")
    with pytest.raises(kind) as caught:
        decode_chunk(body, chunk_digest(body))

    assert getattr(caught.value, "code", "") == code
