"""The table of codes."""

from __future__ import annotations

from skygarth.formats import codes


def test_a_code_has_one_meaning() -> None:
    """No two faults share a code, and none takes that of a type's schema."""
    values = [value for name, value in vars(codes).items() if name.isupper()]

    assert sorted(set(values)) == sorted(values)
    assert "SG-SEGMENT-005" not in values
