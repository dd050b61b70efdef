"""What must always hold, asked of a simulated cloud (I3 to I9).

Each check gives the faults that it found, as sentences; none means all is well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from skygarth.database.port import METADATA, Reading
from skygarth.database.sqlite.database import SqliteDatabase
from skygarth.merging.law import ObjectState, ReferenceReplica, conflicting
from skygarth.model.position import Incarnation, Position, Vector, covers
from skygarth.model.query import Selection
from skygarth.model.schema import Stored
from skygarth.testing.edit_ledger import EditLedger, Standing
from skygarth.testing.local_edits import TYPES
from skygarth.testing.witnessed_bucket import WrittenSegment

Segments = Mapping[Position, WrittenSegment]
Content = dict[bytes, tuple[object, ...]]


def law_at(vector: Vector, segments: Segments) -> ReferenceReplica:
    """What the law makes of all segments through a vector, applied in causal order."""
    law = ReferenceReplica()
    applied: dict[Incarnation, int] = {}
    moved = True
    while moved:
        moved = False
        for incarnation, through in vector.items():
            position = Position(incarnation, applied.get(incarnation, 0) + 1)
            if position.sequence > through:
                continue
            segment = segments[position]
            if covers(applied, segment.header.vector):
                law.apply(position, segment.changes)
                applied[incarnation] = position.sequence
                moved = True
    assert applied == dict(vector), "what a node has applied can be applied in causal order"
    return law


def content_by_the_law(law: ReferenceReplica) -> Content:
    """Object by object: what shows, revisions, what is set aside and differs."""
    return {guid: _lawful(state) for guid, state in law.objects.items()}


def _lawful(state: ObjectState) -> tuple[object, ...]:
    shown = {name: value for name, value in state.shown.items() if value is not None}
    aside = {
        (name, stamp, value)
        for name, heads in state.heads.items()
        for stamp, value in conflicting(heads).items()
    }
    touch = state.touch
    return shown, (touch.count, touch.revised_us, touch.revisor), state.created, aside


def content_of(database: SqliteDatabase) -> Content:
    """The same, as the database answers."""
    reading = database.reading()
    aside: dict[bytes, set[tuple[str, bytes, Stored]]] = {}
    for conflict in reading.conflicts():
        entry = (conflict.field, bytes(conflict.set_aside.stamp), conflict.set_aside.value)
        aside.setdefault(conflict.guid, set()).add(entry)
    found: Content = {}
    for schema in TYPES:
        names = ("guid", *METADATA, *(field.name for field in schema.fields))
        for row in reading.select(Selection(schema.name, include_deleted=True)):
            values = dict(zip(names, row, strict=True))
            guid = values.pop("guid")
            assert isinstance(guid, bytes)
            created = values.pop("_created"), values.pop("_creator")
            revised = values.pop("_revision"), values.pop("_revised"), values.pop("_revisor")
            shown = {name: value for name, value in values.items() if value is not None}
            found[guid] = (shown, revised, created, aside.get(guid, set()))
    return found


def against_the_law(database: SqliteDatabase, segments: Segments) -> Iterator[str]:
    """I5: heads, values and revisions are those of the law, for what was really published."""
    law = law_at(database.replica().vector(), segments)
    lawful, real = content_by_the_law(law), content_of(database)
    for guid in sorted(lawful.keys() | real.keys()):
        if lawful.get(guid) != real.get(guid):
            yield (
                f"I5: object {guid.hex()[-8:]} differs from the law:"
                f" law {lawful.get(guid)!r}, database {real.get(guid)!r}"
            )
    yield from resurrected(database.reading(), law.tombstones)


def resurrected(reading: Reading, purged: Iterable[bytes]) -> Iterator[str]:
    """I6: what was purged stays purged."""
    for guid in sorted(purged):
        if reading.locate(guid) is not None:
            yield f"I6: object {guid.hex()[-8:]} was purged and is back"
        if not reading.is_purged(guid):
            yield f"I6: the purge of object {guid.hex()[-8:]} was forgotten"


def tree_of(reading: Reading) -> tuple[object, ...]:
    """Where every page stands, by a walk from the root; pages that no walk reaches show too."""
    found: list[object] = []
    waiting: list[bytes | None] = [None]
    seen: set[bytes] = set()
    while waiting:
        parent = waiting.pop(0)
        for kind, guid, name in reading.children(parent):
            found.append((parent, name, guid))
            if kind == "page" and guid not in seen:
                seen.add(guid)
                waiting.append(guid)
    rows = reading.select(Selection("page"))
    return (*found, "unreached", *sorted(str(row[0]) for row in rows if row[0] not in seen))


def unfaithful(reading: Reading, standing: Standing, *, is_exact: bool) -> Iterator[str]:
    """I4, I5: each value that nobody replaced shows or is set aside; nothing else does.

    Args:
        is_exact: no copy of a database was about, which may say things twice.
    """
    yield from resurrected(reading, standing.purged)
    heads: dict[tuple[bytes, str], set[Stored]] = {}
    counts: dict[bytes, int] = {}
    for schema in TYPES:
        names = ("guid", *METADATA, *(field.name for field in schema.fields))
        for row in reading.select(Selection(schema.name, include_deleted=True)):
            values = dict(zip(names, row, strict=True))
            guid = values["guid"]
            assert isinstance(guid, bytes)
            for name in _LEDGER_FIELDS & values.keys():
                heads[guid, name] = {values[name]}
            views = values.get("views")
            counts[guid] = views if isinstance(views, int) else 0
    for conflict in reading.conflicts():
        if conflict.field in _LEDGER_FIELDS:
            heads[conflict.guid, conflict.field].add(conflict.set_aside.value)
    for key, wanted in sorted(standing.values.items()):
        yield from _compare_heads(key, wanted, heads.get(key), standing, is_exact=is_exact)
    for guid, total in sorted(counts.items()):
        low, high = standing.counts.get(guid, (0, 0))
        if total < low or (is_exact and total > high):
            yield f"I4: object {guid.hex()[-8:]} counts {total}, expected {low} to {high}"


_LEDGER_FIELDS = {"title", "body", "text"}


def _compare_heads(
    key: tuple[bytes, str],
    wanted: set[Stored],
    found: set[Stored] | None,
    standing: Standing,
    *,
    is_exact: bool,
) -> Iterator[str]:
    guid, name = key
    if guid in standing.purged:
        return
    where = f"{name} of object {guid.hex()[-8:]}"
    if found is None:
        yield f"I4: {where} has gone; it should have {sorted(map(str, wanted))}"
        return
    lost, invented = wanted - found, found - wanted
    if lost:
        yield f"I4: {where} has lost {sorted(map(str, lost))}; it has {sorted(map(str, found))}"
    if invented and is_exact:
        yield f"I5: {where} has {sorted(map(str, invented))}, which somebody replaced"


def published_edits(ledger: EditLedger, segments: Iterable[WrittenSegment]) -> set[int]:
    """The edits that segments hold."""
    found: set[int | None] = set()
    for segment in segments:
        for change in segment.changes:
            fields = getattr(change, "fields", None)
            if fields is None:
                found.add(ledger.number_of(change.guid, "", None))
                continue
            for name, entries in fields.items():
                found |= {ledger.number_of(change.guid, name, each.value) for each in entries}
    return {number for number in found if number is not None}
