"""A plan encodes whole objects, and knows where in a row name and parent stand."""

from __future__ import annotations

import pytest

from skygarth.model.attributes import Attr, attr
from skygarth.model.errors import Invalid, InvalidValue
from skygarth.model.expressions import META_KINDS
from skygarth.model.plans import FIRST_FIELD
from skygarth.model.types import Type


class Crate(Type, path="name"):
    """A thing with a name and a place."""

    size: Attr[int] = attr(default=1)
    name: Attr[str] = attr()
    tags: Attr[list[str]] = attr(default=[])
    inside: Attr[Crate | None] = attr(default=None, tree=True)
    count: Attr[int] = attr(merge="counter", default=0)


PLAN = Crate.__plan__


def test_defaults_stand_where_nothing_was_given() -> None:
    """All fields come, in the schema's order."""
    assert PLAN.encode_all({"name": "a", "tags": ("x",)}) == [1, "a", '["x"]', None, 0]


def test_a_needed_field_is_missed() -> None:
    """One without a default that may not be None."""
    with pytest.raises(InvalidValue) as caught:
        PLAN.encode_all({"size": 2})

    assert (caught.value.field, caught.value.rule) == ("name", "required")


def test_some_fields_are_encoded_alone() -> None:
    """As an update needs them; unknown names are refused."""
    assert PLAN.encode_some({"size": 2}) == {"size": 2}
    with pytest.raises(Invalid) as caught:
        PLAN.encode_some({"weight": 2})
    assert caught.value.code == "SG-TYPE-008"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a~b", "/"])
def test_a_name_must_fit_into_a_path(name: str) -> None:
    """Paths divide at slashes, derived names at tildes."""
    with pytest.raises(InvalidValue):
        PLAN.encode_some({"name": name})


def test_a_plan_knows_its_places() -> None:
    """Fields follow the GUID and the metadata."""
    assert 1 + len(META_KINDS) == FIRST_FIELD
    assert (PLAN.name_index, PLAN.parent_index) == (FIRST_FIELD + 1, FIRST_FIELD + 3)
    assert PLAN.mutable == ("tags",)
    assert PLAN.counters == {"count"}
    assert PLAN.find_plan("crate") is PLAN
