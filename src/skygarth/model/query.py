"""What is asked of a repository, as a value that any database dialect can compile.

A `Selection` names one type, a condition over its fields, an order and a page.
A *path* names a field, or a field of an object that links lead to:
``("section", "name")`` is the name of the section that an article links to.
Metadata go by their column names (``_published``), the identity by ``guid``.
Values are in stored form already.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeAlias

from skygarth.model.schema import Stored

Path: TypeAlias = tuple[str, ...]
"""Links to follow, then the field; at least one name."""


class Operator(enum.StrEnum):
    """How a field is compared with a value."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    LIKE = "like"  # % and _ stand for any text and any letter; case of ASCII letters is ignored
    STARTS_WITH = "starts with"  # exact case


@dataclass(frozen=True, slots=True)
class Compare:
    """A field compared with a value; a null field satisfies no comparison but UNEQUAL."""

    path: Path
    operator: Operator
    value: Stored


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field has one of these values."""

    path: Path
    values: tuple[Stored, ...]


@dataclass(frozen=True, slots=True)
class IsNull:
    """A field has no value."""

    path: Path


@dataclass(frozen=True, slots=True)
class Contains:
    """A list field has this item."""

    path: Path
    item: Stored


@dataclass(frozen=True, slots=True)
class Matches:
    """Full text: every word occurs in a search field; ``hel*`` is a prefix.

    Attributes:
        field: the one search field to look in; None for all of the type's.
    """

    words: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; an empty `All` always does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; an empty `AnyOf` never does."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold (for null fields neither a comparison nor its opposite may)."""

    part: Condition


Condition: TypeAlias = Compare | OneOf | IsNull | Contains | Matches | All | AnyOf | Not


@dataclass(frozen=True, slots=True)
class Order:
    """One key of an order."""

    path: Path
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of one type, in which order; ties go by GUID.

    Attributes:
        fields: all that is wanted of each object, in this order; without any, whole rows.
    """

    type_name: str
    condition: Condition = All(())
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    include_deleted: bool = False
    fields: tuple[str, ...] = ()
