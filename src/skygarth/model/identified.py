"""What every object is at least: something that may have a row, and a repository that knows it.

Values link to objects and objects hold values, so the two could not be
described apart without this.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

from skygarth.model.errors import Invalid
from skygarth.model.schema import Stored


class Linking(Protocol):
    """Who finds linked objects: the repository that gave an object out."""

    def linked(self, type_name: str, guid: bytes) -> Identified | None:
        """The live object, or None."""
        ...


class Identified:
    """Whatever may have a GUID of its own: the root of `skygarth.model.types.Type`.

    Attributes:
        __row__: the object as the database keeps it; None before it was created.
        __home__: the repository it came from; None before it was created.
    """

    __slots__ = ("__home__", "__row__")

    type_name: ClassVar[str] = ""
    __row__: tuple[Stored, ...] | None
    __home__: Linking | None


set_row = vars(Identified)["__row__"].__set__
set_home = vars(Identified)["__home__"].__set__
"""Around `__setattr__`, which is for fields."""


def bound_row(obj: Identified) -> tuple[Stored, ...]:
    """The row of an object that was created.

    Raises:
        Invalid: it was not (SG-OBJECT-001).
    """
    if obj.__row__ is None:
        raise _unbound(obj)
    return obj.__row__


def home_of(obj: Identified) -> Linking:
    """The repository of an object.

    Raises:
        Invalid: it has none, since it was never created (SG-OBJECT-001).
    """
    if obj.__home__ is None:
        raise _unbound(obj)
    return obj.__home__


def _unbound(obj: Identified) -> Invalid:
    return Invalid(
        f"no repository keeps this object yet. type={obj.type_name!r}",
        code="SG-OBJECT-001",
        hint="create it first: tx.create(obj)",
    )
