"""Every kind of field can be declared, and a declaration that makes no sense is refused at once."""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

import pytest

from skygarth.model.attributes import Attr, Json, LongText, attr
from skygarth.model.errors import Invalid, SkygarthError, Unsupported
from skygarth.model.schema import FieldSchema, Kind, MergeRule
from skygarth.model.types import Type, schema_of


class Mood(enum.StrEnum):
    """Something to choose from."""

    CALM = "calm"
    GLAD = "glad"


def _field(annotation: object, declared: object = None) -> FieldSchema:
    """The schema of a field that is declared alone in a class."""
    body = {"__annotations__": {"field": annotation}, "__module__": __name__}
    if declared is not None:
        body["field"] = declared  # type: ignore[assignment]
    made = type("Thing", (Type,), body)
    assert issubclass(made, Type)
    return schema_of(made).fields[0]


def _refusal(annotation: object, declared: object = None) -> SkygarthError:
    with pytest.raises(SkygarthError) as caught:
        _field(annotation, declared)
    return caught.value


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (str, Kind.TEXT),
        (LongText, Kind.LONG_TEXT),
        (int, Kind.INTEGER),
        (float, Kind.FLOAT),
        (bool, Kind.BOOLEAN),
        (datetime, Kind.DATETIME),
        (date, Kind.DATE),
        (Decimal, Kind.DECIMAL),
        (bytes, Kind.BYTES),
        (Json, Kind.JSON),
        (Mood, Kind.ENUM),
        (list[str], Kind.LIST),
        (list[int], Kind.LIST),
        ("Thing", Kind.LINK),
        ("Attr[list[str] | None]", Kind.LIST),
    ],
)
def test_each_kind_has_an_annotation(annotation: object, kind: Kind) -> None:
    """With and without None, directly and as text, plain and as `Attr`."""
    plain = _field(annotation)
    named = annotation if isinstance(annotation, str) else None
    optional = _field(f"{named} | None" if named else annotation | None)  # type: ignore[operator]
    typed = _field(f"Attr[{named}]" if named else Attr[annotation])  # type: ignore[valid-type]

    assert [kind] * 3 == [plain.kind, optional.kind, typed.kind]
    assert not optional.required
    assert plain.required is ("None" not in str(annotation))


def test_annotations_as_text_mean_the_same() -> None:
    """`from __future__ import annotations` changes nothing."""
    assert _field("Decimal | None", attr(places=2)) == _field(Decimal | None, attr(places=2))


def test_types_may_be_declared_inside_functions() -> None:
    """Their annotations see what stands around them."""

    class Local(enum.StrEnum):
        ONE = "one"

    class Inside(Type):
        choice: Local
        other: Inside | None

    assert schema_of(Inside).by_name["choice"].choices == ("one",)
    assert schema_of(Inside).by_name["other"].link_type == "inside"


def test_class_variables_are_no_fields() -> None:
    """A type may have constants."""

    class Constant(Type):
        limit: ClassVar[int] = 3
        name: str

    assert list(schema_of(Constant).by_name) == ["name"]
    assert Constant.limit == 3


def test_a_plain_value_is_a_default() -> None:
    """Without `attr`, as in a dataclass."""
    assert _field(int, 3).default == 3


@pytest.mark.parametrize(
    ("annotation", "declared", "expected"),
    [
        (str, attr(long=True), {"kind": Kind.LONG_TEXT}),
        (str, attr(choices=("a", "b")), {"kind": Kind.ENUM, "choices": ("a", "b")}),
        (int, attr(merge="counter"), {"merge": MergeRule.COUNTER, "default": 0}),
        (Decimal, attr(), {"places": 6}),
        (Decimal, attr(places=2, minimum=Decimal("0.5")), {"places": 2, "minimum": 0.5}),
        (Mood, attr(default=Mood.GLAD), {"default": "glad"}),
        (list[str], attr(default=()), {"default": "[]"}),
        (str | None, attr(required=True), {"required": True}),
        (str, attr(required=False), {"required": False}),
        (datetime | None, attr(default=None), {"default": None, "required": False}),
    ],
)
def test_what_attr_says_stands_in_the_schema(
    annotation: object, declared: object, expected: dict[str, object]
) -> None:
    """Options reach the database, segments and other nodes."""
    schema = _field(annotation, declared)

    assert expected == {name: getattr(schema, name) for name in expected}


@pytest.mark.parametrize(
    ("annotation", "declared", "code"),
    [
        (object, None, "SG-TYPE-002"),
        (dict, None, "SG-TYPE-002"),
        (int | str, None, "SG-TYPE-002"),
        (list[float], None, "SG-TYPE-002"),
        (list[str | None], None, "SG-TYPE-002"),
        (list, None, "SG-TYPE-002"),
        ("str |", None, "SG-TYPE-002"),
        (Type, None, "SG-TYPE-002"),
        (int, attr(merge="sometimes"), "SG-TYPE-003"),
        (int, attr(max_length=3), "SG-TYPE-004"),
        (str, attr(minimum=3), "SG-TYPE-004"),
        (bool, attr(search=True), "SG-TYPE-004"),
        (str, attr(tree=True), "SG-TYPE-004"),
        (int, attr(choices=("a",)), "SG-TYPE-004"),
        (str, attr(choices=(1, 2)), "SG-TYPE-004"),  # type: ignore[arg-type]
        (Mood, attr(choices=("a",)), "SG-TYPE-004"),
        (str, attr(places=2), "SG-TYPE-004"),
        (Decimal, attr(places=19), "SG-TYPE-004"),
        (str, attr(min_length=3, max_length=2), "SG-TYPE-004"),
        (int, attr(minimum=3, maximum=2), "SG-TYPE-004"),
        (str, attr(pattern="("), "SG-TYPE-004"),
        (str, attr(default=3), "SG-TYPE-005"),
        (str, attr(default=None), "SG-TYPE-005"),
        (str, attr(default="ab", max_length=1), "SG-TYPE-005"),
        (Mood, attr(default="sad"), "SG-TYPE-005"),
        (str, attr(merge="counter"), "SG-TYPE-009"),
        (int | None, attr(merge="counter"), "SG-TYPE-009"),
    ],
)
def test_a_senseless_declaration_is_refused(
    annotation: object, declared: object, code: str
) -> None:
    """When the class is made, with the place and a way out."""
    refusal = _refusal(annotation, declared)

    assert isinstance(refusal, Invalid)
    assert code == refusal.code
    assert refusal.message.startswith("Thing.field: ")
    assert refusal.hint


@pytest.mark.parametrize("rule", ["set", "text", "largest", "smallest", "custom"])
def test_merge_rules_to_come_are_refused(rule: str) -> None:
    """The protocol has them, this version does not, and says so."""
    refusal = _refusal(str, attr(merge=rule))

    assert isinstance(refusal, Unsupported)
    assert refusal.code == "SG-TYPE-003"
    assert refusal.hint == "this version has 'latest' and 'counter'"


@pytest.mark.parametrize("name", ["guid", "path", "meta", "update", "delete", "parameters", "save"])
def test_a_field_cannot_have_a_name_that_objects_answer_to(name: str) -> None:
    """Now, or in a version to come."""
    with pytest.raises(Invalid) as caught:
        type("Thing", (Type,), {"__annotations__": {name: str}, "__module__": __name__})

    assert caught.value.code == "SG-TYPE-007"


@pytest.mark.parametrize("name", ["_hidden", "a__b"])
def test_a_field_cannot_have_a_name_of_the_databases_own(name: str) -> None:
    """Columns beginning with an underscore are metadata, doubled ones stamps."""
    with pytest.raises(Invalid) as caught:
        type("Thing", (Type,), {"__annotations__": {name: str}, "__module__": __name__})

    assert caught.value.code == "SG-TYPE-001"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("missing", {"name": str}),
        ("name", {"name": int}),
        ("name", {"name": attr}),
        (None, {"name": str, "parent": "Thing | None"}),
        ("name", {"name": str, "parent": "Thing | None", "other": "Thing | None"}),
    ],
)
def test_a_place_in_the_tree_takes_a_name_and_one_parent(
    path: str | None, fields: dict[str, object]
) -> None:
    """Half a place is refused."""
    body: dict[str, object] = {"__annotations__": fields, "__module__": __name__}
    body |= {name: attr(tree=True) for name in fields if name != "name"}
    with pytest.raises(Invalid) as caught:
        type("Thing", (Type,), body, path=path)

    assert caught.value.code in {"SG-TYPE-006", "SG-TYPE-002"}


def test_fields_are_inherited() -> None:
    """A type may begin as another one does; both are types of their own."""

    class Dated(Type, path="name"):
        name: str
        day: date | None = attr(default=None)

    class Diary(Dated):
        text: str = attr(default="")

    assert list(schema_of(Diary).by_name) == ["name", "day", "text"]
    assert schema_of(Diary).path_field == "name"
    assert list(schema_of(Dated).by_name) == ["name", "day"]
