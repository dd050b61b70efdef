"""Objects of declared types, before any repository keeps them; and types from schemas alone."""

from __future__ import annotations

import timeit
from datetime import UTC, datetime

import pytest

from skygarth.model.attributes import Attr, attr
from skygarth.model.binding import assigned_values, hydrate
from skygarth.model.errors import Invalid, InvalidValue
from skygarth.model.guid import Guid
from skygarth.model.identified import Identified
from skygarth.model.schema import FieldSchema, Kind, Stored, TypeSchema
from skygarth.model.types import (
    Type,
    declared_types,
    linked_class,
    schema_of,
    type_from_schema,
)


class Room(Type, path="name"):
    """A place."""

    name: Attr[str] = attr(max_length=5)
    inside: Attr[Room | None] = attr(default=None, tree=True)


class Lamp(Type, path="name"):
    """Something in a place."""

    name: Attr[str] = attr(max_length=5)
    lit: Attr[bool] = attr(default=False)
    since: Attr[datetime | None] = attr(default=None)
    tags: Attr[list[str]] = attr(default=["new"])
    room: Attr[Room | None] = attr(default=None, tree=True)


class Somewhere:
    """A home that knows one room."""

    def __init__(self) -> None:
        self.room: Room | None = None

    def linked(self, type_name: str, guid: bytes) -> Identified | None:
        """The room, once there is one."""
        assert (type_name, guid) == ("room", b"r" * 16)
        return self.room


META = (1_000_000, "ada", 2_000_000, "bob", 3, None, 1, 0)


def _lamp(home: Somewhere, *fields: Stored) -> Lamp:
    return hydrate(Lamp, (b"l" * 16, *META, *fields), home)  # type: ignore[arg-type]


def test_a_type_is_called_as_its_class() -> None:
    """In snake case."""
    assert Lamp.type_name == "lamp"
    assert schema_of(Lamp).path_field == "name"
    assert Lamp in list(declared_types())


def test_an_object_has_the_values_it_was_made_with() -> None:
    """And the declared defaults for the others, each object its own."""
    lamp, other = Lamp(name="a", lit=True), Lamp(name="b")
    lamp.tags.append("old")

    assert (lamp.name, lamp.lit, lamp.since, lamp.room) == ("a", True, None, None)
    assert (lamp.tags, other.tags) == (["new", "old"], ["new"])
    assert not lamp.is_created


def test_a_misspelt_field_is_refused() -> None:
    """When an object is made, and when it is assigned to."""
    with pytest.raises(Invalid) as made:
        Lamp(nmae="a")  # type: ignore[call-arg]
    lamp = Lamp(name="a")
    with pytest.raises(Invalid) as assigned:
        lamp.lid = True  # type: ignore[attr-defined]

    assert made.value.code == assigned.value.code == "SG-TYPE-008"
    assert "lit" in made.value.hint


def test_an_assignment_is_checked_at_once() -> None:
    """Long before anybody saves it."""
    lamp = Lamp(name="a")
    with pytest.raises(InvalidValue):
        lamp.name = "much too long"
    lamp.name = "b"

    assert lamp.name == "b"


def test_what_only_kept_objects_have_is_refused_before() -> None:
    """With the way to it."""
    lamp = Lamp(name="a")
    for ask in (
        lambda: lamp.guid,
        lambda: lamp.meta,
        lambda: lamp.path,
        lambda: lamp.conflicts,
        lambda: lamp.link_guid("room"),
        lambda: lamp.update(name="b"),
        lambda: lamp.delete(),
    ):
        with pytest.raises(Invalid) as caught:
            ask()

        assert caught.value.code == "SG-OBJECT-001"
        assert "create" in caught.value.hint


def test_a_kept_object_reads_its_row() -> None:
    """Fields are decoded, metadata are beside them."""
    lamp = _lamp(Somewhere(), "a", 1, 0, '["x"]', None)

    assert (lamp.name, lamp.lit, lamp.tags) == ("a", True, ["x"])
    assert lamp.since == datetime(1970, 1, 1, tzinfo=UTC)
    assert lamp.guid == Guid(bytes=b"l" * 16)
    assert lamp.meta.created == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert lamp.meta.revised == datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC)
    assert (lamp.meta.creator, lamp.meta.revisor, lamp.meta.revision) == ("ada", "bob", 3)
    assert (lamp.meta.published, lamp.meta.hidden, lamp.meta.deleted) == (None, True, False)


def test_a_link_gives_the_object_once_there_is_one() -> None:
    """Until then None, asked anew each time; the GUID can be read always."""
    home = Somewhere()
    lamp = _lamp(home, "a", 1, None, "[]", b"r" * 16)
    before = lamp.room
    home.room = Room(name="r")

    assert before is None
    assert lamp.room is home.room
    assert lamp.link_guid("room") == Guid(bytes=b"r" * 16)
    with pytest.raises(Invalid):
        lamp.link_guid("name")


def test_assignments_and_changes_in_place_are_remembered() -> None:
    """In stored form, for whoever saves the object."""
    lamp = _lamp(Somewhere(), "a", 1, None, '["x"]', None)
    lamp.name = "b"
    lamp.tags.append("y")
    lamp.room = Guid(bytes=b"s" * 16)  # type: ignore[assignment]

    assert assigned_values(lamp) == {"name": "b", "tags": '["x","y"]', "room": b"s" * 16}
    assert lamp.link_guid("room") == Guid(bytes=b"s" * 16)


def test_objects_are_equal_by_identity() -> None:
    """Two readings of one object are one object; unkept ones are only themselves."""
    home = Somewhere()
    one, two = (_lamp(home, "a", 1, None, "[]", None) for _ in range(2))

    assert one == two
    assert len({one, two}) == 1
    assert Lamp(name="a") != Lamp(name="a")
    assert repr(one) == f"Lamp(guid='{one.guid}', name='a')"


def test_a_link_finds_the_class_of_its_own_module() -> None:
    """Another application's type of the same name does not get in between."""
    made = type("Room", (Type,), {"__annotations__": {"name": str}, "__module__": "elsewhere"})

    assert linked_class(Lamp, "room") is Room
    assert linked_class(Room, "room") is Room
    assert made is not Room


def test_a_link_to_nothing_is_refused() -> None:
    """When it is followed, since the type might have been declared later."""

    class Lonely(Type):
        friend: Nowhere | None  # type: ignore[name-defined] # noqa: F821

    with pytest.raises(Invalid) as caught:
        linked_class(Lonely, "nowhere")

    assert caught.value.code == "SG-TYPE-002"


def test_a_schema_alone_makes_a_type() -> None:
    """So that objects which another node declared can be read, asked for and edited."""
    schema = TypeSchema(
        name="garden_chair",
        fields=(
            FieldSchema(name="name", kind=Kind.TEXT, required=True),
            FieldSchema(name="legs", kind=Kind.INTEGER, default=4),
            FieldSchema(name="next_to", kind=Kind.LINK, link_type="garden_chair"),
            FieldSchema(name="path", kind=Kind.TEXT),
        ),
        path_field="name",
    )
    chair = type_from_schema(schema, lambda _: chair)
    made = chair(name="a")

    assert chair.__name__ == "GardenChair"
    assert chair.type_name == "garden_chair"
    assert schema_of(chair) == schema
    assert (made.name, made.legs) == ("a", 4)  # type: ignore[attr-defined]
    assert chair not in list(declared_types())
    assert chair.next_to.name.path == ("next_to", "name")  # type: ignore[attr-defined]


def test_reading_a_field_is_quick() -> None:
    """Once decoded, a value is found as any attribute is: far below a microsecond."""
    lamp = _lamp(Somewhere(), "a", 1, None, "[]", None)
    seconds = min(timeit.repeat(lambda: lamp.name, number=1000, repeat=20))

    assert seconds / 1000 < 2e-6
