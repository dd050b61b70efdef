"""What merging set aside: listing it, and settling it.

Nothing is lost silently. Where two nodes set one field without knowing of each
other, one value shows and the other is kept (MRG-7); where they gave one name
twice, the younger object stands under a derived name (TRE-3); where they moved
objects below each other, one link does not count (TRE-5). A settlement is an
ordinary change, so it travels like any other, and settles everywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime

from skygarth.database.port import ConflictRow, Head, Reading, Row
from skygarth.model.conflict import ConflictKind, ConflictRecord, Side
from skygarth.model.decoding import decode_datetime, decode_guid
from skygarth.model.errors import Invalid, NotFound
from skygarth.model.expressions import META_CODECS
from skygarth.model.plans import DELETED
from skygarth.model.schema import Stored
from skygarth.model.stamp import stamp_time, stamp_writer
from skygarth.model.types import Type
from skygarth.model.values import Codec
from skygarth.repository.type_registry import TypeRegistry

SHOWN, SET_ASIDE = "shown", "set_aside"


def list_conflicts(
    reading: Reading, registry: TypeRegistry, guid: bytes | None = None
) -> list[ConflictRecord]:
    """Every conflict that nobody has settled, or those of one object; fields first."""
    found = [_of_field(row, registry) for row in reading.conflicts(guid)]
    found += _of_names(reading, registry) if guid is None else _of_name(reading, registry, guid)
    found += _of_cycles(reading, registry, guid)
    return found


def find_conflict(reading: Reading, registry: TypeRegistry, wanted: str) -> ConflictRecord:
    """The conflict with this id.

    Raises:
        NotFound: there is none (SG-CONFLICT-404).
    """
    for record in list_conflicts(reading, registry):
        if record.id == wanted:
            return record
    raise NotFound(
        f"there is no such conflict. id={wanted!r}",
        code="SG-CONFLICT-404",
        hint="it may have been settled, here or on another node",
    )


def settlement(
    record: ConflictRecord, cls: type[Type], take: str | Mapping[str, object]
) -> tuple[str, Stored]:
    """The field (a metadatum by its column) and the value that settle a conflict.

    Args:
        record: the conflict.
        cls: the type of its object.
        take: ``shown``, ``set_aside``, or ``{"value": …}`` with a Python value or its JSON form.

    Raises:
        Invalid: it cannot be settled in this way (SG-CONFLICT-002).
        InvalidValue: the field refuses the value.
    """
    codec = _codec(cls, record.field)
    column = record.field if record.field in cls.__plan__.codecs else f"_{record.field}"
    if isinstance(take, Mapping):
        if take.keys() != {"value"}:
            raise _unsettled(record, take, 'write {"value": …}')
        return column, codec.from_json(take["value"])
    if take == SHOWN and record.kind is not ConflictKind.NAME:
        return column, codec.encode(record.shown.value)
    if take == SET_ASIDE and record.kind is ConflictKind.FIELD:
        return column, codec.encode(record.set_aside.value)
    raise _unsettled(record, take, _WAYS[record.kind])


_WAYS = {
    ConflictKind.FIELD: "take shown, set_aside or {'value': …}",
    ConflictKind.NAME: "give a new name: {'value': 'new-name'}",
    ConflictKind.CYCLE: "take shown (the root), or {'value': guid of another parent}",
}


def _codec(cls: type[Type], field: str) -> Codec:
    """The codec of a field or metadatum.

    A field that only newer nodes know cannot be settled by an older one.
    """
    codec = cls.__plan__.codecs.get(field) or META_CODECS.get(field)
    if codec is None:
        raise Invalid(
            f"this node's {cls.__name__} has no such field. field={field!r}",
            code="SG-CONFLICT-003",
            hint="settle it on a node that runs the newer application",
        )
    return codec


def _of_field(row: ConflictRow, registry: TypeRegistry) -> ConflictRecord:
    plan = registry.named(row.type_name).__plan__
    field = row.field.removeprefix("_")
    codec = plan.codecs.get(row.field) or META_CODECS.get(field)
    return ConflictRecord(
        row.conflict_id,
        ConflictKind.FIELD,
        row.type_name,
        decode_guid(row.guid),
        field,
        _side(row.shown, codec),
        _side(row.set_aside, codec),
    )


def _side(head: Head, codec: Codec | None) -> Side:
    value = codec.python(head.value) if codec is not None else head.value
    return Side(value, _moment(head.stamp), stamp_writer(head.stamp).hex())


def _moment(stamp: bytes) -> datetime:
    return decode_datetime(stamp_time(stamp)[0] * 1000)


def _of_names(reading: Reading, registry: TypeRegistry) -> Iterator[ConflictRecord]:
    """Every object that is reached under a derived name; this compares the names of all."""
    for parent, name, type_name, guid in reading.name_collisions():
        place = reading.place(type_name, guid)
        if place is not None and _is_derived(place[1], name):
            yield _name_record(registry, type_name, guid, (parent, place[1], name))


def _of_name(reading: Reading, registry: TypeRegistry, guid: bytes) -> Iterator[ConflictRecord]:
    """One object, if it is reached under another name than its own; this looks at it alone."""
    type_name = reading.locate(guid)
    index = None if type_name is None else registry.named(type_name).__plan__.name_index
    if type_name is None or index is None:
        return
    place, row = reading.place(type_name, guid), reading.fetch(type_name, guid)
    name = None if row is None else row[index]
    if place is not None and isinstance(name, str) and _is_derived(place[1], name):
        yield _name_record(registry, type_name, guid, (*place, name))


def _is_derived(shown: str, name: str) -> bool:
    """Whether a name is another's derived one (TRE-3); no if it changed between two looks."""
    return shown.startswith(f"{name}~")


def _name_record(
    registry: TypeRegistry,
    type_name: str,
    guid: bytes,
    stands: tuple[bytes | None, str, str],
) -> ConflictRecord:
    """The conflict of an object that stands below a parent under a derived name, not its own."""
    parent, derived, name = stands
    field = registry.named(type_name).__plan__.schema.path_field
    assert field is not None
    return ConflictRecord(
        _id("name", guid, parent or b"", name.encode()),
        ConflictKind.NAME,
        type_name,
        decode_guid(guid),
        field,
        Side(derived),
        Side(name),
    )


def _of_cycles(
    reading: Reading, registry: TypeRegistry, wanted: bytes | None
) -> Iterator[ConflictRecord]:
    for type_name, guid in reading.cycle_cuts():
        if wanted is None or wanted == guid:
            plan = registry.named(type_name).__plan__
            row = reading.fetch(type_name, guid, deleted=True)
            tree = plan.tree
            assert tree is not None
            if row is None or row[DELETED]:
                continue
            parent = _parent(row, plan.parent_index)
            yield ConflictRecord(
                _id("cycle", guid, parent),
                ConflictKind.CYCLE,
                type_name,
                decode_guid(guid),
                tree.name,
                Side(None),
                Side(decode_guid(parent)),
            )


def _parent(row: Row, index: int | None) -> bytes:
    assert index is not None
    parent = row[index]
    assert isinstance(parent, bytes)
    return parent


def _id(kind: str, *parts: bytes) -> str:
    """An id made of what disagrees alone, so that it is the same on every node."""
    digest = hashlib.sha256(kind.encode())
    for part in parts:
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.hexdigest()[:32]


def _unsettled(record: ConflictRecord, take: object, way: str) -> Invalid:
    return Invalid(
        f"this does not settle it. kind={record.kind.value!r} take={take!r}",
        code="SG-CONFLICT-002",
        hint=way,
    )
