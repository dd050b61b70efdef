"""Errors say what was tried, by which code it is known, and what to do next."""

from __future__ import annotations

import pytest

from skygarth.model import errors
from skygarth.model.errors import Invalid, InvalidValue, SkygarthError

FAMILY = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, SkygarthError)
]


@pytest.mark.parametrize("kind", FAMILY)
def test_every_error_has_a_code(kind: type[SkygarthError]) -> None:
    """Of its own, unless a better one is given."""
    assert kind.default_code.startswith("SG-")


def test_codes_are_told_apart() -> None:
    """No two kinds share their general code."""
    assert len({kind.default_code for kind in FAMILY}) == len(FAMILY)


def test_a_way_out_stands_in_the_text() -> None:
    """In a log, too."""
    error = Invalid("this is wrong. value=3", code="SG-TEST-001", hint="write 4")

    assert str(error) == "this is wrong. value=3 (write 4)"
    assert (error.code, str(Invalid("plain"))) == ("SG-TEST-001", "plain")


def test_a_wrong_value_names_field_fault_and_rule() -> None:
    """Each for itself, for forms; together, for people."""
    error = InvalidValue("name", "81 characters are too many", "max_length=80", type_name="page")

    assert (error.field, error.fault, error.rule) == (
        "name",
        "81 characters are too many",
        "max_length=80",
    )
    assert str(error) == "page.name: 81 characters are too many (the rule is max_length=80)"
