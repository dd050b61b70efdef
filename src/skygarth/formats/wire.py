"""How values look in JSON, and how foreign JSON becomes values (FMT-1).

Reading is strict on types and shapes and tolerant of members it does not know:
a later version may say more. What must not be skipped comes with a new version
number or a named feature instead.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias, TypeVar

import msgspec

from skygarth.model.position import Incarnation, Vector

SEQUENCE_MAX = 10**16 - 1
_COUNT_MAX = 2**63 - 1

IncarnationText: TypeAlias = Annotated[Incarnation, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
DigestText: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
DigestOrNone: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A([0-9a-f]{64})?\Z")]
StampText: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
Sequence: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=SEQUENCE_MAX)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=_COUNT_MAX)]
VectorObject: TypeAlias = dict[IncarnationText, Annotated[int, msgspec.Meta(ge=0, le=SEQUENCE_MAX)]]

Value = TypeVar("Value")


class Unreadable(Exception):
    """Bytes that are no JSON of the expected shape; says why."""


def vector_object(vector: Vector) -> dict[Incarnation, int]:
    """The vector without logs at 0, which say nothing: equal vectors give equal JSON."""
    return {name: through for name, through in vector.items() if through > 0}


def write_json(value: object) -> bytes:
    """Canonical JSON: sorted keys, no blanks, UTF-8. Equal values give equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def signed_part(document: bytes) -> bytes:
    """The bytes that a signature inside a JSON object covers: all members but itself.

    Members that this version does not know are covered too: a node must be able to
    verify what a newer one has signed.

    Raises:
        Unreadable: the document is no JSON object.
    """
    members = read_json(document, dict[str, object])
    members.pop("signature", None)
    return write_json(members)


def read_json(document: bytes, shape: type[Value]) -> Value:
    """The value that `write_json` wrote.

    Raises:
        Unreadable: the document is not JSON, or not of this shape.
    """
    try:
        return msgspec.json.decode(document, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise Unreadable(str(cause)) from cause
