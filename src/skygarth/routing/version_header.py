"""``Skygarth-Version``: what a reader has seen, as far as a router needs to know it.

The node that answers reads it strictly and refuses nonsense; on the way,
nonsense is no reason for anything.
"""

from __future__ import annotations

from skygarth.model.position import INCARNATION_DIGITS, Incarnation, Vector

PARTS_MAX = 256


def vector_in(value: bytes) -> Vector:
    """The vector in a header's value; empty if there is none."""
    vector: dict[Incarnation, int] = {}
    for part in value.decode("latin-1").split(",", PARTS_MAX)[:PARTS_MAX]:
        incarnation, _, sequence = part.strip().partition(":")
        if len(incarnation) != INCARNATION_DIGITS or not sequence.isdecimal() or len(sequence) > 18:
            return {}
        vector[Incarnation(incarnation)] = int(sequence)
    return vector
