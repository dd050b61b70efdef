"""Laws of bytes and keys: nothing gets lost on the way, nothing damaged gets in."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.formats import samples
from tests.formats.samples import REPOSITORY, A, database_image, framed, header

from skygarth.formats import bucket_keys as keys
from skygarth.formats.catalog import Catalog, decode_catalog, encode_catalog
from skygarth.formats.records import (
    Ack,
    Card,
    Hint,
    HintHead,
    decode_ack,
    decode_card,
    decode_hint,
    decode_repository,
    encode_record,
)
from skygarth.formats.segment import (
    SEGMENT,
    SegmentHeader,
    decode_segment,
    decode_segment_header,
    encode_segment,
)
from skygarth.formats.snapshot import (
    CHUNK,
    chunk_digest,
    decode_chunk,
    decode_manifest,
    encode_chunk,
    encode_manifest,
    vector_hash,
)
from skygarth.model.errors import Damaged, SkygarthError
from skygarth.model.position import Incarnation, Position

Decoder: TypeAlias = Callable[[bytes], object]


def _segment(body: bytes) -> object:
    return decode_segment(body, expected=Position(A, 3), repository=REPOSITORY)


def _chunk(body: bytes) -> object:
    return decode_chunk(body, chunk_digest(body))


DECODERS: list[Decoder] = [
    _segment,
    decode_segment_header,
    _chunk,
    decode_manifest,
    decode_catalog,
    decode_repository,
    decode_card,
    decode_ack,
    decode_hint,
]

INCARNATIONS = st.binary(min_size=16, max_size=16).map(lambda name: Incarnation(name.hex()))
SEQUENCES = st.integers(1, keys.NUMBER_MAX)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
STAMPS = st.binary(min_size=16, max_size=16)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
COUNTS = st.integers(0, 2**63 - 1)
VECTORS = st.dictionaries(INCARNATIONS, SEQUENCES, max_size=4)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def headers(draw: st.DrawFn) -> SegmentHeader:
    """Any header that a writer may write, but for its image's size."""
    position = Position(draw(INCARNATIONS), draw(SEQUENCES))
    vector = draw(VECTORS)
    vector.pop(position.incarnation, None)
    least, greatest = sorted((draw(STAMPS), draw(STAMPS)))
    return SegmentHeader(
        repository=draw(TEXTS),
        position=position,
        previous="" if position.sequence == 1 else draw(DIGESTS),
        vector=vector,
        schema=draw(TEXTS),
        objects=draw(COUNTS),
        stamp_min=least,
        stamp_max=greatest,
        node=draw(TEXTS),
        written_ms=draw(COUNTS),
        image_bytes=len(database_image()),
    )


@st.composite
def keys_of_every_kind(draw: st.DrawFn) -> str:
    """Any key that can be made."""
    incarnation, digest = draw(INCARNATIONS), draw(DIGESTS)
    claim = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=40)
    return draw(
        st.sampled_from(
            [
                keys.REPOSITORY_KEY,
                keys.APPLICATION_KEY,
                keys.HINT_KEY,
                keys.segment_key(Position(incarnation, draw(SEQUENCES))),
                keys.catalog_key(draw(SEQUENCES)),
                keys.manifest_key(digest),
                keys.chunk_key(digest),
                keys.blob_key(digest),
                keys.card_key(incarnation),
                keys.ack_key(incarnation),
                keys.floor_key(incarnation),
                keys.claim_key(draw(claim), draw(SEQUENCES)),
            ]
        )
    )


# -- keys ------------------------------------------------------------------------------


@given(st.lists(keys_of_every_kind(), min_size=2, max_size=12))
@example(["claim/a" + "_" * 39, "claim/ab" + "_" * 38])
def test_no_name_begins_a_siblings_name(made: list[str]) -> None:
    """At every level no name is the prefix of another one (BKT-2)."""
    levels: dict[str, set[str]] = {}
    for key in made:
        parts = key.split("/")
        for depth, part in enumerate(parts):
            levels.setdefault("/".join(parts[:depth]), set()).add(part)

    for siblings in levels.values():
        ordered = sorted(siblings)
        assert not any(later.startswith(earlier) for earlier, later in itertools.pairwise(ordered))


@given(keys_of_every_kind(), keys_of_every_kind())
def test_names_of_one_kind_have_one_width(one: str, other: str) -> None:
    """Keys of one folder, and of one part of a node, are equally long (BKT-2)."""
    if "/" in one and one.split("/", maxsplit=1)[0] == other.split("/", maxsplit=1)[0]:
        assert [len(part) for part in one.split("/")[:2]] == [
            len(part) for part in other.split("/")[:2]
        ]


@given(INCARNATIONS, SEQUENCES, SEQUENCES)
def test_keys_sort_as_sequences_do(incarnation: Incarnation, one: int, other: int) -> None:
    """A sorted listing shows a log in its order, and each key gives its position back."""
    first, second = Position(incarnation, one), Position(incarnation, other)

    assert (keys.segment_key(first) < keys.segment_key(second)) == (first < second)
    assert keys.parse_segment_key(keys.segment_key(first)) == first


@given(st.text(max_size=60) | keys_of_every_kind().map(lambda key: key[:-1]))
def test_parsing_never_fails(key: str) -> None:
    """Whatever stands in a bucket is either one of ours or None (BKT-3)."""
    position = keys.parse_segment_key(key)

    assert position is None or keys.segment_key(position) == key
    assert keys.parse_manifest_key(key) is None


# -- round trips -----------------------------------------------------------------------


@given(headers())
def test_every_segment_survives_the_bucket(made: SegmentHeader) -> None:
    """Whatever a writer may write, a reader reads (SEG-1)."""
    body = encode_segment(made, database_image())
    read = decode_segment(body, expected=made.position, repository=made.repository)

    assert read.header == made
    assert read.image == database_image()


@given(VECTORS)
def test_a_vector_has_one_name_in_any_order(vector: dict[Incarnation, int]) -> None:
    """The name of a vector does not depend on how it came about (SNP-4)."""
    backwards = dict(reversed(vector.items()))

    assert vector_hash(vector) == vector_hash(backwards)


@given(INCARNATIONS, TEXTS, st.lists(TEXTS, max_size=3), st.floats(0, 1e9), VECTORS)
def test_every_card_survives_the_bucket(
    incarnation: Incarnation,
    text: str,
    pools: list[str],
    lag: float,
    vector: dict[Incarnation, int],
) -> None:
    """Names and addresses may be any text (BKT-6)."""
    card = Card(incarnation, text, text, tuple(pools), {text: text}, text, 1, 2, lag, vector)

    assert decode_card(encode_record(card)) == card


@given(VECTORS, DIGESTS, COUNTS)
def test_every_hint_and_ack_survives_the_bucket(
    vector: dict[Incarnation, int], digest: str, size: int
) -> None:
    """Heads and vectors of any size come back as they were (BKT-6, BKT-7)."""
    hint = Hint({name: HintHead(through, digest, size) for name, through in vector.items()})
    ack = Ack(vector, digest)

    assert decode_hint(encode_record(hint)) == hint
    assert decode_ack(encode_record(ack)) == ack


# -- damage ----------------------------------------------------------------------------


@functools.cache
def _good() -> list[bytes]:
    """One good object for each decoder."""
    segment = encode_segment(header(), database_image())
    return [
        segment,
        segment,
        encode_chunk(database_image()),
        encode_manifest(samples.MANIFEST),
        encode_catalog(samples.CATALOG),
        encode_record(samples.REPOSITORY_RECORD),
        encode_record(samples.CARD),
        encode_record(samples.ACK),
        encode_record(samples.HINT),
    ]


def _refuses_or_reads(decode: Decoder, body: bytes) -> None:
    """Nothing but an error of ours may come out of foreign bytes."""
    refusal: SkygarthError | None = None
    try:
        decode(body)
    except SkygarthError as raised:
        refusal = raised

    assert refusal is None or (refusal.code.startswith("SG-") and refusal.hint)


@pytest.mark.parametrize("decode", DECODERS)
@given(body=st.binary(max_size=200))
def test_noise_is_refused(decode: Decoder, body: bytes) -> None:
    """Random bytes give a clear error, never another exception (SEG-2, FMT-1)."""
    _refuses_or_reads(decode, body)


@pytest.mark.parametrize("decode", DECODERS[3:])
@given(value=JSON)
def test_json_of_any_shape_is_refused(decode: Decoder, value: object) -> None:
    """JSON that is something else gives a clear error (FMT-1)."""
    _refuses_or_reads(decode, json.dumps(value).encode())


@pytest.mark.parametrize("kind", [SEGMENT.magic, CHUNK.magic])
@given(text=st.binary(max_size=60), payload=st.binary(max_size=60), version=st.integers(0, 3))
def test_a_fitting_hash_over_noise_is_refused(
    kind: bytes, text: bytes, payload: bytes, version: int
) -> None:
    """Whoever can compute a hash still cannot make a decoder stumble (SEG-2)."""
    body = framed(kind, text, payload, version=version)
    for decode in (_segment, _chunk):
        with pytest.raises(SkygarthError):
            decode(body)


@pytest.mark.parametrize("payload", [b"", b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfd\xa4" + bytes(9)])
def test_a_fitting_hash_over_a_bad_payload_is_refused(payload: bytes) -> None:
    """A good header does not vouch for what follows (FMT-3)."""
    good = _good()[0]
    length = int.from_bytes(good[10:14], "big")
    with pytest.raises(Damaged):
        _segment(framed(SEGMENT.magic, good[14 : 14 + length], payload))


@given(st.binary(min_size=1, max_size=400))
def test_a_fitting_hash_over_a_noisy_payload_is_refused(payload: bytes) -> None:
    """Decompressing noise behind a good header ends in a clear error (FMT-3)."""
    good = _good()[0]
    length = int.from_bytes(good[10:14], "big")
    with pytest.raises(Damaged):
        _segment(framed(SEGMENT.magic, good[14 : 14 + length], b"\x28\xb5\x2f\xfd" + payload))


@pytest.mark.parametrize("index", range(len(DECODERS)))
@given(data=st.data())
def test_a_torn_object_is_refused(index: int, data: st.DataObject) -> None:
    """What ends early is damaged, wherever it ends (SEG-2)."""
    body = _good()[index]
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(Damaged):
        DECODERS[index](body[:cut])


@pytest.mark.parametrize("index", [0, 2])
@given(data=st.data())
@settings(max_examples=200)
def test_a_flipped_bit_is_always_found(index: int, data: st.DataObject) -> None:
    """No single bit of a segment or chunk may change unnoticed (SEG-2, SNP-2)."""
    body = bytearray(_good()[index])
    place = data.draw(st.integers(0, len(body) * 8 - 1))
    body[place // 8] ^= 1 << place % 8
    with pytest.raises(Damaged):
        DECODERS[index](bytes(body))


@pytest.mark.parametrize("index", range(3, len(DECODERS)))
@given(data=st.data())
def test_a_changed_byte_of_a_record_never_surprises(index: int, data: st.DataObject) -> None:
    """A damaged record is refused, or reads as another record; nothing else happens (FMT-1)."""
    body = bytearray(_good()[index])
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    _refuses_or_reads(DECODERS[index], bytes(body))


@given(st.integers(1, keys.NUMBER_MAX), st.lists(TEXTS, max_size=3))
def test_every_catalog_survives_the_bucket(number: int, condemned: list[str]) -> None:
    """Numbers and keys come back as they were (SNP-6)."""
    catalog = Catalog(number, samples.CATALOG.snapshots, tuple(condemned))

    assert decode_catalog(encode_catalog(catalog)) == catalog
