"""When a field got its value, and who gave it.

A stamp is 16 bytes: 48 bits of milliseconds, a 16-bit counter, and the first
64 bits of the writer's incarnation. Bytes compare as stamps do, so a database
orders them without help. Since the writer is part of it, two nodes never give
equal stamps (as far as random identities never collide), a stamp names one
change of a field exactly, and who wrote a value can be read off it (CLK-2).
"""

from __future__ import annotations

from typing import NewType

Stamp = NewType("Stamp", bytes)
"""16 bytes, big-endian; the greater stamp is the later one."""

STAMP_BYTES = 16
COUNTER_MAX = 0xFFFF
MILLISECONDS_MAX = (1 << 48) - 1


def make_stamp(milliseconds: int, counter: int, writer: bytes) -> Stamp:
    """Put a stamp together from hybrid time and the writer's incarnation (16 bytes)."""
    assert 0 <= milliseconds <= MILLISECONDS_MAX
    assert 0 <= counter <= COUNTER_MAX
    assert len(writer) == 16
    return Stamp((milliseconds << 16 | counter).to_bytes(8, "big") + writer[:8])


def stamp_time(stamp: bytes) -> tuple[int, int]:
    """Milliseconds since 1970 and the counter within them."""
    assert len(stamp) == STAMP_BYTES
    time = int.from_bytes(stamp[:8], "big")
    return time >> 16, time & COUNTER_MAX


def stamp_writer(stamp: bytes) -> bytes:
    """The first 8 bytes of the incarnation that gave the stamp."""
    assert len(stamp) == STAMP_BYTES
    return stamp[8:]
