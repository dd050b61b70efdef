"""The identity of an object: a UUIDv7 (RFC 9562), made where the object is made.

Its first 48 bits are milliseconds, so objects made one after another lie side
by side in an index. Making one needs time and chance; both are handed in.
"""

from __future__ import annotations

import uuid
from typing import TypeAlias

from skygarth.model.errors import Invalid

Guid: TypeAlias = uuid.UUID

_VERSION_7 = 0x7000
_VARIANT = 0x8000000000000000


def make_guid(milliseconds: int, noise: int) -> bytes:
    """The 16 bytes of a UUIDv7.

    Args:
        milliseconds: since 1970, 48 bits.
        noise: 74 random bits; neighbours of one millisecond sort by its high bits.
    """
    assert 0 <= milliseconds < 1 << 48
    assert 0 <= noise < 1 << 74
    high = milliseconds << 16 | _VERSION_7 | noise >> 62
    low = _VARIANT | noise & 0x3FFFFFFFFFFFFFFF
    return (high << 64 | low).to_bytes(16, "big")


def parse_guid(text: str) -> Guid:
    """The GUID that a person or a request wrote.

    Raises:
        Invalid: the text is no GUID.
    """
    try:
        return uuid.UUID(text)
    except ValueError as cause:
        raise Invalid(
            f"this is no guid. text={text!r}",
            code="SG-GUID-001",
            hint="a guid looks like 01890a5d-ac96-774b-bcce-b302099a8057",
        ) from cause
