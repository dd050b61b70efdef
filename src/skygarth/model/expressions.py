"""Conditions as Python writes them: ``Article.views > 3``, ``Article.section.name == "news"``.

A `Field` stands for a field of a type, seen from the class. Comparing it makes
a `Condition`; conditions combine by ``&``, ``|`` and ``~``. Nothing is asked
of a database here: the outcome is a value of `skygarth.model.query`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from skygarth.model import query
from skygarth.model.errors import Invalid
from skygarth.model.field_rules import text_fault
from skygarth.model.guid import Guid
from skygarth.model.query import Operator, Order, Path
from skygarth.model.schema import FieldSchema, Kind, Stored
from skygarth.model.values import Codec, codec_of
from skygarth.model.wording import shortened

T = TypeVar("T")

_UNORDERED = frozenset({Kind.JSON, Kind.LIST})
_TEXTS = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.ENUM})


class Condition:
    """What an object must satisfy.

    Attributes:
        query: the condition as a value that a database can compile.
    """

    __slots__ = ("query",)

    def __init__(self, condition: query.Condition) -> None:
        self.query = condition

    def __and__(self, other: Condition) -> Condition:
        return Condition(query.All((self.query, condition_of(other).query)))

    def __or__(self, other: Condition) -> Condition:
        return Condition(query.AnyOf((self.query, condition_of(other).query)))

    def __invert__(self) -> Condition:
        return Condition(query.Not(self.query))

    def __bool__(self) -> bool:
        raise Invalid(
            "a condition is neither true nor false before it is asked",
            code="SG-QUERY-005",
            hint="combine conditions with & | ~ instead of and, or, not; x.in_([…]) instead of in",
        )

    def __repr__(self) -> str:
        return f"Condition({self.query!r})"


class Fields(Protocol):
    """Finds the fields of a type by name, for paths that follow links."""

    def find(self, name: str) -> tuple[Codec, Callable[[], Fields] | None] | None:
        """A field's codec and, for a link, what it leads to; None if there is none."""
        ...


class Field(Generic[T]):
    """A field of a type, or one that links lead to.

    Fields of a linked type are attributes: ``Article.section.name``; where such
    a name is also a method of this class, write ``Article.section["like"]``.
    """

    __slots__ = ("_codec", "_comparing", "_path", "_target")

    def __init__(
        self, path: Path, codec: Codec, target: Callable[[], Fields] | None = None
    ) -> None:
        assert path
        self._path = path
        self._codec = codec
        self._comparing: Codec | None = None
        self._target = target

    @property
    def path(self) -> Path:
        """Links to follow, then the field's name."""
        return self._path

    # -- comparisons ------------------------------------------------------------------

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]
        return self._compare(Operator.EQUAL, value)

    def __ne__(self, value: object) -> Condition:  # type: ignore[override]
        return self._compare(Operator.UNEQUAL, value)

    def __lt__(self, value: T) -> Condition:
        return self._ordered(Operator.LESS, value)

    def __le__(self, value: T) -> Condition:
        return self._ordered(Operator.LESS_OR_EQUAL, value)

    def __gt__(self, value: T) -> Condition:
        return self._ordered(Operator.GREATER, value)

    def __ge__(self, value: T) -> Condition:
        return self._ordered(Operator.GREATER_OR_EQUAL, value)

    __hash__ = None  # type: ignore[assignment]

    def in_(self, values: Iterable[object]) -> Condition:
        """The field has one of these values; with none to choose from, it never has."""
        return Condition(query.OneOf(self._path, tuple(map(self._stored, values))))

    def is_null(self) -> Condition:
        """The field has no value."""
        return Condition(query.IsNull(self._path))

    def like(self, pattern: str) -> Condition:
        """The text fits: ``%`` stands for any text, ``_`` for one letter; ASCII case is ignored."""
        return self._textual(Operator.LIKE, pattern)

    def startswith(self, beginning: str) -> Condition:
        """The text begins with these letters, in their case."""
        return self._textual(Operator.STARTS_WITH, beginning)

    def contains(self, item: str | int) -> Condition:
        """The list has this item."""
        kind = self._codec.schema.item_kind
        if kind is None:
            raise self._refused("contains", "only lists contain items")
        schema = FieldSchema(name=self._codec.schema.name, kind=kind, required=True)
        return Condition(query.Contains(self._path, codec_of(schema).encode(item)))

    def matches(self, words: str) -> Condition:
        """Every one of the words occurs in the text; ``hel*`` is a prefix."""
        if len(self._path) > 1:
            raise self._refused("matches", "words are searched in the type's own fields")
        if not isinstance(words, str):
            raise self._refused("matches", f"{shortened(words)} is no text")
        return Condition(query.Matches(words, self._path[0]))

    # -- order ------------------------------------------------------------------------

    def asc(self) -> Order:
        """The least value first; where there is none, before all others."""
        return Order(self._path)

    def desc(self) -> Order:
        """The greatest value first; where there is none, after all others."""
        return Order(self._path, descending=True)

    # -- links ------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Field[object]:
        """A field of the linked type."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Field[object]:
        """A field of the linked type, whatever its name."""
        if self._target is None:
            raise AttributeError(f"{'.'.join(self._path)} is no link and has no .{name}")
        return find_field(self._target(), name, self._path)

    def __repr__(self) -> str:
        return f"Field({'.'.join(self._path)})"

    # -- inside -----------------------------------------------------------------------

    def _stored(self, value: object) -> Stored:
        if self._comparing is None:
            self._comparing = self._codec.comparing()
        return self._comparing.encode(value)

    def _compare(self, operator: Operator, value: object) -> Condition:
        return Condition(query.Compare(self._path, operator, self._stored(value)))

    def _ordered(self, operator: Operator, value: object) -> Condition:
        if self._codec.schema.kind in _UNORDERED:
            raise self._refused(operator.value, "its values have no order")
        if value is None:
            raise self._refused(operator.value, "nothing is less or greater than None")
        return self._compare(operator, value)

    def _textual(self, operator: Operator, text: str) -> Condition:
        if self._codec.schema.kind not in _TEXTS:
            raise self._refused(operator.value, "it is no text")
        fault = text_fault(text) if isinstance(text, str) else f"{shortened(text)} is no text"
        if fault:
            raise self._refused(operator.value, fault)
        return Condition(query.Compare(self._path, operator, text))

    def _refused(self, what: str, why: str) -> Invalid:
        return Invalid(
            f"the field cannot be asked this. field={'.'.join(self._path)!r} asked={what!r}",
            code="SG-QUERY-004",
            hint=why,
        )


class MetaFields:
    """An object's metadata, seen from the class: ``Article.meta.published``."""

    __slots__ = (
        "created",
        "creator",
        "deleted",
        "hidden",
        "published",
        "revised",
        "revision",
        "revisor",
    )

    created: Field[datetime]
    creator: Field[str]
    revised: Field[datetime]
    revisor: Field[str]
    revision: Field[int]
    published: Field[datetime | None]
    hidden: Field[bool]
    deleted: Field[bool]

    def __init__(self, links: Path = ()) -> None:
        for name, codec in META_CODECS.items():
            setattr(self, name, Field((*links, f"_{name}"), codec))


META_KINDS = {
    "created": Kind.DATETIME,
    "creator": Kind.TEXT,
    "revised": Kind.DATETIME,
    "revisor": Kind.TEXT,
    "revision": Kind.INTEGER,
    "published": Kind.DATETIME,
    "hidden": Kind.BOOLEAN,
    "deleted": Kind.BOOLEAN,
}
"""Every object's metadata, in the order in which a row holds them."""

META_CODECS = {
    name: codec_of(FieldSchema(name=name, kind=kind, required=name != "published"), "meta")
    for name, kind in META_KINDS.items()
}
GUID_CODEC = codec_of(FieldSchema(name="guid", kind=Kind.LINK, link_type="any"))


def guid_field(links: Path = ()) -> Field[Guid]:
    """The identity of an object, as a field."""
    return Field((*links, "guid"), GUID_CODEC)


def find_field(fields: Fields, name: str, links: Path = ()) -> Field[object]:
    """A field by its name, as attributes of a class find it.

    Args:
        fields: of the type that the links lead to.
        name: of the field, or ``guid``, or of a metadatum with a leading underscore.
        links: the way there.

    Raises:
        Invalid: there is no such field (SG-QUERY-001).
    """
    if name == "guid":
        return guid_field(links)  # type: ignore[return-value]
    if name == "meta":
        return MetaFields(links)  # type: ignore[return-value]
    if name.startswith("_") and name[1:] in META_CODECS:
        return Field((*links, name), META_CODECS[name[1:]])
    found = fields.find(name)
    if found is None:
        raise Invalid(
            f"there is no such field to ask for. field={'.'.join((*links, name))!r}",
            code="SG-QUERY-001",
            hint="`skygarth type show` lists the fields of a type",
        )
    codec, target = found
    return Field((*links, name), codec, target)


def condition_of(given: object) -> Condition:
    """The condition that application code gave.

    Raises:
        Invalid: it is none, for instance because ``and`` or ``is None`` made a truth value of it.
    """
    if isinstance(given, Condition):
        return given
    raise Invalid(
        f"this is no condition. given={shortened(given)}",
        code="SG-QUERY-006",
        hint="compare fields of the class (Article.title == 'x'); combine with & | ~",
    )
