"""Exit codes say to a script what the message says to a person."""

from __future__ import annotations

import pytest

from skygarth.cli.faults import UsageFault, exit_code
from skygarth.model.errors import (
    Conflict,
    Damaged,
    Denied,
    Fenced,
    Invalid,
    InvalidValue,
    NotFound,
    SkygarthError,
    TimedOut,
    Unavailable,
    Unsupported,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageFault("x"), 2),
        (Invalid("x"), 1),
        (InvalidValue("name", "is long", "max_length=3"), 1),
        (NotFound("x"), 4),
        (Conflict("x"), 5),
        (Fenced("x"), 5),
        (Unavailable("x"), 6),
        (Denied("x"), 7),
        (TimedOut("x"), 8),
        (Damaged("x"), 1),
        (Unsupported("x"), 1),
        (SkygarthError("x"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_every_class_of_error_has_its_exit_code(error: SkygarthError, code: int) -> None:
    """What the reader of an error does next decides the exit code."""
    assert exit_code(error) == code
