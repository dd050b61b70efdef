"""The frame that segments and chunks share (SEG-1, SEG-2).

::

    offset  bytes  what
    0       8      magic: what this is
    8       2      version of the format, big-endian
    10      4      length of the header, big-endian
    14      …      header: canonical JSON, UTF-8; `head -c 600` shows it
    …       …      payload: one zstd frame with a SQLite database
    end-32  32     SHA-256 of everything before

The hash is verified before anything else is believed. It finds what transport
and disks do to bytes; it does not prove who wrote them, which is for the
signature of a sealed repository. The SHA-256 of the *whole* object, hash
included, is its digest: the name by which chains, hints and manifests know it.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

from skygarth.formats import codes
from skygarth.formats.compression import IMAGE_BYTES_MAX, Unpackable, compress, decompress
from skygarth.formats.image import fault_of_image
from skygarth.model.errors import Damaged, Unsupported

VERSION = 1
"""The one version of the format there is."""

HEADER_BYTES_MAX = 8 * 1024 * 1024
"""Room for a vector of 100,000 logs."""

_START = struct.Struct(">8sHI")
_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class FrameKind:
    """What a frame holds, in a word, its magic, and the codes of what can be wrong with it."""

    name: str
    magic: bytes
    short: str
    hash: str
    foreign: str
    header: str
    version: str
    size: str
    packing: str
    image: str

    def damaged(self, fault: str, code: str) -> Damaged:
        """The error of a frame that is not what its author wrote."""
        return Damaged(
            f"a {self.name} cannot be used: {fault}",
            code=code,
            hint="fetch it again; if that does not help, its author must publish it anew",
        )

    def too_new(self, fault: str, code: str) -> Unsupported:
        """The error of a frame that a later version of Skygarth understands."""
        return Unsupported(
            f"a {self.name} cannot be used: {fault}", code=code, hint="upgrade this node"
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame whose hash is right and whose version is known; its payload still packed."""

    kind: FrameKind
    header: bytes
    payload: bytes
    digest: str

    def image(self, size: int) -> bytes:
        """The database image, which its header declares to be of `size` bytes.

        Raises:
            Damaged: the declared size is too large, or the payload is not that.
        """
        if not 0 < size <= IMAGE_BYTES_MAX:
            raise self.kind.damaged(f"it declares an image of {size} bytes", self.kind.size)
        try:
            image = decompress(self.payload, size)
        except Unpackable as cause:
            fault = f"its payload does not unpack to {size} bytes: {cause}"
            raise self.kind.damaged(fault, self.kind.packing) from cause
        fault = fault_of_image(image)
        if fault:
            raise self.kind.damaged(f"its image is damaged: {fault}", self.kind.image)
        return image


def write_frame(kind: FrameKind, header: bytes, image: bytes) -> bytes:
    """The object's bytes; the same header and image give the same bytes under one zstd.

    Raises:
        Unsupported: the image is larger than any reader would unpack (SG-SEGMENT-013).
    """
    if len(image) > IMAGE_BYTES_MAX:
        raise Unsupported(
            f"a {kind.name} cannot hold so much. "
            f"image_bytes='{len(image)}' image_bytes_max='{IMAGE_BYTES_MAX}'",
            code=codes.IMAGE_LARGE,
            hint="change fewer objects in one transaction",
        )
    fault = fault_of_image(image)
    assert not fault, fault
    assert 0 < len(header) <= HEADER_BYTES_MAX
    start = _START.pack(kind.magic, VERSION, len(header))
    body = b"".join((start, header, compress(image)))
    return body + hashlib.sha256(body).digest()


def read_frame(kind: FrameKind, body: bytes) -> Frame:
    """A frame, after its hash, magic and version have been verified, in this order.

    Raises:
        Damaged: the bytes are not what somebody wrote, or not of this kind.
        Unsupported: the frame is of a later version (SEG-10).
    """
    if len(body) < _START.size + _HASH_BYTES:
        raise kind.damaged(f"it has only {len(body)} bytes", kind.short)
    view = memoryview(body)
    running = hashlib.sha256(view[:-_HASH_BYTES])
    if running.digest() != body[-_HASH_BYTES:]:
        raise kind.damaged("its hash does not fit its bytes", kind.hash)
    running.update(view[-_HASH_BYTES:])
    magic, version, length = _START.unpack_from(body)
    if magic != kind.magic:
        raise kind.damaged(f"it begins with {magic!r}", kind.foreign)
    if version > VERSION:
        raise kind.too_new(f"it has version {version} of the format", kind.version)
    if version < 1 or not 0 < length <= len(body) - _START.size - _HASH_BYTES:
        raise kind.damaged(f"its header cannot be version {version}, length {length}", kind.header)
    end = _START.size + length
    return Frame(kind, body[_START.size : end], body[end:-_HASH_BYTES], running.hexdigest())
