"""From an annotation and an `attr` to a field's schema, or to a refusal of the declaration.

Annotations are evaluated here rather than by `typing`, for two reasons: a name
that is not known yet stands for a type to come (``"Section | None"`` inside
``Section``), and types may be declared inside functions.
"""

from __future__ import annotations

import builtins
import dataclasses
import enum
import re
import sys
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, ClassVar, ForwardRef, Union

from skygarth.model.attributes import JSON_MARK, LONG_MARK, UNSET, Attr, Declared
from skygarth.model.errors import Invalid, InvalidValue, Unsupported
from skygarth.model.identified import Identified
from skygarth.model.schema import RULES_TO_COME, FieldSchema, Kind, MergeRule, TypeSchema
from skygarth.model.values import Codec, codec_of, enum_members
from skygarth.model.wording import shortened, snake_case

PLACES = 6
PLACES_MAX = 18

_KINDS: Mapping[object, Kind] = {
    str: Kind.TEXT,
    int: Kind.INTEGER,
    float: Kind.FLOAT,
    bool: Kind.BOOLEAN,
    datetime: Kind.DATETIME,
    date: Kind.DATE,
    Decimal: Kind.DECIMAL,
    bytes: Kind.BYTES,
}
_TEXTS = frozenset({Kind.TEXT, Kind.LONG_TEXT})
_NUMBERS = frozenset({Kind.INTEGER, Kind.FLOAT, Kind.DECIMAL})
_MEASURED = _TEXTS | {Kind.BYTES, Kind.LIST}

# Which kinds an option of `attr` makes sense for.
_FITTING: Mapping[str, frozenset[Kind]] = {
    "long": _TEXTS,
    "min_length": _MEASURED,
    "max_length": _MEASURED,
    "minimum": _NUMBERS,
    "maximum": _NUMBERS,
    "pattern": _TEXTS,
    "choices": frozenset({Kind.TEXT, Kind.ENUM}),
    "places": frozenset({Kind.DECIMAL}),
    "tree": frozenset({Kind.LINK}),
    "search": _TEXTS,
    "index": frozenset(Kind) - {Kind.JSON, Kind.LIST, Kind.LONG_TEXT},
}


@dataclass(frozen=True, slots=True)
class Meant:
    """What an annotation means.

    Attributes:
        kind: of the values.
        optional: whether None is one of them.
        item_kind: of the items, for lists.
        link: the class that is linked to, or its name where it is not known yet.
        members: stored texts, for enumeration classes.
    """

    kind: Kind
    optional: bool = False
    item_kind: Kind | None = None
    link: type[Identified] | str | None = None
    members: Mapping[enum.Enum, str] | None = None


@dataclass(frozen=True, slots=True)
class DeclaredField:
    """One field, declared and understood.

    Attributes:
        codec: its conversions, with its schema.
        link: the class that it links to, or its name where it is not known yet.
    """

    codec: Codec
    link: type[Identified] | str | None


class Names(dict[str, object]):
    """What annotations may name; an unknown name stands for a type that is yet to come."""

    def __init__(self, *scopes: Mapping[str, object]) -> None:
        merged: dict[str, object] = dict(vars(builtins))
        for scope in scopes:
            merged.update(scope)
        super().__init__(merged)

    def __missing__(self, name: str) -> object:
        return ForwardRef(name)


def field_of(
    where: str, name: str, annotation: object, declared: Declared, names: Names
) -> DeclaredField:
    """What a declaration means.

    Args:
        where: name of the class, for messages.
        name: of the field.
        annotation: as it stands in the class, possibly as text.
        declared: what stands beside it.
        names: for annotations that are texts.

    Raises:
        Invalid: the declaration makes no sense (SG-TYPE-002 to SG-TYPE-009).
        Unsupported: it asks for a merge rule that is yet to come.
    """
    place = f"{where}.{name}"
    meant = _meaning(place, _evaluated(place, annotation, names))
    kind = _kind(declared, meant)
    _check_options(place, kind, declared)
    merge = _merge(place, kind, declared, meant)
    required = not meant.optional if declared.required is None else declared.required
    schema = FieldSchema(
        name=name,
        kind=kind,
        merge=merge,
        required=required,
        min_length=declared.min_length,
        max_length=declared.max_length,
        minimum=_limit(declared.minimum),
        maximum=_limit(declared.maximum),
        pattern=declared.pattern,
        choices=_choices(place, declared, meant),
        places=_places(place, kind, declared),
        item_kind=meant.item_kind,
        link_type=_link_name(meant),
        tree=declared.tree,
        search=declared.search,
        index=declared.index,
    )
    return DeclaredField(_with_default(place, schema, declared, meant), meant.link)


def own_annotations(cls: type) -> Mapping[str, object]:
    """What a class's own body annotates, names that are not known yet included."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF)
    found: Mapping[str, object] = vars(cls).get("__annotations__", {})
    return found


def is_class_variable(annotation: object) -> bool:
    """Whether an annotation says that this is no field."""
    if isinstance(annotation, str):
        return annotation.startswith(("ClassVar", "typing.ClassVar"))
    return annotation is ClassVar or typing.get_origin(annotation) is ClassVar


def schema_from(
    class_name: str, fields: Mapping[str, DeclaredField], path: str | None
) -> TypeSchema:
    """The schema of a type.

    Raises:
        Invalid: its place in the tree is badly declared (SG-TYPE-006).
    """
    schemas = tuple(field.codec.schema for field in fields.values())
    trees = [field.name for field in schemas if field.tree]
    if len(trees) > 1:
        raise refused(class_name, f"two parents: {', '.join(trees)}", 6, "keep one tree=True")
    if trees and path is None:
        raise refused(class_name, "a parent, but no name", 6, 'write class X(Type, path="name")')
    if path is not None and (path not in fields or fields[path].codec.schema.kind is not Kind.TEXT):
        raise refused(class_name, f"path={path!r} is no text field of it", 6, "name a `str` field")
    return TypeSchema(name=snake_case(class_name), fields=schemas, path_field=path)


def refused(place: str, fault: str, number: int, hint: str) -> Invalid:
    """The error for a declaration."""
    return Invalid(f"{place}: {fault}", code=f"SG-TYPE-{number:03}", hint=hint)


# -- annotations ----------------------------------------------------------------------


def _evaluated(place: str, annotation: object, names: Names) -> object:
    """The annotation as an object."""
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, {}, names)  # noqa: S307 - source code's own
    except (SyntaxError, TypeError, AttributeError, ValueError) as cause:
        raise refused(
            place, f"the annotation {annotation!r} cannot be understood", 2, _KINDS_HINT
        ) from cause


def _meaning(place: str, annotation: object) -> Meant:
    """What an annotation says, layer by layer."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Attr:
        return _meaning(place, inner[0])
    if origin in {Union, UnionType}:
        return _union(place, annotation, inner)
    if origin is Annotated:
        return _annotated(place, annotation)
    if origin is list and len(inner) == 1:
        return _list(place, _meaning(place, inner[0]))
    if isinstance(annotation, ForwardRef):
        return Meant(Kind.LINK, link=annotation.__forward_arg__)
    if isinstance(annotation, type):
        return _plain(place, annotation)
    raise refused(place, f"the annotation {annotation!r} says no kind of field", 2, _KINDS_HINT)


def _union(place: str, annotation: object, inner: tuple[object, ...]) -> Meant:
    others = [part for part in inner if part is not NoneType]
    if len(others) != 1 or len(inner) != 2:
        raise refused(place, f"{annotation!r} mixes kinds", 2, "write one kind, or `X | None`")
    found = _meaning(place, others[0])
    return Meant(found.kind, True, found.item_kind, found.link, found.members)


def _annotated(place: str, annotation: object) -> Meant:
    marks = getattr(annotation, "__metadata__", ())
    if JSON_MARK in marks:
        return Meant(Kind.JSON, optional=True)
    found = _meaning(place, typing.get_args(annotation)[0])
    return Meant(Kind.LONG_TEXT, found.optional) if LONG_MARK in marks else found


def _list(place: str, item: Meant) -> Meant:
    if item.kind not in {Kind.TEXT, Kind.INTEGER} or item.optional:
        raise refused(place, "lists hold texts or integers", 2, "write list[str] or list[int]")
    return Meant(Kind.LIST, item_kind=item.kind)


def _plain(place: str, annotation: type) -> Meant:
    if annotation in _KINDS:
        return Meant(_KINDS[annotation])
    if issubclass(annotation, enum.Enum):
        return Meant(Kind.ENUM, members=enum_members(annotation))
    if issubclass(annotation, Identified) and annotation.type_name:
        return Meant(Kind.LINK, link=annotation)
    raise refused(place, f"{annotation.__name__} is no kind of field", 2, _KINDS_HINT)


_KINDS_HINT = (
    "str, LongText, int, float, bool, datetime, date, Decimal, bytes, Json, an Enum,"
    " list[str], list[int] or another Type; each also as `X | None`"
)


# -- options --------------------------------------------------------------------------


def _kind(declared: Declared, meant: Meant) -> Kind:
    """The kind, once `attr` has been heard too."""
    if meant.kind is Kind.TEXT and declared.long:
        return Kind.LONG_TEXT
    if meant.kind is Kind.TEXT and declared.choices:
        return Kind.ENUM
    return meant.kind


def _check_options(place: str, kind: Kind, declared: Declared) -> None:
    blank = Declared()
    for option, kinds in _FITTING.items():
        if getattr(declared, option) != getattr(blank, option) and kind not in kinds:
            fitting = ", ".join(sorted(kind.value for kind in kinds))
            raise refused(place, f"{option} says nothing of {kind}", 4, f"it fits {fitting}")
    _check_order(place, "length", declared.min_length, declared.max_length)
    _check_order(place, "value", declared.minimum, declared.maximum)


def _check_order(
    place: str, what: str, least: int | float | Decimal | None, most: int | float | Decimal | None
) -> None:
    if least is not None and most is not None and least > most:
        raise refused(place, f"no {what} fits. least={least} most={most}", 4, "exchange the two")


def _merge(place: str, kind: Kind, declared: Declared, meant: Meant) -> MergeRule:
    if declared.merge in RULES_TO_COME:
        raise Unsupported(
            f"{place}: the merge rule {declared.merge!r} is not in this version",
            code="SG-TYPE-003",
            hint="this version has 'latest' and 'counter'",
        )
    try:
        merge = MergeRule(declared.merge)
    except ValueError as cause:
        raise refused(
            place, f"there is no merge rule {declared.merge!r}", 3, "use 'latest' or 'counter'"
        ) from cause
    if merge is MergeRule.COUNTER and (kind is not Kind.INTEGER or meant.optional):
        raise refused(place, "only an integer that is never None counts", 9, "write `int`")
    return merge


def _choices(place: str, declared: Declared, meant: Meant) -> tuple[str, ...]:
    if meant.members is not None:
        if declared.choices:
            raise refused(place, "the enumeration already has the choices", 4, "drop choices")
        return tuple(meant.members.values())
    if not all(isinstance(choice, str) and choice for choice in declared.choices):
        raise refused(place, "choices are texts", 4, "write choices=('a', 'b')")
    return tuple(declared.choices)


def _places(place: str, kind: Kind, declared: Declared) -> int | None:
    if kind is not Kind.DECIMAL:
        return None
    places = PLACES if declared.places is None else declared.places
    if not 0 <= places <= PLACES_MAX:
        raise refused(place, f"places={places}", 4, f"decimals have 0 to {PLACES_MAX} places")
    return places


def _limit(limit: int | float | Decimal | None) -> int | float | None:
    return float(limit) if isinstance(limit, Decimal) else limit


def _link_name(meant: Meant) -> str | None:
    if meant.link is None:
        return None
    return snake_case(meant.link) if isinstance(meant.link, str) else meant.link.type_name


def _with_default(place: str, schema: FieldSchema, declared: Declared, meant: Meant) -> Codec:
    """The field with its default; a counter begins at 0 where nothing is said."""
    members = meant.members or {}
    codec = _codec(place, schema, members)
    given = declared.default
    if given is UNSET:
        given = 0 if schema.merge is MergeRule.COUNTER else None
    if given is None:
        if declared.default is None and schema.required:
            raise refused(place, "the default is None", 5, "write `X | None`")
        return codec
    if schema.kind is Kind.LINK:
        raise refused(place, "a link has no default object", 5, "use None, and set it later")
    try:
        default = codec.encode(given)
    except InvalidValue as cause:
        raise refused(
            place, f"its own rules refuse the default {shortened(given)}", 5, cause.rule
        ) from cause
    return _codec(place, dataclasses.replace(schema, default=default), members)


def _codec(place: str, schema: FieldSchema, members: Mapping[enum.Enum, str]) -> Codec:
    type_name, _, _ = place.partition(".")
    try:
        return codec_of(schema, snake_case(type_name), members)
    except re.error as cause:
        raise refused(place, f"the pattern is none: {cause}", 4, "see `re` of Python") from cause
