"""What can be known of a SQLite database before SQLite opens it (FMT-2).

An image from a bucket is foreign input. SQLite copes with a damaged file, but
the cheapest defence is not to show it one: a whole database has its magic, a
page size that is a power of two, as many pages as it says, no write-ahead log
that would have to lie beside it, and UTF-8 texts.
"""

from __future__ import annotations

MAGIC = b"SQLite format 3\x00"
HEADER_BYTES = 100

_CONSTANT_BYTES = bytes([64, 32, 32])  # fractions that the format fixes, at offset 21
_ROLLBACK_JOURNAL = bytes([1, 1])  # write and read version, at offset 18
_UTF8 = 1


def fault_of_image(image: bytes) -> str:
    """Why these bytes are no whole SQLite database that can travel; "" if they are."""
    if len(image) < HEADER_BYTES or not image.startswith(MAGIC):
        return "it is no SQLite database"
    page_size = _number(image, 16, 2)
    page_size = 65_536 if page_size == 1 else page_size
    if page_size < 512 or page_size & (page_size - 1):
        return f"its page size cannot be {page_size}"
    pages = _number(image, 28, 4)
    if pages * page_size != len(image):
        return f"it has {len(image)} bytes and declares {pages} pages of {page_size}"
    if image[18:20] != _ROLLBACK_JOURNAL or image[21:24] != _CONSTANT_BYTES:
        return "it needs a write-ahead log beside it, or has an unknown layout"
    if _number(image, 56, 4) != _UTF8:
        return "its texts are not in UTF-8"
    return ""


def _number(image: bytes, offset: int, size: int) -> int:
    return int.from_bytes(image[offset : offset + size], "big")
