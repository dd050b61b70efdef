"""What holds for every shape."""

from __future__ import annotations

import re

import pytest
from tests.images.samples import STORE

from skygarth.images import SHAPES


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_has_the_bucket_filled_in(shape: str) -> None:
    """One command, and what it writes knows its bucket."""
    rendering = SHAPES[shape](STORE)

    assert rendering.shape == shape
    assert "acme" in "".join(rendering.files.values())
    assert rendering.next_steps


@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_holds_a_key(shape: str) -> None:
    """Only where a machine finds its own."""
    text = "".join(SHAPES[shape](STORE).files.values())

    assert not re.search(r"skykey_[0-9a-f]|AKIA[0-9A-Z]{16}|BEGIN [A-Z ]*PRIVATE KEY", text)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_definition_gives_the_same_files(shape: str) -> None:
    """So that they can be kept under version control."""
    assert SHAPES[shape](STORE) == SHAPES[shape](STORE)
