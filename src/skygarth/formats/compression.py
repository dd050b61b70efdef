"""zstd, with a bound that foreign bytes cannot talk their way past (FMT-3).

A few kilobytes can unpack to gigabytes. So the size that an author declares is
checked first, the size that the zstd frame declares must be the same, and
unpacking stops at that size whatever comes.
"""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

IMAGE_BYTES_MAX = 256 * 1024 * 1024
"""The largest image that is packed or unpacked."""

LEVEL = 1
"""Level 3 makes segments 6 % smaller and takes twice as long."""


class Unpackable(Exception):
    """The bytes do not unpack to what was declared; says why."""


def compress(image: bytes) -> bytes:
    """One zstd frame that declares its size."""
    return zstd.compress(image, level=LEVEL)


def decompress(packed: bytes, size: int) -> bytes:
    """Exactly `size` bytes from exactly one frame.

    Raises:
        Unpackable: it is not one whole frame, or not of this size.
    """
    assert 0 <= size <= IMAGE_BYTES_MAX
    try:
        declared = zstd.get_frame_info(packed).decompressed_size
        if declared != size:
            raise Unpackable(f"the frame declares {declared} bytes")
        unpacking = zstd.ZstdDecompressor()
        image = unpacking.decompress(packed, max_length=size + 1)
    except zstd.ZstdError as cause:
        raise Unpackable(str(cause)) from cause
    if not unpacking.eof or unpacking.unused_data or len(image) != size:
        raise Unpackable("it is not one whole frame")
    return image
