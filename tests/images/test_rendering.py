"""Templates are filled in whole, and files know their permissions."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from skygarth.images.rendering import Rendering, fill, indented


def test_a_name_without_a_value_is_our_mistake() -> None:
    """Nothing is left empty silently."""
    with pytest.raises(UndefinedError):
        fill("systemd/tmpfiles.conf")


def test_programs_are_executable() -> None:
    """And nothing else is."""
    rendering = Rendering("x", {"run.sh": "", "plain": ""}, executables=frozenset({"run.sh"}))

    assert (rendering.mode("run.sh"), rendering.mode("plain")) == (0o755, 0o644)


def test_indented_text_leaves_empty_lines_empty() -> None:
    """As YAML's block texts want it."""
    assert indented("a\n\n  b\n", 2) == "  a\n\n    b"
