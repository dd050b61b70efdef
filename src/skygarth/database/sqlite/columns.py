"""Which columns a type's table has, and how a field's stamp stands beside its value.

A row stores one stamp (``_stamp``); a field that was set later on its own
stores its own stamp in a nullable companion (``title__s``). A row that was
written once costs one stamp. Field names have been checked to be identifiers
without double underscores, and every name is quoted.
"""

from __future__ import annotations

from dataclasses import dataclass

from skygarth.database.port import METADATA
from skygarth.model.schema import FieldSchema, Kind, MergeRule, Stored, TypeSchema

LIFE = "_deleted"
HEADED_METADATA = ("_published", "_hidden", "_deleted")
"""Metadata that merges by heads, as fields do."""

_AFFINITY = {
    Kind.INTEGER: "INTEGER",
    Kind.BOOLEAN: "INTEGER",
    Kind.DATETIME: "INTEGER",
    Kind.DECIMAL: "INTEGER",
    Kind.FLOAT: "REAL",
    Kind.BYTES: "BLOB",
    Kind.LINK: "BLOB",
}


def quoted(name: str) -> str:
    """An identifier as SQL wants it."""
    assert '"' not in name
    assert "\0" not in name
    return f'"{name}"'


def literal(value: Stored) -> str:
    """A default value as an SQL literal; ALTER TABLE takes no parameters."""
    match value:
        case None:
            return "NULL"
        case bytes():
            return f"x'{value.hex()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            return repr(value)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one type, sorted by how they merge."""

    schema: TypeSchema
    headed: tuple[str, ...]
    counters: tuple[str, ...]

    @classmethod
    def of(cls, schema: TypeSchema) -> Columns:
        """Sort a type's columns."""
        latest = [f.name for f in schema.fields if f.merge is MergeRule.LATEST]
        counters = [f.name for f in schema.fields if f.merge is MergeRule.COUNTER]
        return cls(schema, (*HEADED_METADATA, *latest), tuple(counters))

    @property
    def table(self) -> str:
        """The type's table."""
        return quoted(f"t_{self.schema.name}")

    @property
    def search_table(self) -> str:
        """The full-text index of the type, if it has search fields."""
        return quoted(f"f_{self.schema.name}")

    @property
    def image_table(self) -> str:
        """The type's table inside a segment image."""
        return quoted(f"o_{self.schema.name}")

    @property
    def row(self) -> str:
        """The columns of a `Row`, for a SELECT."""
        names = ("guid", *METADATA, *(field.name for field in self.schema.fields))
        return ", ".join(map(quoted, names))

    @property
    def stored(self) -> tuple[str, ...]:
        """Every column but the row id."""
        values = [field.name for field in self.schema.fields]
        companions = [stamp_column(name) for name in self.headed]
        return ("guid", "_stamp", *METADATA, *values, *companions)


def stamp_column(name: str) -> str:
    """The companion that holds the stamp of a headed column."""
    return f"{name}__s"


def base_column(name: str) -> str:
    """The column of a segment image that names the head which was replaced."""
    return f"{name}__b"


def head_stamp(name: str, table: str) -> str:
    """SQL for the stamp of the head that shows in `table`."""
    return f"coalesce({table}.{quoted(stamp_column(name))}, {table}._stamp)"


def field_declaration(field: FieldSchema) -> str:
    """A field's column, for CREATE TABLE and ALTER TABLE ADD COLUMN."""
    affinity = _AFFINITY.get(field.kind, "TEXT")
    default = f" DEFAULT {literal(field.default)}" if field.default is not None else ""
    if field.merge is MergeRule.COUNTER and field.default is None:
        default = " DEFAULT 0"
    return f"{quoted(field.name)} {affinity}{default}"
