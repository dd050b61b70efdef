"""Nodes that hold a real database and, beside it, the law's own idea of its content.

Every local edit goes to the database and, as the law words it, to a
`ReferenceReplica`; publishing packs the one and hands over the other's
changesets unfolded. Whatever packing and set-wise merging do, both must agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from skygarth.database.sqlite.database import SqliteDatabase
from skygarth.merging.law import (
    LIFE,
    FieldChange,
    ObjectChange,
    Purge,
    ReferenceReplica,
    Touch,
    shown_stamp,
)
from skygarth.model.position import Incarnation, Position
from skygarth.model.schema import FieldSchema, Kind, MergeRule, Stored, TypeSchema
from skygarth.model.stamp import Stamp, make_stamp, stamp_time

NOTE = TypeSchema(
    name="note",
    fields=(
        FieldSchema(name="title", kind=Kind.TEXT),
        FieldSchema(name="body", kind=Kind.TEXT, default="-"),
        FieldSchema(name="views", kind=Kind.INTEGER, merge=MergeRule.COUNTER),
    ),
)
HEADED = ("title", "body", "_published", "_hidden", LIFE)

Changes = tuple[ObjectChange | Purge, ...]


@dataclass(frozen=True)
class Sent:
    """One published segment: as the database packed it, and as the law words it."""

    position: Position
    image: bytes
    changes: Changes
    needs: dict[Incarnation, int]


@dataclass
class LawfulNode:
    """One node; its clock is a counter that observes what it merges."""

    letter: str
    time: int = 0
    published: int = 0
    outbox: list[ObjectChange | Purge] = field(default_factory=list)
    log: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.writer = self.letter.encode() * 16
        self.incarnation = Incarnation(self.writer.hex())
        self.law = ReferenceReplica()
        self.database = SqliteDatabase(
            ":memory:", stamp=self._stamp, now_us=lambda: 1_000_000 + self.time
        )
        self.database.ensure_types([NOTE])
        self.database.replica().take_incarnation(self.incarnation, "here")

    def _stamp(self) -> Stamp:
        self.time += 1
        return make_stamp(self.time, 0, self.writer)

    @property
    def guids(self) -> list[bytes]:
        """The objects that this node knows."""
        return sorted(self.law.objects)

    def create(self, guid: bytes, title: str, views: int) -> None:
        """Make a note."""
        with self.database.writing(self.letter) as writing:
            writing.create("note", guid, [title, "-", views], published_us=None)
        stamp, now = writing.stamp, writing.now_us
        values: dict[str, Stored] = {
            "title": title, "body": "-", "_published": None, "_hidden": 0, LIFE: 0,
        }  # fmt: skip
        self._say(
            ObjectChange(
                "note",
                guid,
                (now, self.letter),
                {name: (FieldChange(value, stamp),) for name, value in values.items()},
                {"views": views},
                Touch(stamp, now, self.letter),
            )
        )

    def edit(self, guid: bytes, values: dict[str, Stored]) -> None:
        """Set headed fields of a note."""
        state = self.law.objects[guid]
        changed = {n: v for n, v in values.items() if state.shown[n] != v}
        with self.database.writing(self.letter) as writing:
            writing.edit("note", guid, values)
        if changed:
            changed.setdefault(LIFE, state.shown[LIFE])
            self._say(self._worded(guid, changed, writing.stamp, writing.now_us, None))

    def settle(self, guid: bytes, name: str, value: Stored) -> None:
        """Settle a field: every head of it is replaced."""
        state = self.law.objects[guid]
        with self.database.writing(self.letter) as writing:
            writing.settle("note", guid, name, value)
        values = {name: value} | ({} if name == LIFE else {LIFE: state.shown[LIFE]})
        self._say(self._worded(guid, values, writing.stamp, writing.now_us, name))

    def count(self, guid: bytes, amount: int) -> None:
        """Move the counter."""
        with self.database.writing(self.letter) as writing:
            writing.edit("note", guid, {"views": amount})
        if amount:
            self._say(ObjectChange("note", guid, amounts={"views": amount}))

    def purge(self, guid: bytes) -> None:
        """Remove a note for good."""
        with self.database.writing(self.letter) as writing:
            writing.purge("note", guid)
        self._say(Purge("note", guid, writing.stamp))

    def publish(self) -> None:
        """Pack what is unpublished into the next segment of the log."""
        packed = self.database.replica().pack(1000)
        if packed is None:
            assert all(change.guid in self.law.tombstones for change in self.outbox)
            self.outbox.clear()
            return
        position = Position(self.incarnation, self.published + 1)
        needs = self.database.replica().vector()
        needs.pop(self.incarnation, None)
        self.database.replica().published(position, "digest", packed.through)
        self.published += 1
        self.law.applied.add(position)
        self.log.append(Sent(position, packed.image, tuple(self.outbox), needs))
        self.outbox.clear()

    def receive(self, sent: Sent) -> bool:
        """Apply a peer's segment if all that it needs is here; whether it was applied."""
        vector = self.database.replica().vector()
        ready = all(vector.get(log, 0) >= through for log, through in sent.needs.items())
        if not ready or vector.get(sent.position.incarnation, 0) != sent.position.sequence - 1:
            return False
        self.database.replica().merge(sent.position, sent.image)
        self.law.apply(sent.position, sent.changes)
        for change in sent.changes:
            for stamp in _stamps(change):
                self.time = max(self.time, stamp_time(stamp)[0])
        return True

    def _say(self, change: ObjectChange | Purge) -> None:
        self.law.take(change)
        self.outbox.append(change)

    def _worded(
        self, guid: bytes, values: dict[str, Stored], stamp: Stamp, now: int, settled: str | None
    ) -> ObjectChange:
        heads = self.law.objects[guid].heads
        fields = {}
        for name, value in values.items():
            shown = heads[name][shown_stamp(heads[name])]
            seen = {s for s, v in heads[name].items() if name == settled or v == shown}
            fields[name] = (FieldChange(value, stamp, frozenset(seen)),)
        return ObjectChange("note", guid, None, fields, {}, Touch(stamp, now, self.letter))


def _stamps(change: ObjectChange | Purge) -> list[Stamp]:
    if isinstance(change, Purge):
        return [change.stamp]
    return [entry.stamp for entries in change.fields.values() for entry in entries]


def content_by_the_law(node: LawfulNode) -> dict[bytes, object]:
    """What the law says the node holds: shown values, heads set aside, revision."""
    return {
        guid: (
            state.shown,
            state.touch.count,
            (state.touch.revised_us, state.touch.revisor),
            {
                (name, stamp, value)
                for name, heads in state.heads.items()
                for stamp, value in heads.items()
                if stamp != shown_stamp(heads)
            },
        )
        for guid, state in node.law.objects.items()
    }


def content_of_the_database(node: LawfulNode) -> dict[bytes, object]:
    """The same, read from the database's tables."""
    found: dict[bytes, object] = {}
    run = node.database._connection.execute
    for row in run(
        "SELECT guid, title, body, _published, _hidden, _deleted, views, _revision, _revised,"
        " _revisor FROM t_note"
    ).fetchall():
        shown = dict(zip((*HEADED, "views"), row[1:7], strict=True))
        aside = run("SELECT field, stamp, value FROM aside WHERE guid = ?", (row[0],)).fetchall()
        assert isinstance(row[0], bytes)
        found[row[0]] = (shown, row[7], (row[8], row[9]), set(aside))
    return found


def digest_of(node: LawfulNode) -> str:
    """The content digest of a node that has published everything."""
    with node.database.replica().view() as view:
        assert not view.unpublished
        return view.digest()
