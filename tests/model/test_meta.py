"""Metadata, seen from the class and from the object; tests/model/test_types.py reads the values."""

from __future__ import annotations

from skygarth.model.expressions import META_KINDS, Field
from skygarth.model.meta import Meta
from skygarth.model.types import Type


class Stone(Type):
    """Something without fields."""


def test_both_views_have_the_same_metadata() -> None:
    """What an object tells can be asked for."""
    told = {name for name in vars(Meta) if not name.startswith("_")}

    assert told == set(META_KINDS)
    assert all(isinstance(getattr(Stone.meta, name), Field) for name in told)
    assert isinstance(Stone.guid, Field)


def test_metadata_say_themselves_shortly() -> None:
    """For whoever looks at one in a console."""
    meta = Meta((b"", 0, "ada", 0, "ada", 7, None, 0, 0))

    assert repr(meta) == "Meta(revision=7, revised=1970-01-01T00:00:00+00:00)"
