"""What every object is at least."""

from __future__ import annotations

import pytest

from skygarth.model.errors import Invalid
from skygarth.model.identified import Identified, bound_row, home_of, set_home, set_row


class Plank(Identified):
    """A thing."""

    type_name = "plank"


class Shelf:
    """Where planks are kept."""

    def linked(self, type_name: str, guid: bytes) -> Identified | None:
        """Nothing is linked."""
        return None


def new() -> Plank:
    """An object that was never created in a repository."""
    plank = Plank()
    set_row(plank, None)
    set_home(plank, None)
    return plank


def test_an_object_of_a_repository_has_a_row_and_a_home() -> None:
    """Both are given once it is created or read."""
    plank, shelf = new(), Shelf()
    set_row(plank, (b"guid", 1))
    set_home(plank, shelf)

    assert bound_row(plank) == (b"guid", 1)
    assert home_of(plank) is shelf


def test_a_new_object_has_neither() -> None:
    """Whoever asks is told to create it first (SG-OBJECT-001)."""
    for question in (bound_row, home_of):
        with pytest.raises(Invalid) as refused:
            question(new())
        assert refused.value.code == "SG-OBJECT-001"
        assert "plank" in refused.value.message
        assert "create it first" in refused.value.hint
