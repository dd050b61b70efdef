"""Keys of a bucket, made and parsed."""

from __future__ import annotations

import pytest
from tests.formats.samples import A, B

from skygarth.formats import bucket_keys as keys
from skygarth.model.position import Incarnation, Position

SHA = "ab" + "0" * 62


def test_keys_are_what_the_specification_says() -> None:
    """Other programs and people find things by these very names (BKT-1)."""
    made = [
        keys.segment_key(Position(A, 42)),
        keys.catalog_key(7),
        keys.manifest_key(SHA),
        keys.chunk_key(SHA),
        keys.blob_key(SHA),
        keys.card_key(A),
        keys.ack_key(A),
        keys.floor_key(A),
        keys.claim_key("snapshot", 3),
    ]

    assert made == [
        f"tail/{A}-0000000000000042",
        "cat/0000000000000007",
        f"snap/{SHA}/manifest",
        f"chunk/ab/{SHA}",
        f"blob/ab/{SHA}",
        f"node/{A}/card",
        f"node/{A}/ack",
        f"node/{A}/floor",
        "claim/snapshot" + "_" * 32 + "-0000000000000003",
    ]


def test_what_was_made_is_parsed() -> None:
    """Each maker has a parser that gives back what it was given."""
    parsed = [
        keys.parse_segment_key(keys.segment_key(Position(B, keys.NUMBER_MAX))),
        keys.parse_catalog_key(keys.catalog_key(1)),
        keys.parse_manifest_key(keys.manifest_key(SHA)),
        keys.parse_chunk_key(keys.chunk_key(SHA)),
        keys.parse_blob_key(keys.blob_key(SHA)),
        keys.parse_card_key(keys.card_key(B)),
        keys.parse_ack_key(keys.ack_key(B)),
        keys.parse_floor_key(keys.floor_key(B)),
        keys.parse_claim_key(keys.claim_key("a-1", 12)),
    ]

    assert parsed == [Position(B, keys.NUMBER_MAX), 1, SHA, SHA, SHA, B, B, B, ("a-1", 12)]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "tail/",
        f"tail/{A}-42",
        f"tail/{A}-0000000000000000",
        f"tail/{A}-0000000000000042\n",
        f"tail/{A}-000000000000004\u0664",
        f"tail/{A.upper()}-0000000000000042",
        f"tail/{A}/0000000000000042",
        f"other/tail/{A}-0000000000000042",
        "cat/0000000000000000",
        f"chunk/cd/{SHA}",
        f"node/{A}/cards",
        f"node/{A}",
        "claim/snapshot",
        "claim/" + "_" * 40 + "-0000000000000001",
        "claim/snapshot" + "_" * 32,
        "claim/snapshot" + "_" * 32 + "-0000000000000000",
        "tail/.DS_Store",
    ],
)
def test_foreign_keys_are_nobodys(key: str) -> None:
    """A bucket may hold what others put there: it is left alone (BKT-3)."""
    parsed = [
        keys.parse_segment_key(key),
        keys.parse_catalog_key(key),
        keys.parse_manifest_key(key),
        keys.parse_chunk_key(key),
        keys.parse_blob_key(key),
        keys.parse_card_key(key),
        keys.parse_ack_key(key),
        keys.parse_floor_key(key),
        keys.parse_claim_key(key),
    ]

    assert parsed == [None] * 9


def test_only_identities_become_keys() -> None:
    """A name that is no identity is our own mistake, and stops before the bucket sees it."""
    with pytest.raises(AssertionError):
        keys.card_key(Incarnation("../../etc"))
    with pytest.raises(AssertionError):
        keys.chunk_key("ABC")
    with pytest.raises(AssertionError):
        keys.claim_key("Two Words", 1)
