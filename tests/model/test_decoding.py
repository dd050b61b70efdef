"""Values come back from the database as Python has them."""

from __future__ import annotations

import pytest

from skygarth.model.decoding import decode_guid, decoder
from skygarth.model.guid import Guid
from skygarth.model.schema import FieldSchema, Kind


@pytest.mark.parametrize(
    "kind", [Kind.TEXT, Kind.LONG_TEXT, Kind.INTEGER, Kind.FLOAT, Kind.BYTES, Kind.ENUM]
)
def test_what_is_stored_as_it_is_needs_no_decoder(kind: Kind) -> None:
    """Reading such a field costs no call."""
    assert decoder(FieldSchema(name="field", kind=kind), {}) is None


def test_a_guid_is_16_bytes() -> None:
    """As a database keeps it."""
    assert Guid(int=1) == decode_guid(b"\0" * 15 + b"\1")


def test_a_truth_value_is_no_number() -> None:
    """Though it is stored as one."""
    decode = decoder(FieldSchema(name="field", kind=Kind.BOOLEAN), {})
    assert decode is not None

    assert decode(1) is True
    assert decode(0) is False
