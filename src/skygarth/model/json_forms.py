"""Stored values as JSON has them, and back: what the HTTP interface and the command line speak.

Moments are ISO 8601 in UTC with microseconds and a ``Z``, GUIDs and decimals
are texts, bytes are base64. Reading is forgiving where nothing is in doubt: an
offset instead of ``Z``, or a Python value where its JSON form is awaited.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

import msgspec

from skygarth.model.decoding import decode_datetime, decode_guid
from skygarth.model.field_rules import FieldRules
from skygarth.model.schema import FieldSchema, Kind, Stored

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
"""Whatever JSON can say."""

ToJson: TypeAlias = Callable[[Stored], JsonValue]


def json_writer(schema: FieldSchema) -> ToJson:
    """The function that gives the JSON form of a field's stored values."""
    if schema.kind is Kind.DECIMAL:
        return _decimal_writer(schema.places or 0)
    return _WRITERS.get(schema.kind, _as_it_is)


def json_reader(schema: FieldSchema, type_name: str) -> Callable[[object], object]:
    """The function that turns a JSON form into a Python value, ready to be encoded.

    Raises (the function):
        InvalidValue: a text that stands for no such value.
    """
    reading = _READERS.get(schema.kind)
    if reading is None:
        return _unread
    field = FieldRules(schema, type_name)
    wanted, parse = reading

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return parse(value)
        except (ValueError, InvalidOperation, binascii.Error) as cause:
            raise field.wrong_kind(value, wanted) from cause

    return read


def json_moment(stored: Stored) -> str:
    """Microseconds since 1970 UTC as ``2026-01-01T12:00:00.000000Z``."""
    return decode_datetime(stored).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _as_it_is(stored: Stored) -> JsonValue:
    assert not isinstance(stored, bytes)
    return stored


def _unread(value: object) -> object:
    return value


def _decimal_writer(places: int) -> ToJson:
    def write(stored: Stored) -> JsonValue:
        if stored is None:
            return None
        assert isinstance(stored, int)
        return f"{Decimal(stored).scaleb(-places):f}"

    return write


def _write_json(stored: Stored) -> JsonValue:
    if stored is None:
        return None
    assert isinstance(stored, str)
    value: JsonValue = msgspec.json.decode(stored)
    return value


def _write_bytes(stored: Stored) -> JsonValue:
    assert stored is None or isinstance(stored, bytes)
    return None if stored is None else base64.b64encode(stored).decode("ascii")


_WRITERS: dict[Kind, ToJson] = {
    Kind.BOOLEAN: lambda stored: None if stored is None else bool(stored),
    Kind.DATETIME: lambda stored: None if stored is None else json_moment(stored),
    Kind.BYTES: _write_bytes,
    Kind.JSON: _write_json,
    Kind.LIST: _write_json,
    Kind.LINK: lambda stored: None if stored is None else str(decode_guid(stored)),
}

_READERS: dict[Kind, tuple[str, Callable[[str], object]]] = {
    Kind.DATETIME: ("moment (ISO 8601 with Z)", datetime.fromisoformat),
    Kind.DATE: ("date (YYYY-MM-DD)", date.fromisoformat),
    Kind.DECIMAL: ("decimal number", Decimal),
    Kind.BYTES: ("base64", lambda text: base64.b64decode(text, validate=True)),
    Kind.LINK: ("guid", uuid.UUID),
}
