"""The JSON forms of stored values; tests/model/test_values.py has the ways there and back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from skygarth.model.encoding import microseconds
from skygarth.model.json_forms import json_moment, json_reader
from skygarth.model.schema import FieldSchema, Kind


@pytest.mark.parametrize("year", [1, 999, 1970, 9999])
def test_a_moment_always_has_27_letters(year: int) -> None:
    """So texts of moments sort as moments do."""
    written = json_moment(microseconds(datetime(year, 6, 5, tzinfo=UTC)))

    assert f"{year:04}-06-05T00:00:00.000000Z" == written


@pytest.mark.parametrize("kind", list(Kind))
def test_python_values_pass_where_json_is_awaited(kind: Kind) -> None:
    """A value that is no text is left to the encoder to judge."""
    read = json_reader(FieldSchema(name="field", kind=kind, link_type="any"), "thing")
    value = object()

    assert read(value) is value
