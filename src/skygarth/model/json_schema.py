"""A type's schema in the words of JSON Schema (2020-12), for those who talk to us over HTTP.

What JSON Schema has no word for (merge rules, places in the tree) stands under
``x-skygarth``.
"""

from __future__ import annotations

from skygarth.model.encoding import INTEGER_MAX, INTEGER_MIN
from skygarth.model.json_forms import JsonValue, json_writer
from skygarth.model.schema import FieldSchema, Kind, MergeRule, TypeSchema

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_FORMS: dict[Kind, dict[str, JsonValue]] = {
    Kind.TEXT: {"type": "string"},
    Kind.LONG_TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer", "minimum": INTEGER_MIN, "maximum": INTEGER_MAX},
    Kind.FLOAT: {"type": "number"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.DECIMAL: {"type": "string", "format": "decimal"},
    Kind.BYTES: {"type": "string", "contentEncoding": "base64"},
    Kind.JSON: {},
    Kind.ENUM: {"type": "string"},
    Kind.LIST: {"type": "array"},
    Kind.LINK: {"type": "string", "format": "uuid"},
}
_ITEMS: dict[Kind | None, dict[str, JsonValue]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
}


def json_schema(schema: TypeSchema) -> dict[str, JsonValue]:
    """The JSON Schema of an object's fields as `POST` takes them."""
    needed = [f.name for f in schema.fields if f.required and f.default is None]
    return {
        "$schema": DIALECT,
        "title": schema.name,
        "type": "object",
        "properties": {field.name: _property(field) for field in schema.fields},
        "required": list(needed),
        "additionalProperties": False,
        "x-skygarth": {"path": schema.path_field},
    }


def _property(field: FieldSchema) -> dict[str, JsonValue]:
    form = {**_FORMS[field.kind], **_limits(field)}
    if field.kind is Kind.LIST:
        form["items"] = dict(_ITEMS[field.item_kind])
    if field.kind is Kind.ENUM:
        form["enum"] = [*field.choices, *([] if field.required else [None])]
    if not field.required and "type" in form:
        form["type"] = [form["type"], "null"]
    if field.default is not None:
        form["default"] = json_writer(field)(field.default)
    return form | _further(field)


def _limits(field: FieldSchema) -> dict[str, JsonValue]:
    """Lengths and ranges; a decimal is a text in JSON, so its range stands further down."""
    least, most = {
        Kind.LIST: ("minItems", "maxItems"),
        Kind.TEXT: ("minLength", "maxLength"),
        Kind.LONG_TEXT: ("minLength", "maxLength"),
    }.get(field.kind, ("", ""))
    found: dict[str, JsonValue] = {least: field.min_length, most: field.max_length}
    if field.kind in {Kind.INTEGER, Kind.FLOAT}:
        found |= {"minimum": field.minimum, "maximum": field.maximum}
    if field.pattern is not None:
        found["pattern"] = f"^(?:{field.pattern})$"
    return {name: limit for name, limit in found.items() if name and limit is not None}


def _further(field: FieldSchema) -> dict[str, JsonValue]:
    said: dict[str, JsonValue] = {"kind": field.kind.value}
    if field.merge is not MergeRule.LATEST:
        said["merge"] = field.merge.value
    for name in ("link_type", "places"):
        if getattr(field, name) is not None:
            said[name] = getattr(field, name)
    for name in ("tree", "search", "index"):
        if getattr(field, name):
            said[name] = True
    if field.kind is Kind.DECIMAL:
        said |= {"minimum": field.minimum, "maximum": field.maximum}
    if field.kind is Kind.BYTES:
        said |= {"min_length": field.min_length, "max_length": field.max_length}
    return {"x-skygarth": {name: value for name, value in said.items() if value is not None}}
