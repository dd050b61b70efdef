"""Between objects and rows: what only a repository does to an object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from skygarth.model.home import Home
from skygarth.model.identified import bound_row, set_home, set_row
from skygarth.model.plans import FIRST_FIELD
from skygarth.model.schema import Stored
from skygarth.model.types import ASSIGNED, Type

T = TypeVar("T", bound=Type)

_new = object.__new__


def hydrate(cls: type[T], row: tuple[Stored, ...], home: Home) -> T:
    """The object of a row that the database gave."""
    obj = _new(cls)
    set_row(obj, row)
    set_home(obj, home)
    return obj


def bind(obj: Type, row: tuple[Stored, ...] | None, home: Home | None) -> None:
    """Give an object another row; what it had decoded or been assigned is forgotten."""
    set_row(obj, row)
    set_home(obj, home)
    obj.__dict__.clear()


def rebind(obj: Type, row: tuple[Stored, ...], written: Mapping[str, Stored]) -> None:
    """Give an object its row after a change; what was assigned and not written stays assigned."""
    assigned: dict[str, Stored] = obj.__dict__.get(ASSIGNED, {})
    kept = {name: stored for name, stored in assigned.items() if name not in written}
    values = {name: obj.__dict__[name] for name in kept if name in obj.__dict__}
    set_row(obj, row)
    obj.__dict__.clear()
    if kept:
        obj.__dict__.update(values)
        obj.__dict__[ASSIGNED] = kept


def unbind(obj: Type) -> None:
    """Make an object again what it was before it was created, with its values as they are."""
    plan, row = type(obj).__plan__, bound_row(obj)
    values = {
        name: codec.python(stored)
        for (name, codec), stored in zip(plan.codecs.items(), row[FIRST_FIELD:], strict=True)
    }
    bind(obj, None, None)
    obj.__dict__.update(values)


def given_values(obj: Type) -> Mapping[str, object]:
    """The values that an object was made with, by field."""
    return obj.__dict__


def assigned_values(obj: Type) -> dict[str, Stored]:
    """What was assigned to a created object, or changed in place, and is not saved yet."""
    plan, row, held = type(obj).__plan__, bound_row(obj), obj.__dict__
    assigned: dict[str, Stored] = dict(held.get(ASSIGNED, ()))
    for name in plan.mutable:
        if name in held:
            stored = plan.codecs[name].encode(held[name])
            if stored != row[plan.attributes[name].index]:
                assigned[name] = stored
    return assigned
