"""How a type's body declares a field, and what then stands in its place in the class.

`attr` collects what a declaration says. Once the class is made, an `Attr`
takes the place of each: seen from the class it is an expression, seen from an
object it gives the value. It only answers the first time: the decoded value is
left in the object's own dictionary, where Python finds it without asking again.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeAlias, TypeVar, overload

from skygarth.model.expressions import Field
from skygarth.model.identified import Identified
from skygarth.model.json_forms import JsonValue
from skygarth.model.schema import Stored
from skygarth.model.values import Codec

T = TypeVar("T")


class Unset(enum.Enum):
    """The absence of a value, where None would be one."""

    UNSET = enum.auto()


UNSET = Unset.UNSET

LONG_MARK = "skygarth: long text"
JSON_MARK = "skygarth: json"

LongText: TypeAlias = Annotated[str, LONG_MARK]
"""Text of any length; as an annotation the same as ``str`` with ``attr(long=True)``."""

Json: TypeAlias = Annotated[JsonValue, JSON_MARK]
"""Whatever JSON can say: nested lists, dictionaries, texts, numbers, truth values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What one `attr` says."""

    default: object = UNSET
    required: bool | None = None
    long: bool = False
    min_length: int | None = None
    max_length: int | None = None
    minimum: int | float | Decimal | None = None
    maximum: int | float | Decimal | None = None
    pattern: str | None = None
    choices: Sequence[str] = ()
    places: int | None = None
    tree: bool = False
    search: bool = False
    index: bool = False
    merge: str = "latest"


def attr(
    *,
    default: object = UNSET,
    required: bool | None = None,
    long: bool = False,
    min_length: int | None = None,
    max_length: int | None = None,
    minimum: float | Decimal | None = None,
    maximum: float | Decimal | None = None,
    pattern: str | None = None,
    choices: Sequence[str] = (),
    places: int | None = None,
    tree: bool = False,
    search: bool = False,
    index: bool = False,
    merge: str = "latest",
) -> Any:  # the annotation beside it says the type, as with dataclasses.field
    """Declare a field of a type.

    Args:
        default: the value of objects that are made without one; None needs ``X | None``.
        required: whether None is refused; without it, the annotation says (``X | None``).
        long: text of any length.
        min_length: characters, bytes or items at least.
        max_length: characters, bytes or items at most.
        minimum: the least number.
        maximum: the greatest number.
        pattern: regular expression that the whole text must match.
        choices: the texts to choose from.
        places: decimals of a ``Decimal``; 6 without it.
        tree: the link leads to the object's parent in the tree.
        search: full-text search covers the field.
        index: the database keeps an index of it.
        merge: how concurrent changes become one: ``latest`` or ``counter``.
    """
    return Declared(
        default=default,
        required=required,
        long=long,
        min_length=min_length,
        max_length=max_length,
        minimum=minimum,
        maximum=maximum,
        pattern=pattern,
        choices=choices,
        places=places,
        tree=tree,
        search=search,
        index=index,
        merge=merge,
    )


class Attr(Generic[T]):
    """A field in its class; as an annotation, ``title: Attr[str]`` types both views of it.

    Attributes:
        name: of the field.
        index: its place in a row.
        codec: its conversions.
        default: the stored value of objects that were made without one.
        field: the expression that the class shows.
    """

    __slots__ = ("_decode", "codec", "default", "field", "index", "name")

    def __init__(
        self, name: str, index: int, codec: Codec, default: Stored, field: Field[T]
    ) -> None:
        self.name = name
        self.index = index
        self.codec = codec
        self.default = default
        self.field = field
        self._decode = codec.decode

    @overload
    def __get__(self, obj: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, obj: Identified, owner: type) -> T: ...
    def __get__(self, obj: Identified | None, owner: type) -> object:
        if obj is None:
            return self.field
        row = obj.__row__
        value: object = self.default if row is None else row[self.index]
        if self._decode is not None and value is not None:
            value = self._decode(value)  # type: ignore[arg-type]
        obj.__dict__[self.name] = value
        return value

    if TYPE_CHECKING:
        # Objects may be assigned to; at run time `Type.__setattr__` sees to it, since an
        # attribute with __set__ would be asked each time instead of the object's dictionary.
        def __set__(self, obj: Identified, value: T) -> None: ...


class LinkAttr(Attr[T]):
    """A link in its class: gives the linked object, and asks again until there is one."""

    __slots__ = ()

    @overload
    def __get__(self, obj: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, obj: Identified, owner: type) -> T: ...
    def __get__(self, obj: Identified | None, owner: type) -> object:
        if obj is None:
            return self.field
        row, home = obj.__row__, obj.__home__
        guid = None if row is None else row[self.index]
        if guid is None or home is None:
            return None
        assert isinstance(guid, bytes)
        assert self.codec.schema.link_type is not None
        linked = home.linked(self.codec.schema.link_type, guid)
        if linked is not None:
            obj.__dict__[self.name] = linked
        return linked
