"""A segment, encoded and verified."""

from __future__ import annotations

import json

import pytest
from tests.formats.samples import DIGEST, REPOSITORY, A, B, database_image, framed, header

from skygarth.formats.compression import compress
from skygarth.formats.segment import (
    SEGMENT,
    decode_segment,
    decode_segment_header,
    encode_segment,
    segment_digest,
)
from skygarth.model.errors import Damaged, Unsupported
from skygarth.model.position import Position


def _body(**changes: object) -> bytes:
    """A whole segment whose header says what our own writer would not say."""
    written = json.loads(decode_parts()[0])
    written.update(changes)
    text = json.dumps({name: value for name, value in written.items() if value != "absent"})
    return framed(SEGMENT.magic, text.encode(), decode_parts()[1])


def decode_parts() -> tuple[bytes, bytes]:
    """Header and payload of a good segment."""
    body = encode_segment(header(), database_image())
    length = int.from_bytes(body[10:14], "big")
    return body[14 : 14 + length], body[14 + length : -32]


def test_what_was_encoded_is_decoded() -> None:
    """Header, image and identity survive the way through the bucket (SEG-3)."""
    body = encode_segment(header(), database_image())
    segment = decode_segment(body, expected=Position(A, 3), repository=REPOSITORY)

    assert segment.header == header()
    assert segment.image == database_image()
    assert segment.digest == segment_digest(body)


def test_a_first_segment_has_none_before_it() -> None:
    """The chain of a log begins with "" (SEG-7)."""
    first = header(position=Position(A, 1), previous="", vector={})
    body = encode_segment(first, database_image())

    assert decode_segment_header(body) == first


def test_logs_at_zero_do_not_travel() -> None:
    """A vector says only what was applied (SEG-6)."""
    body = encode_segment(header(vector={B: 0}), database_image())

    assert decode_segment_header(body).vector == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"repository": "another"}, "SG-SEGMENT-008"),
        ({"sequence": 4}, "SG-SEGMENT-009"),
        ({"incarnation": B, "vector": {}}, "SG-SEGMENT-009"),
        ({"image_bytes": 2**40}, "SG-SEGMENT-010"),
        ({"image_bytes": 4_096}, "SG-SEGMENT-011"),
    ],
)
def test_a_segment_belongs_where_it_stands(changes: dict[str, object], code: str) -> None:
    """Another repository's, another position's or a mis-sized segment is refused (SEG-4)."""
    with pytest.raises(Damaged) as caught:
        decode_segment(_body(**changes), expected=Position(A, 3), repository=REPOSITORY)

    assert caught.value.code == code


@pytest.mark.parametrize(
    "changes",
    [
        {"previous": ""},
        {"sequence": 1},
        {"vector": {A: 2}},
        {"stamp_min": "f" * 32},
        {"stamp_max": "00"},
        {"sequence": 0},
        {"sequence": "3"},
        {"previous": DIGEST.upper()},
        {"objects": -1},
        {"node": None},
        {"image_bytes": "absent"},
    ],
)
def test_a_header_that_contradicts_itself_is_refused(changes: dict[str, object]) -> None:
    """What no honest writer writes is no header (SEG-5)."""
    with pytest.raises(Damaged) as caught:
        decode_segment(_body(**changes), expected=Position(A, 3), repository=REPOSITORY)

    assert caught.value.code == "SG-SEGMENT-004"


def test_unknown_members_of_a_header_are_skipped() -> None:
    """A later version may add what need not be understood (FMT-1)."""
    body = _body(later={"anything": [1]})

    assert decode_segment_header(body) == header()


def test_a_sealed_segment_is_refused_as_unsupported() -> None:
    """What we cannot open we do not call damaged (SEG-9)."""
    with pytest.raises(Unsupported, match="it is sealed") as caught:
        decode_segment(_body(key_id="2026-1"), expected=Position(A, 3), repository=REPOSITORY)

    assert caught.value.code == "SG-SEGMENT-007"


def test_an_image_that_is_no_database_is_refused() -> None:
    """A hash that fits does not make a database (FMT-2)."""
    text = decode_parts()[0].replace(b'"image_bytes":8192', b'"image_bytes":5')
    body = framed(SEGMENT.magic, text, compress(b"abcde"))
    with pytest.raises(Damaged) as caught:
        decode_segment(body, expected=Position(A, 3), repository=REPOSITORY)

    assert caught.value.code == "SG-SEGMENT-012"


def test_our_own_mistakes_stop_before_the_bucket() -> None:
    """A header that readers would refuse cannot be made."""
    with pytest.raises(AssertionError, match="names its own log"):
        header(vector={A: 2})
    with pytest.raises(AssertionError, match="least stamp"):
        header(stamp_min=b"\xff" * 16)
    with pytest.raises(AssertionError):
        encode_segment(header(image_bytes=1), database_image())
