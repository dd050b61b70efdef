"""Objects as JSON, both ways."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from skygarth.model.attributes import Attr, attr
from skygarth.model.errors import Invalid, InvalidValue
from skygarth.model.guid import Guid
from skygarth.model.json_objects import (
    fields_from_json,
    fields_to_json,
    meta_from_json,
    meta_to_json,
)
from skygarth.model.types import Type
from skygarth.repository import Repository


class Parcel(Type):
    """Something to send."""

    label: Attr[str] = attr()
    sent: Attr[datetime | None] = attr(default=None)
    within: Attr[Parcel | None] = attr(default=None)


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_an_object_is_told_with_its_metadata(repository: Repository) -> None:
    """In the forms that the interface names; a link is the GUID it holds."""
    outer = repository.create(Parcel(label="outer"))
    parcel = repository.create(Parcel(label="a", sent=NOON, within=outer), published=NOON)

    assert fields_to_json(parcel) == {
        "label": "a",
        "sent": "2026-01-01T12:00:00.000000Z",
        "within": str(outer.guid),
    }
    assert meta_to_json(parcel) | {"created": "", "revised": ""} == {
        "created": "",
        "creator": "a",
        "revised": "",
        "revisor": "a",
        "revision": 1,
        "published": "2026-01-01T12:00:00.000000Z",
        "hidden": False,
        "deleted": False,
    }


def test_a_request_becomes_values() -> None:
    """Texts are read as what their field holds."""
    given = {"label": "a", "sent": "2026-01-01T12:00:00Z", "within": str(Guid(int=1))}

    assert fields_from_json(Parcel.__plan__, given) == {
        "label": "a",
        "sent": NOON,
        "within": Guid(int=1),
    }
    assert meta_from_json({"published": "2026-01-01T12:00:00Z", "hidden": True, "x": 1}) == {
        "published": NOON,
        "hidden": True,
        "x": 1,
    }


def test_a_wrong_request_is_refused() -> None:
    """A field that there is not, a text that stands for nothing."""
    with pytest.raises(Invalid):
        fields_from_json(Parcel.__plan__, {"colour": "red"})
    with pytest.raises(InvalidValue):
        fields_from_json(Parcel.__plan__, {"sent": "soon"})
