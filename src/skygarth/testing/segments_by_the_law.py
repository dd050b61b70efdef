"""A published segment as the law words it (`skygarth.merging.law`).

Nodes merge images in SQL. What they hold is compared with what the law makes
of the very same segments, read here row by row and plainly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import apsw

from skygarth.merging.law import LIFE, FieldChange, ObjectChange, Purge, Touch
from skygarth.model.schema import MergeRule, Stored, TypeSchema, decode_schema
from skygarth.model.stamp import Stamp

HEADED_METADATA = ("_published", "_hidden", LIFE)

Changes = tuple[ObjectChange | Purge, ...]


def changes_of_image(image: bytes) -> Changes:
    """Everything that an image says, object by object."""
    connection = apsw.Connection(":memory:")
    try:
        connection.deserialize("main", image)
        schemas = [
            decode_schema(_blob(row["document"]))
            for row in _rows(connection, "SELECT * FROM schema")
        ]
        found: list[ObjectChange | Purge] = []
        for schema in schemas:
            found += _changes_of_type(connection, schema)
        found += [
            Purge(str(row["type"]), _blob(row["guid"]), _stamp(row["stamp"]))
            for row in _rows(connection, "SELECT * FROM purge")
        ]
    finally:
        connection.close()
    return tuple(found)


def _changes_of_type(connection: apsw.Connection, schema: TypeSchema) -> Iterator[ObjectChange]:
    heads: dict[tuple[bytes, str], list[FieldChange]] = {}
    for row in _rows(connection, "SELECT * FROM head WHERE type = ?", schema.name):
        key = _blob(row["guid"]), str(row["field"])
        heads.setdefault(key, []).append(FieldChange(row["value"], _stamp(row["stamp"])))
    bases: dict[tuple[bytes, str], set[Stamp]] = {}
    for row in _rows(connection, "SELECT * FROM base WHERE type = ?", schema.name):
        bases.setdefault((_blob(row["guid"]), str(row["field"])), set()).add(_stamp(row["base"]))
    counters = [f.name for f in schema.fields if f.merge is MergeRule.COUNTER]
    headed = [f.name for f in schema.fields if f.merge is not MergeRule.COUNTER]
    for row in _rows(connection, f'SELECT * FROM "o_{schema.name}"'):
        guid = _blob(row["guid"])
        fields: dict[str, tuple[FieldChange, ...]] = {}
        for name in (*HEADED_METADATA, *headed):
            further = heads.get((guid, name), [])
            main = _main_change(row, name, bases.get((guid, name), set()))
            if main is not None:
                fields[name] = (*further, main)
        amounts = {name: _whole(row[name]) for name in counters if row[name] is not None}
        created = None
        if row["whole"]:
            created = (_whole(row["_created"]), str(row["_creator"]))
        yield ObjectChange(schema.name, guid, created, fields, amounts, _touch(row, fields))


def _main_change(row: Mapping[str, Stored], name: str, further: set[Stamp]) -> FieldChange | None:
    """The value that the row gives a field; None if it does not set it."""
    stamp = row[f"{name}__s"]
    if stamp is None and row["whole"]:
        stamp = row["stamp"]
    if stamp is None:
        return None
    base = row[f"{name}__b"]
    bases = further | ({_stamp(base)} if base is not None else set())
    return FieldChange(row[name], _stamp(stamp), frozenset(bases))


def _touch(
    row: Mapping[str, Stored], fields: Mapping[str, tuple[FieldChange, ...]]
) -> Touch | None:
    life = fields.get(LIFE)
    if life is None:
        return None
    revised, revisor = _whole(row["_revised"]), str(row["_revisor"])
    return Touch(life[-1].stamp, revised, revisor, _whole(row["_revision"]))


def _rows(
    connection: apsw.Connection, statement: str, *bindings: Stored
) -> Iterator[dict[str, Stored]]:
    cursor = connection.execute(statement, bindings)
    for row in cursor:
        yield dict(zip([column[0] for column in cursor.get_description()], row, strict=True))


def _blob(value: Stored) -> bytes:
    assert isinstance(value, bytes)
    return value


def _stamp(value: Stored) -> Stamp:
    return Stamp(_blob(value))


def _whole(value: Stored) -> int:
    assert isinstance(value, int)
    return value
