"""From a stored value back to the Python value that it stands for.

Many kinds are stored as Python has them and need no function at all: None in
`decoder` says so, and spares a call for each attribute that is read.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

import msgspec

from skygarth.model.encoding import EPOCH
from skygarth.model.errors import Damaged
from skygarth.model.schema import FieldSchema, Kind, Stored

Decode: TypeAlias = Callable[[Stored], object]
"""For any stored value but None."""


def decoder(schema: FieldSchema, members: Mapping[enum.Enum, str]) -> Decode | None:
    """The function that decodes values of a field; None where the stored value is the value.

    A link decodes to its GUID; who has a repository at hand asks it for the object.
    """
    match schema.kind:
        case Kind.ENUM if members:
            return _enum(members)
        case Kind.DECIMAL:
            return _decimal(schema.places or 0)
        case Kind.BOOLEAN:
            return bool
        case kind:
            return _DECODERS.get(kind)


def decode_datetime(stored: Stored) -> datetime:
    """The moment of microseconds since 1970 UTC."""
    assert isinstance(stored, int)
    try:
        return EPOCH + timedelta(microseconds=stored)
    except OverflowError as cause:
        raise Damaged(
            f"this moment lies beyond the calendar. microseconds={stored}",
            code="SG-VALUE-002",
            hint="set the field anew",
        ) from cause


def decode_guid(stored: Stored) -> uuid.UUID:
    """The GUID of 16 bytes."""
    assert isinstance(stored, bytes)
    return uuid.UUID(bytes=stored)


def _decode_date(stored: Stored) -> date:
    return date.fromisoformat(str(stored))


def _decode_json(stored: Stored) -> object:
    assert isinstance(stored, str)
    return msgspec.json.decode(stored)


def _decimal(places: int) -> Decode:
    def decode(stored: Stored) -> Decimal:
        assert isinstance(stored, int)
        return Decimal(stored).scaleb(-places)

    return decode


def _enum(members: Mapping[enum.Enum, str]) -> Decode:
    by_text = {text: member for member, text in members.items()}

    def decode(stored: Stored) -> object:
        """The member; a text that a newer node chose and this one does not know stays a text."""
        return by_text.get(str(stored), stored)

    return decode


_DECODERS: dict[Kind, Decode] = {
    Kind.DATETIME: decode_datetime,
    Kind.DATE: _decode_date,
    Kind.JSON: _decode_json,
    Kind.LIST: _decode_json,
    Kind.LINK: decode_guid,
}
