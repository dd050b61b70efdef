"""Whole objects as JSON has them: fields and metadata by name.

The forms of single values are told in `skygarth.model.json_forms`.
"""

from __future__ import annotations

from collections.abc import Mapping

from skygarth.model.expressions import META_CODECS
from skygarth.model.identified import bound_row
from skygarth.model.json_forms import JsonValue
from skygarth.model.plans import FIRST_FIELD, TypePlan
from skygarth.model.types import Type


def fields_to_json(obj: Type) -> dict[str, JsonValue]:
    """An object's fields as the database has them; a link is the GUID it holds."""
    plan, row = type(obj).__plan__, bound_row(obj)
    return {
        name: codec.to_json(row[index])
        for index, (name, codec) in enumerate(plan.codecs.items(), FIRST_FIELD)
    }


def meta_to_json(obj: Type) -> dict[str, JsonValue]:
    """An object's metadata."""
    row = bound_row(obj)
    return {name: codec.to_json(row[i]) for i, (name, codec) in enumerate(META_CODECS.items(), 1)}


def fields_from_json(plan: TypePlan, given: Mapping[str, object]) -> dict[str, object]:
    """Python values of the fields that a request gives, ready for `create` or `update`.

    Raises:
        Invalid: there is no such field (SG-TYPE-008).
        InvalidValue: a text stands for no value of its field.
    """
    plan.check_names(given)
    return {name: plan.codecs[name].parse_json(value) for name, value in given.items()}


def meta_from_json(given: Mapping[str, object]) -> dict[str, object]:
    """Python values of metadata; names that are none are left as they are, to be refused later.

    Raises:
        InvalidValue: a text stands for no value of its metadatum.
    """
    return {
        name: META_CODECS[name].parse_json(value) if name in META_CODECS else value
        for name, value in given.items()
    }
