"""A segment: whole changesets of one log, in order, as one immutable object (SEG-8).

Its header says what a reader must know before it opens the image inside: whose
it is and which (position), what came before it (`previous` makes a log a chain
of hashes), what its author had applied when writing it (`vector`), and how
large it is. The framing is that of `skygarth.formats.framing`; the image is
described where it is written (`skygarth.database.sqlite.image`).

A sealed segment will name its key (`key_id`) and carry a signature; this
version writes none and refuses to guess (SEG-9).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from skygarth.formats import codes
from skygarth.formats.framing import Frame, FrameKind, read_frame, write_frame
from skygarth.formats.wire import (
    Count,
    DigestOrNone,
    IncarnationText,
    Sequence,
    StampText,
    Unreadable,
    VectorObject,
    read_json,
    vector_object,
    write_json,
)
from skygarth.model.errors import Damaged
from skygarth.model.position import Incarnation, Position
from skygarth.model.stamp import STAMP_BYTES

SEGMENT = FrameKind(
    name="segment",
    magic=b"SKYGSEG\n",
    short=codes.SEGMENT_SHORT,
    hash=codes.SEGMENT_HASH,
    foreign=codes.SEGMENT_MAGIC,
    header=codes.SEGMENT_HEADER,
    version=codes.SEGMENT_VERSION,
    size=codes.SEGMENT_SIZE,
    packing=codes.SEGMENT_PACKING,
    image=codes.IMAGE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentHeader:
    """What stands before a segment's image.

    Attributes:
        repository: id from the bucket's repository record.
        position: whose log, and which segment of it.
        previous: digest of the segment before, hexadecimal; "" before the first.
        vector: what the author had applied of *other* logs: applied through, by incarnation.
        schema: hash of the types inside (`skygarth.model.schema.schema_hash`).
        objects: how many objects it touches.
        stamp_min: the least stamp inside; `stamp_max` the greatest. 16 bytes each.
        node: the author's name, for people.
        written_ms: when it was packed, by the author's clock, for people.
        key_id: the key it is sealed with; None for a plain one.
        image_bytes: size of the image, unpacked.
    """

    repository: str
    position: Position
    previous: str
    vector: Mapping[Incarnation, int] = field(hash=False)
    schema: str
    objects: int
    stamp_min: bytes
    stamp_max: bytes
    node: str
    written_ms: int
    key_id: str | None = None
    image_bytes: int

    def __post_init__(self) -> None:
        assert len(self.stamp_min) == STAMP_BYTES
        assert len(self.stamp_max) == STAMP_BYTES
        fault = _fault_of(_document(self))
        assert not fault, fault


@dataclass(frozen=True, slots=True)
class Segment:
    """A verified segment.

    Attributes:
        image: the SQLite database.
        digest: SHA-256 of the whole object, hexadecimal: its identity.
    """

    header: SegmentHeader
    image: bytes
    digest: str


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    """The header's wire form."""

    repository: str
    incarnation: IncarnationText
    sequence: Sequence
    previous: DigestOrNone
    vector: VectorObject
    schema: str
    objects: Count
    stamp_min: StampText
    stamp_max: StampText
    node: str
    written_ms: Count
    key_id: str | None = None
    image_bytes: Count


def segment_digest(body: bytes) -> str:
    """The identity of a segment: SHA-256 of the whole object, hexadecimal (SEG-3)."""
    return hashlib.sha256(body).hexdigest()


def encode_segment(header: SegmentHeader, image: bytes) -> bytes:
    """The object to upload. `header.image_bytes` is the image's size."""
    assert header.image_bytes == len(image)
    assert header.key_id is None, "this version does not seal"
    return write_frame(SEGMENT, write_json(_document(header)), image)


def decode_segment(body: bytes, *, expected: Position, repository: str) -> Segment:
    """Verify a fetched object, cheapest and surest test first, and unpack it (SEG-2, SEG-4).

    Whether it follows the segment that was applied before it (SEG-7), and whether
    its `vector` is met (SEG-6), is asked where that is known.

    Args:
        body: the object, as fetched.
        expected: the position that its key named.
        repository: the id of the repository that this node belongs to.

    Raises:
        Damaged: it is not what its author should have written there
            (SG-SEGMENT-001 to 004, 008 to 012).
        Unsupported: a later version wrote it (006), or it is sealed (007).
    """
    frame = read_frame(SEGMENT, body)
    header = _read_header(frame)
    if header.repository != repository:
        raise SEGMENT.damaged(
            f"it belongs to another repository. repository='{header.repository}' "
            f"expected='{repository}'",
            codes.SEGMENT_REPOSITORY,
        )
    if header.position != expected:
        raise SEGMENT.damaged(
            f"it belongs elsewhere. position='{header.position}' expected='{expected}'",
            codes.SEGMENT_POSITION,
        )
    return Segment(header, frame.image(header.image_bytes), frame.digest)


def decode_segment_header(body: bytes) -> SegmentHeader:
    """The header alone, of a segment from anywhere: for people who look into a bucket.

    Raises:
        Damaged: the hash does not fit, or the header cannot be read.
        Unsupported: a later version wrote it, or it is sealed.
    """
    return _read_header(read_frame(SEGMENT, body))


def fence_in(body: bytes) -> Incarnation | None:
    """Who ended the log by this segment, where it is a fence; None in a segment of its owner.

    A fence is a segment without changes that another node puts behind a log's last one. In
    a sealed repository only a fence may be signed by another than the log's owner (SEA-6).

    Raises:
        Damaged: the hash does not fit, or the header cannot be read.
        Unsupported: a later version wrote it.
    """
    try:
        found = read_json(read_frame(SEGMENT, body).header, _Fence)
    except Unreadable as cause:
        raise _bad_header(str(cause)) from cause
    return found.fence if found.objects == 0 else None


class _Fence(msgspec.Struct, frozen=True, kw_only=True):
    objects: Count
    fence: IncarnationText | None = None


def _read_header(frame: Frame) -> SegmentHeader:
    try:
        document = read_json(frame.header, _Document)
    except Unreadable as cause:
        raise _bad_header(str(cause)) from cause
    if document.key_id is not None:
        raise SEGMENT.too_new(f"it is sealed. key_id='{document.key_id}'", codes.SEGMENT_SEALED)
    fault = _fault_of(document)
    if fault:
        raise _bad_header(fault)
    return _header(document)


def _fault_of(document: _Document) -> str:
    """What contradicts itself; "" if nothing does (SEG-5)."""
    if (document.sequence == 1) != (document.previous == ""):
        return "only the first segment of a log has none before it"
    if document.incarnation in document.vector:
        return "its vector names its own log"
    if document.stamp_min > document.stamp_max:
        return "its least stamp is greater than its greatest"
    return ""


def _bad_header(fault: str) -> Damaged:
    return SEGMENT.damaged(f"its header is wrong: {fault}", codes.SEGMENT_HEADER)


def _document(header: SegmentHeader) -> _Document:
    return _Document(
        repository=header.repository,
        incarnation=header.position.incarnation,
        sequence=header.position.sequence,
        previous=header.previous,
        vector=vector_object(header.vector),
        schema=header.schema,
        objects=header.objects,
        stamp_min=header.stamp_min.hex(),
        stamp_max=header.stamp_max.hex(),
        node=header.node,
        written_ms=header.written_ms,
        key_id=header.key_id,
        image_bytes=header.image_bytes,
    )


def _header(document: _Document) -> SegmentHeader:
    return SegmentHeader(
        repository=document.repository,
        position=Position(document.incarnation, document.sequence),
        previous=document.previous,
        vector=document.vector,
        schema=document.schema,
        objects=document.objects,
        stamp_min=bytes.fromhex(document.stamp_min),
        stamp_max=bytes.fromhex(document.stamp_max),
        node=document.node,
        written_ms=document.written_ms,
        key_id=document.key_id,
        image_bytes=document.image_bytes,
    )
