"""What a type of object is, as plain values that travel.

A `TypeSchema` says everything that a database, a segment or another node must
know of a type: its fields, their kinds, rules and limits, and how it stands in
the tree. It is made from a Python declaration (`skygarth.model.types`), and it
is written into every segment, so a node that has never heard of a type can
still keep and relay its objects (REP-30).
"""

from __future__ import annotations

import enum
import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from skygarth.model.errors import Damaged, Invalid

Stored: TypeAlias = int | float | str | bytes | None
"""A value as a database keeps it."""


class Kind(enum.StrEnum):
    """What a field holds, and its stored form."""

    TEXT = "text"  # str
    LONG_TEXT = "long_text"  # str
    INTEGER = "integer"  # int, 64 bits signed
    FLOAT = "float"  # float
    BOOLEAN = "boolean"  # 0 or 1
    DATETIME = "datetime"  # int, microseconds since 1970 UTC
    DATE = "date"  # str, YYYY-MM-DD
    DECIMAL = "decimal"  # int, scaled by 10 ** places
    BYTES = "bytes"  # bytes
    JSON = "json"  # str, canonical JSON
    ENUM = "enum"  # str, one of `choices`
    LIST = "list"  # str, canonical JSON array of texts or numbers
    LINK = "link"  # bytes, 16: the GUID of an object of `link_type`


class MergeRule(enum.StrEnum):
    """How concurrent changes of one field become one value (MRG-1)."""

    LATEST = "latest"
    COUNTER = "counter"


RULES_TO_COME = frozenset({"set", "text", "largest", "smallest", "custom"})
"""Rules that the protocol names and this version refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSchema:
    """One field of a type. Limits that are None do not apply."""

    name: str
    kind: Kind
    merge: MergeRule = MergeRule.LATEST
    required: bool = False
    default: Stored = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    places: int | None = None
    item_kind: Kind | None = None
    link_type: str | None = None
    tree: bool = False
    search: bool = False
    index: bool = False

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or self.name.startswith("_") or "__" in self.name:
            raise Invalid(
                f"a field cannot be called {self.name!r}",
                code="SG-TYPE-001",
                hint="use a lower-case word without leading or double underscores",
            )
        assert self.kind is not Kind.LINK or self.link_type is not None
        assert self.merge is not MergeRule.COUNTER or self.kind is Kind.INTEGER


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSchema:
    """One type: its name (as in tables, addresses and segments) and its fields."""

    name: str
    fields: tuple[FieldSchema, ...]
    path_field: str | None = None
    by_name: dict[str, FieldSchema] = field(init=False, repr=False, compare=False, hash=False)
    document: bytes = field(init=False, repr=False, compare=False, hash=False)
    """As canonical JSON: equal schemas have equal bytes; made once, as each segment needs it."""

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or self.name.startswith("_") or "__" in self.name:
            raise Invalid(
                f"a type cannot be called {self.name!r}",
                code="SG-TYPE-001",
                hint="use a lower-case word without leading or double underscores",
            )
        object.__setattr__(self, "by_name", {entry.name: entry for entry in self.fields})
        assert len(self.by_name) == len(self.fields), "two fields of one name"
        assert self.path_field is None or self.path_field in self.by_name
        object.__setattr__(self, "document", _document_of(self))

    @property
    def tree_field(self) -> FieldSchema | None:
        """The link that says which object is this one's parent, if the type has one."""
        return next((entry for entry in self.fields if entry.tree), None)

    @property
    def search_fields(self) -> tuple[FieldSchema, ...]:
        """The fields that full-text search covers, in order."""
        return tuple(entry for entry in self.fields if entry.search)


class _SchemaDocument(msgspec.Struct, kw_only=True):
    """The wire form of a `TypeSchema`."""

    name: str
    path: str | None
    fields: list[dict[str, object]]


def _document_of(schema: TypeSchema) -> bytes:
    fields = [
        {
            name: _plain(getattr(entry, name))
            for name in sorted(FieldSchema.__slots__)
            if getattr(entry, name) != _FIELD_DEFAULTS.get(name)
        }
        for entry in schema.fields
    ]
    document = {"fields": fields, "name": schema.name, "path": schema.path_field}
    return msgspec.json.encode(document, order="sorted")


@functools.lru_cache(maxsize=128)
def decode_schema(document: bytes) -> TypeSchema:
    """The schema of a `TypeSchema.document`.

    Raises:
        Damaged: the document is no schema that this version understands.
    """
    try:
        read = msgspec.json.decode(document, type=_SchemaDocument)
        fields = tuple(_read_field(entry) for entry in read.fields)
        return TypeSchema(name=read.name, fields=fields, path_field=read.path)
    except (
        msgspec.MsgspecError,
        AssertionError,
        Invalid,
        LookupError,
        TypeError,
        ValueError,
    ) as cause:
        raise Damaged(
            f"a type's schema cannot be read. document={document[:80]!r}",
            code="SG-SEGMENT-005",
            hint="a newer version may have written it: upgrade this node",
        ) from cause


def schema_hash(schemas: tuple[TypeSchema, ...]) -> str:
    """A short name for exactly these types, independent of their order."""
    digest = hashlib.sha256()
    for document in sorted(schema.document for schema in schemas):
        digest.update(document + b"\n")
    return digest.hexdigest()[:16]


_FIELD_DEFAULTS: dict[str, object] = {
    "merge": MergeRule.LATEST,
    "required": False,
    "default": None,
    "min_length": None,
    "max_length": None,
    "minimum": None,
    "maximum": None,
    "pattern": None,
    "choices": (),
    "places": None,
    "item_kind": None,
    "link_type": None,
    "tree": False,
    "search": False,
    "index": False,
}


def _plain(value: object) -> object:
    """Enumerations and tuples as JSON has them; bytes as a tagged hexadecimal text."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    return value


def _read_field(entry: dict[str, object]) -> FieldSchema:
    """One field from its wire form; unknown properties of newer versions are left out."""
    known = {name: value for name, value in entry.items() if name in FieldSchema.__slots__}
    default = known.get("default")
    if isinstance(default, dict):
        known["default"] = bytes.fromhex(str(default["bytes"]))
    for name, reading in _READINGS.items():
        if known.get(name) is not None:
            known[name] = reading(known[name])
    return FieldSchema(**known)  # type: ignore[arg-type]


_READINGS: dict[str, Callable[[object], object]] = {
    "kind": lambda value: Kind(str(value)),
    "item_kind": lambda value: Kind(str(value)),
    "merge": lambda value: MergeRule(str(value)),
    "choices": lambda value: tuple(str(choice) for choice in _sequence(value)),
}


def _sequence(value: object) -> list[object]:
    """A JSON array, or TypeError."""
    if not isinstance(value, list):
        raise TypeError(f"expected an array, met {value!r}")
    return value
